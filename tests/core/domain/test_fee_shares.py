"""Shares of fees: which months, never more than the whole, only of what came in."""

from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.fee_shares import Share, due, largest_sum, month_of_fee, received

JAN, FEB, MAR = (date(2026, month, 1) for month in (1, 2, 3))
CENTS = st.decimals(0, 10**9, places=2)


def test_a_share_covers_its_months_both_included() -> None:
    share = Share(Decimal("0.1"), JAN, FEB)
    assert [share.covers(month) for month in (JAN, FEB, MAR)] == [True, True, False]
    assert Share(Decimal("0.1"), FEB).covers(date(2030, 1, 1))


def test_shares_one_after_the_other_do_not_add_up() -> None:
    first, second = Share(Decimal("0.6"), JAN, JAN), Share(Decimal("0.6"), FEB)
    assert largest_sum([first, second]) == Decimal("0.6")
    assert largest_sum([first, second, Share(Decimal("0.5"), JAN)]) == Decimal("1.1")
    assert largest_sum([]) == 0


def test_a_fee_belongs_to_the_month_of_the_mandates_calendar() -> None:
    ends_at = datetime(2026, 4, 30, 21, tzinfo=UTC)
    assert month_of_fee(ends_at, zone="Europe/Kyiv") == date(2026, 4, 1)


def test_what_is_owed_back_to_the_client_does_not_count_as_received() -> None:
    cases = ((0, 0, 0), (100, 0, 100), (150, 20, 130), (150, 150, 0), (100, 20, 100))
    for paid, credited, kept in cases:
        assert received(
            amount=Decimal(150), paid=Decimal(paid), credited=Decimal(credited)
        ) == Decimal(kept)


@given(CENTS, st.lists(st.decimals("0.01", "0.2", places=4), min_size=1, max_size=5))
def test_partners_never_get_more_than_came_in(kept: Decimal, rates: list[Decimal]) -> None:
    assert sum(due(kept, rate=rate) for rate in rates) <= kept

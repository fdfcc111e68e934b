"""Money between accounts of one mandate is told from money that came or went."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.transfers import TRANSIT_MAX, Flow, pair

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
BINANCE, BYBIT = UUID(int=1), UUID(int=2)


def flow(row: int, account: UUID, amount: str, *, minutes: float = 0) -> Flow:
    return Flow(UUID(int=row), account, Decimal(amount), NOON + timedelta(minutes=minutes))


FLOWS = st.lists(
    st.builds(
        flow,
        st.integers(1, 10**6),
        st.sampled_from([BINANCE, BYBIT, UUID(int=3)]),
        st.sampled_from(["-10", "10", "-5", "5"]),
        minutes=st.floats(0, 4_000),
    ),
    unique_by=lambda one: one.row_id,
    max_size=20,
)


def test_what_left_one_account_and_arrived_on_another_moved_inside() -> None:
    left, arrived = flow(1, BINANCE, "-1000"), flow(2, BYBIT, "1000", minutes=4)
    deposit = flow(3, BINANCE, "2000")
    found = pair([deposit, left, arrived])
    assert found.external == (deposit,)
    assert [(one.left, one.arrived) for one in found.internal] == [(left, arrived)]


def test_an_arrival_may_be_booked_before_the_departure() -> None:
    assert pair([flow(1, BYBIT, "1", minutes=-1), flow(2, BINANCE, "-1")]).external == ()


def test_money_that_takes_too_long_or_returns_to_its_account_is_no_transfer() -> None:
    late = TRANSIT_MAX.total_seconds() / 60 + 1
    assert len(pair([flow(1, BINANCE, "-1"), flow(2, BYBIT, "1", minutes=late)]).external) == 2
    assert len(pair([flow(1, BINANCE, "-1"), flow(2, BINANCE, "1")]).external) == 2
    assert len(pair([flow(1, BINANCE, "-1"), flow(2, BYBIT, "1.01")]).external) == 2


@given(FLOWS)
def test_no_flow_is_lost_or_used_twice(flows: list[Flow]) -> None:
    found = pair(flows)
    used = [*found.external, *(leg for one in found.internal for leg in (one.left, one.arrived))]
    assert sorted(one.row_id for one in used) == sorted(one.row_id for one in flows)
    assert sum(one.amount for one in found.external) == sum(one.amount for one in flows)


@given(FLOWS, st.randoms())
def test_the_order_in_which_rows_come_changes_nothing(flows: list[Flow], chance: object) -> None:
    shuffled = list(flows)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert pair(shuffled) == pair(flows)

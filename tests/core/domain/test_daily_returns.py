"""Days, periods and the chained return."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.daily_returns import (
    Period,
    by_month,
    day_result,
    days_of,
    growth,
    merge,
    time_weighted,
)
from tests.factories.days import make_days

TODAY = date(2026, 3, 15)


def test_a_deposit_and_a_withdrawal_make_no_profit() -> None:
    days = make_days([100, 1110, 611], flows=[1000, -499])
    assert [day.profit for day in days] == [Decimal(10), Decimal(0)]
    assert [day.capital for day in days] == [Decimal(1100), Decimal(1110)]
    assert growth(days)[-1][1].quantize(Decimal("1e-9")) == Decimal("0.009090909")


def test_the_first_reading_brings_its_equity_and_no_return() -> None:
    opened = day_result(day=TODAY, equity=Decimal(500), net_flows=Decimal(500), before=None)
    assert (opened.flow, opened.profit, opened.daily_return) == (Decimal(500), Decimal(0), None)
    assert time_weighted([opened]) is None


def test_a_first_day_whose_ledger_was_read_has_a_profit() -> None:
    told = (Decimal(300), Decimal(150))
    opened = day_result(
        day=TODAY, equity=Decimal(500), net_flows=Decimal(500), before=None, opening=told
    )
    assert (opened.flow, opened.profit, opened.capital) == (450, 50, 450)
    withdrawn = day_result(
        day=TODAY,
        equity=Decimal(250),
        net_flows=Decimal(0),
        before=None,
        opening=(Decimal(300), Decimal(-50)),
    )
    assert (withdrawn.flow, withdrawn.profit, withdrawn.capital) == (250, 0, 300)


def test_the_public_example_of_two_sub_periods_is_chained() -> None:
    """Investopedia, time-weighted rate of return: 16.25 % and -5.56 % make 9.79 %."""
    chained = time_weighted(make_days([10000, 11625, "10978.65"]))
    assert chained is not None
    assert round(chained, 4) == Decimal("0.0979")


def test_accounts_add_up_to_their_client() -> None:
    one, other = make_days([100, 110, 121]), make_days([300, 300])
    first, second = merge([*one, *other])
    assert (first.equity, first.profit, first.capital) == (Decimal(410), 10, 400)
    assert (second.equity, second.profit, second.capital) == (Decimal(121), 11, 110)


def test_months_are_calendar_months_and_chain_to_the_whole() -> None:
    days = make_days([100, 110, 99, 99, 198], first=date(2026, 1, 30))
    january, february = by_month(days)
    assert (january.month, january.profit, january.gained) == (
        date(2026, 1, 1),
        Decimal(-1),
        Decimal("-0.01"),
    )
    assert february.gained == Decimal(1)
    assert growth(days)[-1] == (date(2026, 2, 2), Decimal("0.98"))


@pytest.mark.parametrize(
    ("period", "first", "end"),
    [
        (Period.DAY, date(2026, 3, 15), date(2026, 3, 16)),
        (Period.WEEK, date(2026, 3, 9), date(2026, 3, 16)),
        (Period.THIS_MONTH, date(2026, 3, 1), date(2026, 3, 16)),
        (Period.LAST_MONTH, date(2026, 2, 1), date(2026, 3, 1)),
    ],
)
def test_a_period_names_its_days(period: Period, first: date, end: date) -> None:
    assert days_of(period, today=TODAY) == (first, end)


@given(
    gains=st.lists(st.integers(-50, 100), min_size=1, max_size=20),
    flows=st.lists(st.integers(0, 10_000), min_size=20, max_size=20),
)
def test_deposits_change_no_time_weighted_return(gains: list[int], flows: list[int]) -> None:
    plain, funded, paid = [Decimal(100)], [Decimal(100)], []
    for number, gain in enumerate(gains):
        factor = 1 + Decimal(gain) / 100
        plain.append(plain[-1] * factor)
        funded.append((funded[-1] + flows[number]) * factor)
        paid.append(str(flows[number]))
    first = time_weighted(make_days([str(equity) for equity in plain]))
    other = time_weighted(make_days([str(equity) for equity in funded], flows=paid))
    assert first is not None
    assert other is not None
    assert abs(first - other) < Decimal("1e-18") * (1 + abs(first))

from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.equity import (
    EquityPoint,
    day_loss_fraction,
    drawdown_fraction,
    max_drawdown,
    peak_equity,
    tie_out,
)
from tests.factories.market import MARKET_NOW


def points(*readings: tuple[int, int]) -> list[EquityPoint]:
    return [
        EquityPoint(MARKET_NOW + timedelta(minutes=n), Decimal(equity), Decimal(flows))
        for n, (equity, flows) in enumerate(readings)
    ]


def test_a_withdrawal_is_no_drawdown_and_a_deposit_hides_none() -> None:
    assert max_drawdown(points((100, 100), (60, 60))) == 0
    assert max_drawdown(points((100, 100), (90, 100), (190, 200))) == Decimal("0.1")
    assert peak_equity(points((100, 100), (90, 100)), net_flows=Decimal(50)) == 50


def test_drawdown_is_the_distance_from_the_peak() -> None:
    assert drawdown_fraction(equity=Decimal(80), peak=Decimal(100)) == Decimal("0.2")
    assert drawdown_fraction(equity=Decimal(120), peak=Decimal(100)) == 0
    assert drawdown_fraction(equity=Decimal(-1), peak=Decimal(0)) == 1


def test_the_loss_of_the_day_leaves_flows_out() -> None:
    def loss(equity: int, start: int, flows: int) -> Decimal:
        return day_loss_fraction(
            equity=Decimal(equity), day_start_equity=Decimal(start), day_flows=Decimal(flows)
        )

    assert loss(950, 1000, 0) == Decimal("0.05")
    assert loss(500, 1000, -500) == 0
    assert loss(1100, 1000, 0) == 0
    assert loss(-1, 0, 0) == 1


def test_a_ledger_ties_within_a_cent_and_a_millionth_of_the_turnover() -> None:
    def tied(closing: str, *, has_gap: bool = False) -> bool:
        return tie_out(
            opening_wallet=Decimal(100),
            closing_wallet=Decimal(closing),
            rows_total=Decimal(10),
            gross_turnover=Decimal(1_000_000),
            has_gap=has_gap,
        ).is_tied

    assert tied("111.01")
    assert not tied("111.011")
    assert not tied("110", has_gap=True)


@given(equities=st.lists(st.integers(1, 10_000), min_size=1, max_size=20))
def test_drawdown_is_a_fraction(equities: list[int]) -> None:
    worst = max_drawdown(points(*((equity, 0) for equity in equities)))
    assert 0 <= worst < 1
    assert (worst == 0) == (equities == sorted(equities))

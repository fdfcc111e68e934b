from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.stress import (
    SHOCKS,
    StressedBook,
    StressKind,
    StressSeverity,
    apply,
)
from patriot_app.core.errors import Invalid

D = Decimal
DAILY = {"BTCUSDT": D("0.03"), "ETHUSDT": D("0.04")}


def make_book(equity: str = "1000", margin: str = "10", **notionals: str) -> StressedBook:
    return StressedBook(
        uuid4(), D(equity), D(margin), {symbol: D(value) for symbol, value in notionals.items()}
    )


def test_a_crash_takes_from_longs_and_gives_to_shorts() -> None:
    books = [make_book(BTCUSDT="2000"), make_book(BTCUSDT="-500")]
    found = apply({StressKind.MARKET_CRASH: D("0.25")}, books, volatility=DAILY)
    assert (found.loss, found.positions) == (D("375.00"), 1)
    assert found.survival_share == 1


def test_hedges_stop_hedging_when_correlations_break_down() -> None:
    book = make_book(BTCUSDT="2000", ETHUSDT="-2000")
    found = apply({StressKind.CORRELATION_BREAKDOWN: D("0.10")}, [book], volatility=DAILY)
    assert (found.loss, found.positions) == (D("400.00"), 2)


def test_a_spike_moves_each_by_its_own_volatility() -> None:
    book = make_book(BTCUSDT="1000", ETHUSDT="-1000", DOGEUSDT="5")
    found = apply({StressKind.VOLATILITY_SPIKE: D(2)}, [book], volatility=DAILY)
    assert (found.loss, found.positions) == (D("140.00"), 2)
    assert found.unknown == ("DOGEUSDT",)


def test_an_account_survives_while_its_equity_covers_its_margin() -> None:
    books = [
        make_book("510", BTCUSDT="1000"),
        make_book("511", BTCUSDT="1000"),
        make_book("1"),
    ]
    found = apply({StressKind.MARKET_CRASH: D("0.5")}, books, volatility={})
    assert (found.accounts, found.survivors, found.survival_share) == (2, 1, D("0.5"))


@given(
    notional=st.integers(-10_000, 10_000).filter(bool),
    kind=st.sampled_from(sorted(StressKind)),
)
def test_a_harder_shock_never_lets_more_survive(notional: int, kind: StressKind) -> None:
    book = make_book("900", BTCUSDT=str(notional))
    found = [apply({kind: SHOCKS[kind][s]}, [book], volatility=DAILY) for s in StressSeverity]
    survivors = [one.survivors for one in found]
    assert survivors == sorted(survivors, reverse=True)


@pytest.mark.parametrize(
    ("kind", "shock"),
    [
        (StressKind.MARKET_CRASH, "1.01"),
        (StressKind.MARKET_CRASH, "0"),
        (StressKind.MARKET_CRASH, "-1.01"),
        (StressKind.CORRELATION_BREAKDOWN, "-0.1"),
        (StressKind.VOLATILITY_SPIKE, "21"),
    ],
)
def test_a_shock_has_bounds(kind: StressKind, shock: str) -> None:
    with pytest.raises(Invalid):
        apply({kind: D(shock)}, [], volatility={})


def test_a_market_may_rise_and_then_shorts_lose() -> None:
    books = [make_book(BTCUSDT="2000"), make_book(BTCUSDT="-500")]
    found = apply({StressKind.MARKET_CRASH: D("-0.10")}, books, volatility={})
    assert (found.loss, found.positions) == (D("-150.00"), 1)


def test_shocks_at_once_add_up_and_a_long_loses_at_most_its_worth() -> None:
    shocks = {
        StressKind.MARKET_CRASH: D("0.50"),
        StressKind.VOLATILITY_SPIKE: D(10),
        StressKind.CORRELATION_BREAKDOWN: D("0.30"),
    }
    long = apply(shocks, [make_book(BTCUSDT="1000")], volatility=DAILY)
    short = apply(shocks, [make_book(BTCUSDT="-1000")], volatility=DAILY)
    assert (long.loss, short.loss) == (D(1000), D("100.00"))


def test_a_test_needs_a_shock() -> None:
    with pytest.raises(Invalid, match="at least one"):
        apply({}, [], volatility={})

"""Our table of Bybit's contracts against recorded prices, funding and known answers."""

import csv
import gzip
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from daemon.paper_exchange.bybit.listing import FUNDING_BOUND
from daemon.paper_exchange.instruments import INSTRUMENTS
from daemon.paper_exchange.margin import maintenance_margin

RECORDED = Path(__file__).resolve().parents[3] / "shared" / "market" / "bybit_linear"
SPECS = INSTRUMENTS["bybit"]
recorded = pytest.mark.skipif(not RECORDED.exists(), reason="no recorded Bybit prices at hand")


def rows(name: str) -> Iterator[dict[str, str]]:
    with gzip.open(RECORDED / name, "rt") as file:
        yield from csv.DictReader(file)


@recorded
@pytest.mark.parametrize("symbol", ["BTCUSDT", "ETHUSDT"])
def test_recorded_prices_and_volumes_lie_on_our_grid(symbol: str) -> None:
    spec = SPECS[symbol]
    off = [
        row["open_time_ms"]
        for row in rows(f"5m/{symbol}_last90d.csv.gz")
        if any(Decimal(row[name]) % spec.tick_size for name in ("open", "high", "low", "close"))
        or Decimal(row["volume"]) % spec.step_size
    ]
    assert off == []


@recorded
def test_the_tick_is_the_smallest_that_was_seen() -> None:
    seen = {Decimal(row["close"]) % 1 for row in rows("5m/BTCUSDT_last90d.csv.gz")}
    assert seen == {Decimal(n) / 10 for n in range(10)}


@recorded
@pytest.mark.parametrize("symbol", ["BTCUSDT", "ETHUSDT"])
def test_recorded_mark_prices_have_the_decimals_of_the_written_tick(symbol: str) -> None:
    spec = SPECS[symbol]
    marks = [Decimal(row["close"]) for row in rows(f"mark/{symbol}_mark_1h_last90d.csv.gz")]
    assert all(mark == mark.quantize(spec.tick_size) for mark in marks)
    if symbol == "BTCUSDT":
        assert any(mark % spec.tick_size for mark in marks)


@recorded
@pytest.mark.parametrize("symbol", ["BTCUSDT", "ETHUSDT"])
def test_recorded_funding_stays_within_the_listed_bound(symbol: str) -> None:
    bound = Decimal(FUNDING_BOUND)
    assert all(abs(Decimal(r["funding_rate"])) <= bound for r in rows(f"funding/{symbol}.csv.gz"))


@pytest.mark.parametrize("symbol", list(SPECS))
def test_the_maintenance_margin_has_no_jump_between_risk_limits(symbol: str) -> None:
    spec = SPECS[symbol]
    step = Decimal("0.01")
    for bracket in spec.brackets[:-1]:
        below = maintenance_margin(spec, bracket.cap - step)
        above = maintenance_margin(spec, bracket.cap)
        assert 0 <= above - below <= step


@pytest.mark.parametrize(
    ("notional", "margin"),
    [("1000000", "5000"), ("2000000", "10000"), ("3000000", "20000"), ("5000000", "45000")],
)
def test_known_maintenance_margins_of_bitcoin(notional: str, margin: str) -> None:
    # 0.5 % up to two million, and half a percent more on every two millions after them.
    assert maintenance_margin(SPECS["BTCUSDT"], Decimal(notional)) == Decimal(margin)

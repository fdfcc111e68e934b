"""The hand-written instrument table agrees with itself and with what the exchanges published."""

import gzip
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from daemon.paper_exchange.instruments import INSTRUMENTS, InstrumentSpec

WIRE = Path(__file__).resolve().parents[3] / "shared" / "wire"
ALL = [(exchange, spec) for exchange, specs in INSTRUMENTS.items() for spec in specs.values()]

# What the exchange changed after the exchangeInfo recording of 2021, as the later candles and
# the filter documentation show: finer BTC prices went away, SOL quantities became finer.
CHANGED = {
    ("BTCUSDT", "tickSize"),
    ("BTCUSDT", "minPrice"),
    ("SOLUSDT", "stepSize"),
    ("SOLUSDT", "minQty"),
    ("SOLUSDT", "maxPrice"),
    ("SOLUSDT", "quantityPrecision"),
}


@pytest.mark.parametrize(("exchange", "spec"), ALL, ids=lambda v: getattr(v, "symbol", v))
def test_bounds_are_multiples_of_their_steps(exchange: str, spec: InstrumentSpec) -> None:
    assert spec.min_price % spec.tick_size == 0
    for quantity in (spec.min_quantity, spec.max_quantity, spec.market_max_quantity):
        assert quantity % spec.step_size == 0
    assert spec.min_quantity < spec.market_max_quantity <= spec.max_quantity
    assert spec.min_price < spec.max_price
    assert spec.tick_size.normalize().as_tuple().exponent >= -spec.price_precision
    assert spec.step_size.normalize().as_tuple().exponent >= -spec.quantity_precision
    assert spec.multiplier_down < 1 < spec.multiplier_up


@pytest.mark.parametrize(("exchange", "spec"), ALL, ids=lambda v: getattr(v, "symbol", v))
def test_maintenance_margin_is_continuous_over_the_brackets(
    exchange: str, spec: InstrumentSpec
) -> None:
    assert spec.brackets[0].floor == 0
    assert spec.brackets[0].cumulative == 0
    assert spec.max_leverage == spec.brackets[0].max_leverage
    for lower, upper in zip(spec.brackets, spec.brackets[1:], strict=False):
        assert lower.cap == upper.floor
        assert lower.max_leverage > upper.max_leverage
        below = lower.cap * lower.maintenance_rate - lower.cumulative
        above = upper.floor * upper.maintenance_rate - upper.cumulative
        assert below == above
        assert spec.bracket(lower.cap) is upper
    assert spec.bracket(spec.brackets[-1].cap * 2) is spec.brackets[-1]


def test_both_exchanges_list_the_same_contracts() -> None:
    assert set(INSTRUMENTS["binance"]) == set(INSTRUMENTS["bybit"])
    assert len(INSTRUMENTS["binance"]) == 10


@pytest.mark.skipif(not WIRE.exists(), reason="the wire samples are not beside this checkout")
def test_binance_filters_match_the_recorded_exchange_info() -> None:
    for symbol, row in _recorded_symbols().items():
        spec = INSTRUMENTS["binance"][symbol]
        filters = {f["filterType"]: f for f in row["filters"]}
        found = {
            "tickSize": (spec.tick_size, filters["PRICE_FILTER"]["tickSize"]),
            "minPrice": (spec.min_price, filters["PRICE_FILTER"]["minPrice"]),
            "maxPrice": (spec.max_price, filters["PRICE_FILTER"]["maxPrice"]),
            "stepSize": (spec.step_size, filters["LOT_SIZE"]["stepSize"]),
            "minQty": (spec.min_quantity, filters["LOT_SIZE"]["minQty"]),
            "maxQty": (spec.max_quantity, filters["LOT_SIZE"]["maxQty"]),
            "marketMaxQty": (spec.market_max_quantity, filters["MARKET_LOT_SIZE"]["maxQty"]),
            "multiplierUp": (spec.multiplier_up, filters["PERCENT_PRICE"]["multiplierUp"]),
            "multiplierDown": (spec.multiplier_down, filters["PERCENT_PRICE"]["multiplierDown"]),
            "pricePrecision": (spec.price_precision, row["pricePrecision"]),
            "quantityPrecision": (spec.quantity_precision, row["quantityPrecision"]),
        }
        differing = {
            name for name, (ours, theirs) in found.items() if Decimal(ours) != Decimal(theirs)
        }
        assert differing == {name for of, name in CHANGED if of == symbol}, symbol


@pytest.mark.skipif(not WIRE.exists(), reason="the wire samples are not beside this checkout")
def test_binance_brackets_match_the_published_table() -> None:
    with gzip.open(WIRE / "freqtrade" / "binance_leverageBracket_all_usdt.json.gz") as file:
        published = {row["symbol"]: row["brackets"] for row in json.load(file)}
    for symbol, spec in INSTRUMENTS["binance"].items():
        ours = [
            (b.floor, b.cap, b.max_leverage, b.maintenance_rate, b.cumulative)
            for b in spec.brackets
        ]
        names = ("notionalFloor", "notionalCap", "initialLeverage", "maintMarginRatio", "cum")
        theirs = [tuple(Decimal(str(row[name])) for name in names) for row in published[symbol]]
        assert ours == theirs, symbol


def _recorded_symbols() -> dict[str, dict[str, Any]]:
    with (WIRE / "cryptofeed" / "BINANCE_FUTURES.0.jsonl").open() as file:
        for line in file:
            if "exchangeInfo" in line[:200] and '"symbols"' in line:
                rows = json.loads(line[line.index("{") :])["payload"]["symbols"]
                break
        else:
            raise AssertionError("the recording holds no exchangeInfo")
    listed = INSTRUMENTS["binance"]
    return {row["symbol"]: row for row in rows if row["symbol"] in listed}

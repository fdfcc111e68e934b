"""The seeded market repeats itself exactly and moves like the recorded one."""

import math
import statistics
import time
from itertools import pairwise
from pathlib import Path

import pytest

from daemon.paper_exchange.instruments import INSTRUMENTS
from daemon.paper_exchange.model import SeededModel
from daemon.paper_exchange.model_parameters import SHAPES
from daemon.paper_exchange.prices import Candle
from daemon.paper_exchange.replay import ReplaySource

DAY = 86_400_000
START = 1_746_316_800_000
RECORDED = Path(__file__).resolve().parents[3] / "shared" / "market" / "binance_usdm" / "1m"
COMMON_START, COMMON_END = 1_746_372_960_000, 1_748_964_720_000
FITTED = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT", "BNBUSDT")


def make_model(*, seed: int = 7, start_ms: int = START) -> SeededModel:
    return SeededModel(seed=seed, symbols=FITTED, start_ms=start_ms)


def minutes_of(model: SeededModel, symbol: str, *, days: int) -> list[Candle]:
    found = [model.minute(symbol, START + i * 60_000) for i in range(days * 1440)]
    return [candle for candle in found if candle is not None]


def returns_of(candles: list[Candle]) -> list[float]:
    return [math.log(c.close / c.open) for c in candles]


def test_the_same_seed_gives_the_same_candles() -> None:
    assert minutes_of(make_model(), "ETHUSDT", days=1) == minutes_of(
        make_model(), "ETHUSDT", days=1
    )
    assert make_model(seed=8).minute("ETHUSDT", START) != make_model().minute("ETHUSDT", START)


def test_a_restart_at_any_minute_gives_the_same_candle() -> None:
    walked = make_model()
    minutes_of(walked, "SOLUSDT", days=3)
    at = START + 3 * DAY + 777 * 60_000
    assert make_model().minute("SOLUSDT", at) == walked.minute("SOLUSDT", at)
    alone = SeededModel(seed=7, symbols=("SOLUSDT",), start_ms=START)
    assert alone.minute("SOLUSDT", at) == walked.minute("SOLUSDT", at)


def test_a_first_minute_inside_of_a_day_cuts_the_same_day_off() -> None:
    late = make_model(start_ms=START + 600_000)
    assert late.minute("BTCUSDT", START) is None
    assert late.minute("BTCUSDT", START + 600_000) == make_model().minute(
        "BTCUSDT", START + 600_000
    )


def test_a_minute_a_year_away_is_cheap() -> None:
    before = time.monotonic()
    assert make_model().minute("BTCUSDT", START + 365 * DAY) is not None
    assert time.monotonic() - before < 2


@pytest.mark.parametrize("symbol", FITTED)
def test_candles_are_whole_and_on_the_tick(symbol: str) -> None:
    candles = minutes_of(make_model(), symbol, days=2)
    tick = min(specs[symbol].tick_size for specs in INSTRUMENTS.values())
    for earlier, later in pairwise(candles):
        assert later.open == earlier.close
        assert later.low <= min(later.open, later.close)
        assert later.high >= max(later.open, later.close)
        assert later.close % tick == 0
        assert later.volume > 0


@pytest.mark.parametrize("symbol", FITTED)
def test_volatility_tails_and_ranges_lie_near_the_recorded_ones(symbol: str) -> None:
    """Bands: sigma within 25 %, kurtosis 6 to 30 (recorded 9.6 to 27.3), range within 20 %."""
    shape = SHAPES[symbol]
    candles = minutes_of(make_model(), symbol, days=30)
    returns = returns_of(candles)
    variance = statistics.fmean(r * r for r in returns)
    kurtosis = statistics.fmean(r**4 for r in returns) / variance**2
    spans = statistics.fmean(math.log(c.high / c.low) for c in candles)
    assert 0.75 < math.sqrt(variance) / shape.sigma < 1.25
    assert 6 < kurtosis < 30
    assert 0.8 < spans / math.sqrt(variance) / shape.range_ratio < 1.2


def test_symbols_share_a_factor_and_volatility_comes_in_spells() -> None:
    model = make_model()
    bitcoin = returns_of(minutes_of(model, "BTCUSDT", days=10))
    ether = returns_of(minutes_of(model, "ETHUSDT", days=10))
    expected = SHAPES["BTCUSDT"].beta * SHAPES["ETHUSDT"].beta
    assert abs(statistics.correlation(bitcoin, ether) - expected) < 0.1
    sizes = [abs(value) for value in bitcoin]
    assert statistics.correlation(sizes[:-1], sizes[1:]) > 0.1
    assert abs(statistics.correlation(bitcoin[:-1], bitcoin[1:])) < 0.05


def test_funding_rates_repeat_and_stay_bounded() -> None:
    rates = [make_model().funding_rate("BTCUSDT", START + i * 28_800_000) for i in range(90)]
    again = [make_model().funding_rate("BTCUSDT", START + i * 28_800_000 - 5) for i in range(90)]
    assert rates == again
    assert len(set(rates)) > 80
    assert max(abs(rate) for rate in rates) < 0.001
    assert all(rate.as_tuple().exponent == -8 for rate in rates)


def test_a_contract_without_figures_is_refused() -> None:
    with pytest.raises(ValueError, match="PEPEUSDT"):
        SeededModel(seed=1, symbols=("PEPEUSDT",), start_ms=START)


@pytest.mark.skipif(
    not RECORDED.exists(), reason="the recorded candles are not beside this checkout"
)
@pytest.mark.parametrize("symbol", FITTED)
def test_the_parameters_are_those_of_the_recording(symbol: str) -> None:
    source = ReplaySource(next(RECORDED.glob(f"{symbol}_*.csv.gz")))
    assert source.end_ms is not None
    times = range(COMMON_START, min(source.end_ms, COMMON_END), 60_000)
    candles = [candle for candle in (source.minute(symbol, t) for t in times) if candle]
    returns = [math.log(later.close / earlier.close) for earlier, later in pairwise(candles)]
    variance = statistics.fmean(r * r for r in returns)
    shape = SHAPES[symbol]
    assert abs(math.sqrt(variance) / shape.sigma - 1) < 0.01
    assert abs(statistics.fmean(r**4 for r in returns) / variance**2 / shape.kurtosis - 1) < 0.02
    volume = statistics.median(float(candle.volume) for candle in candles if candle.volume)
    assert abs(volume / shape.median_volume - 1) < 0.01

"""Replayed candles come back as they were recorded, on the exchanges' ticks."""

import gzip
from decimal import Decimal
from pathlib import Path

import pytest

from daemon.paper_exchange.instruments import INSTRUMENTS
from daemon.paper_exchange.prices import TickedSource, round_to_tick
from daemon.paper_exchange.replay import DEFAULT_FUNDING_RATE, ReplaySource

MARKET = Path(__file__).resolve().parents[3] / "shared" / "market" / "binance_usdm"
START = 1_746_372_000_000
HEADER = "open_time_ms,open,high,low,close,volume\n"


def write_candles(folder: Path, name: str, minutes: list[int], price: str = "100.0") -> Path:
    rows = "".join(f"{START + m * 60_000},{price},{price},{price},{price},{m}.5\n" for m in minutes)
    path = folder / name
    path.write_bytes(
        gzip.compress((HEADER + rows).encode()) if name.endswith("gz") else (HEADER + rows).encode()
    )
    return path


def test_a_candle_comes_back_exactly(tmp_path: Path) -> None:
    source = ReplaySource(write_candles(tmp_path, "BTCUSDT_x.csv.gz", [0, 1, 2], "95505.4"))
    candle = source.minute("BTCUSDT", START + 60_000)
    assert candle is not None
    assert (candle.open_time_ms, candle.close, candle.volume) == (
        START + 60_000,
        Decimal("95505.4"),
        Decimal("1.5"),
    )
    assert source.minute("BTCUSDT", START + 119_999) == candle


def test_the_common_window_starts_when_all_symbols_exist(tmp_path: Path) -> None:
    write_candles(tmp_path, "BTCUSDT.csv", [0, 1, 2, 3])
    write_candles(tmp_path, "ETHUSDT.csv.gz", [2, 3, 4])
    source = ReplaySource(tmp_path)
    assert source.symbols == ("BTCUSDT", "ETHUSDT")
    assert (source.start_ms, source.end_ms) == (START + 120_000, START + 240_000)
    assert source.minute("BTCUSDT", START + 60_000) is None
    assert source.minute("ETHUSDT", START + 240_000) is None


def test_a_missing_minute_is_flat_at_the_last_close(tmp_path: Path) -> None:
    source = ReplaySource(write_candles(tmp_path, "BTCUSDT.csv", [0, 1, 4, 5]))
    gap = source.minute("BTCUSDT", START + 180_000)
    assert gap is not None
    assert gap.open_time_ms == START + 180_000
    assert (gap.open, gap.close, gap.volume) == (Decimal("100.0"), Decimal("100.0"), 0)
    after = source.minute("BTCUSDT", START + 240_000)
    assert after is not None
    assert after.volume == Decimal("4.5")


def test_files_of_one_symbol_are_joined_without_repeats(tmp_path: Path) -> None:
    write_candles(tmp_path, "BTCUSDT_b.csv", [0, 1, 2])
    write_candles(tmp_path, "BTCUSDT_a.csv", [2, 3])
    source = ReplaySource(tmp_path)
    assert source.end_ms == START + 240_000
    last = source.minute("BTCUSDT", START + 180_000)
    assert last is not None
    assert last.volume == Decimal("3.5")


@pytest.mark.parametrize(
    ("name", "minutes", "message"),
    [
        ("BTCUSDT.csv", [0, 5, 10], "1-minute ones needed"),
        ("BTCUSDT.csv", [3, 2, 3], "out of order|share no minute|needed"),
        ("BTCUSDT.csv", [], "no candles of BTCUSDT"),
        ("PEPEUSDT.csv", [0, 1], "no candle file of a listed contract"),
    ],
)
def test_unusable_files_are_refused(
    tmp_path: Path, name: str, minutes: list[int], message: str
) -> None:
    write_candles(tmp_path, name, minutes)
    with pytest.raises(ValueError, match=message):
        ReplaySource(tmp_path)


def test_funding_is_read_from_the_sibling_folder(tmp_path: Path) -> None:
    candles, funding = tmp_path / "1m", tmp_path / "funding"
    candles.mkdir()
    funding.mkdir()
    write_candles(candles, "BTCUSDT.csv", [0, 1])
    settlement = START - START % 28_800_000 + 28_800_000
    (funding / "BTCUSDT_8h.csv").write_text(
        f"funding_time_ms,funding_rate\n{settlement + 5},-6.12e-06\n"
    )
    source = ReplaySource(candles)
    assert source.funding_rate("BTCUSDT", settlement) == Decimal("-0.00000612")
    assert source.funding_rate("BTCUSDT", settlement - 1000) == Decimal("-0.00000612")
    assert source.funding_rate("BTCUSDT", settlement + 1000) == DEFAULT_FUNDING_RATE


def test_a_coarser_exchange_sees_prices_on_its_own_tick(tmp_path: Path) -> None:
    source = ReplaySource(write_candles(tmp_path, "BNBUSDT.csv", [0], "588.27"))
    ticked = TickedSource(source, INSTRUMENTS["bybit"]).minute("BNBUSDT", START)
    exact = source.minute("BNBUSDT", START)
    assert ticked is not None
    assert exact is not None
    assert (exact.close, ticked.close) == (Decimal("588.27"), Decimal("588.3"))
    assert round_to_tick(Decimal("588.25"), Decimal("0.1")) == Decimal("588.2")


@pytest.mark.skipif(not MARKET.exists(), reason="the recorded candles are not beside this checkout")
def test_a_recorded_month_of_five_symbols_is_replayed_as_recorded() -> None:
    source = ReplaySource(MARKET / "1m")
    assert len(source.symbols) == 5
    first = source.minute("BTCUSDT", 1_746_372_960_000)
    assert first is not None
    assert (first.open, first.volume) == (Decimal("95457.7"), Decimal("29.715"))
    assert source.funding_rate("BTCUSDT", 1_746_374_400_000 - 1) != DEFAULT_FUNDING_RATE

"""Markets from a script of timed prices and from recorded frames."""

import gzip
from decimal import Decimal
from pathlib import Path

import pytest

from daemon.paper_exchange.instruments import INSTRUMENTS
from daemon.paper_exchange.market import Market
from daemon.paper_exchange.server import PaperOptions, open_source
from daemon.paper_exchange.timed import TimedPrice, TimedSource, read_timed

START = 1_748_822_400_000
FRAMES = (
    Path(__file__).resolve().parents[3] / "shared/market/binance_usdm/raw_ws/btcusdt_20240808.gz"
)


def point(second: int, price: str, symbol: str = "BTCUSDT", quantity: str = "1") -> TimedPrice:
    return TimedPrice(START + second * 1000, symbol, Decimal(price), Decimal(quantity))


def test_a_price_shows_at_the_first_step_after_it_and_holds_until_the_next() -> None:
    source = TimedSource([point(0, "100000"), point(7, "100500"), point(31, "99000")])
    market = Market(INSTRUMENTS["binance"]["BTCUSDT"], source, mark_has_tick_decimals=False)
    seen = []
    for second in (0, 5, 10, 30, 35, 55):
        market.step(START + second * 1000)
        seen.append(int(market.last_price))
    assert seen == [100_000, 100_000, 100_500, 100_500, 99_000, 99_000]
    candle = source.minute("BTCUSDT", START)
    assert candle is not None
    assert (candle.open, candle.high, candle.low, candle.close) == (
        Decimal(100_000),
        Decimal(100_500),
        Decimal(99_000),
        Decimal(99_000),
    )
    assert candle.volume == 3


def test_it_begins_where_every_contract_has_a_price_and_ends_after_the_last() -> None:
    source = TimedSource([point(0, "1"), point(61, "2", "ETHUSDT"), point(200, "3")])
    assert source.symbols == ("BTCUSDT", "ETHUSDT")
    assert source.start_ms == START + 120_000
    assert source.end_ms == START + 240_000
    assert source.minute("BTCUSDT", START) is None


def test_a_script_is_read_with_its_funding_rates(tmp_path: Path) -> None:
    script = tmp_path / "script.csv"
    script.write_text(
        "time_ms,symbol,price,quantity,funding_rate\n"
        f"{START},BTCUSDT,100000,2,0.0003\n"
        f"{START + 30_000},BTCUSDT,101000\n"
    )
    begins, source = open_source(PaperOptions(replay=script))
    assert begins == START
    assert source.funding_rate("BTCUSDT", START + 40_000) == Decimal("0.0003")
    candle = source.minute("BTCUSDT", START)
    assert candle is not None
    assert candle.close == 101_000


@pytest.mark.parametrize("line", ["soon,BTCUSDT,1", f"{START},BTCUSDT,-1", f"{START},BTCUSDT,x"])
def test_a_line_that_is_no_price_is_named(tmp_path: Path, line: str) -> None:
    script = tmp_path / "script.csv"
    script.write_text(f"time_ms,symbol,price\n{line}\n")
    with pytest.raises(ValueError, match="line 2"):
        read_timed(script)


def test_candles_are_not_taken_for_a_script(tmp_path: Path) -> None:
    candles = tmp_path / "BTCUSDT.csv.gz"
    candles.write_bytes(gzip.compress(b"open_time_ms,open,high,low,close,volume\n"))
    assert read_timed(candles) is None
    assert read_timed(tmp_path) is None


def test_frames_are_read_by_their_trades(tmp_path: Path) -> None:
    frames = tmp_path / "frames.gz"
    trade = (
        b'1723161255088176367 {"stream":"btcusdt@trade","data":{"e":"trade","T":%d,'
        b'"s":"BTCUSDT","p":"61800.30","q":"0.006"}}\n'
    )
    other = b'1723161255088176368 {"lastUpdateId":1,"bids":[],"asks":[]}\n'
    frames.write_bytes(gzip.compress(trade % START + other + trade % (START + 20_000)))
    source = read_timed(frames)
    assert source is not None
    candle = source.minute("BTCUSDT", START)
    assert candle is not None
    assert (candle.close, candle.volume) == (Decimal("61800.3"), Decimal("0.012"))


@pytest.mark.skipif(not FRAMES.exists(), reason="the recorded frames are not beside this checkout")
def test_five_recorded_minutes_of_a_real_market_can_be_traded() -> None:
    begins, source = open_source(PaperOptions(replay=FRAMES))
    assert source.symbols == ("BTCUSDT",)
    assert source.end_ms is not None
    assert source.end_ms - begins == 300_000
    candle = source.minute("BTCUSDT", begins)
    assert candle is not None
    assert 61_000 < candle.low <= candle.high < 62_000
    assert candle.volume > 10

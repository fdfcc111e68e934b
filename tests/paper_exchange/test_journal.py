"""A restart finds every account, order, position, row and the market time as they were."""

from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.paper_exchange.commands import ChangeInstrument
from daemon.paper_exchange.journal import Journal
from tests.paper import running_paper_exchange
from tests.paper_exchange.trading_floor import bare_floor, open_floor, summarise, write_script


@given(st.integers(0, 1_000_000), st.integers(0, 60))
@settings(max_examples=25)
def test_a_killed_exchange_comes_back_identical(seed: int, snapshot_after: int) -> None:
    with TemporaryDirectory() as folder:
        journal = Journal(Path(folder))
        floor = open_floor(balances=())
        journal.snapshot({"binance": floor.engine}, floor.clock)
        modes = {"hedge_mode": seed % 3 == 0, "isolated": seed % 5 < 2}
        floor = open_floor(recorder=journal, **modes)
        for number, step in enumerate(write_script(seed)):
            if number == snapshot_after:
                journal.snapshot({"binance": floor.engine}, floor.clock)
            floor.work(step)
        floor.engine.enter()

        later = Journal(Path(folder))
        clock = later.read_clock()
        assert clock is not None
        restored = bare_floor(market_ms=clock["market_ms"])
        later.restore({"binance": restored.engine})
        restored.engine.advance_to(floor.clock.now_ms())
        assert summarise(restored.engine) == summarise(floor.engine)
        journal.close()
        later.close()


@pytest.mark.parametrize("snapshot", [True, False])
def test_changed_filters_and_a_delisting_survive_a_restart(tmp_path: Path, snapshot: bool) -> None:
    journal = Journal(tmp_path)
    empty = open_floor(balances=())
    journal.snapshot({"binance": empty.engine}, empty.clock)
    floor = open_floor(recorder=journal)
    values = {"tick_size": Decimal(5), "min_notional": Decimal(500)}
    floor.engine.change_instrument(ChangeInstrument(symbol="BTCUSDT", values=values))
    floor.engine.change_instrument(ChangeInstrument(symbol="SOLUSDT", values={}, trading=False))
    floor.move("1")
    if snapshot:
        journal.snapshot({"binance": floor.engine}, floor.clock)

    restored = bare_floor(market_ms=floor.clock.now_ms())
    later = Journal(tmp_path)
    later.restore({"binance": restored.engine})
    assert restored.engine.instruments == floor.engine.instruments
    assert restored.engine.market("BTCUSDT").last_price == floor.engine.market("BTCUSDT").last_price
    assert not restored.engine.market("SOLUSDT").trading
    journal.close()
    later.close()


async def test_a_stopped_process_goes_on_at_the_same_market_time(tmp_path: Path) -> None:
    async with running_paper_exchange(home=tmp_path) as paper:
        await paper.create_account()
        await paper.create_account("bybit", "key-2")
        await paper.advance(minutes=90)
        await paper.act("binance", "key-1", "deposit", amount="12.5")
        before = await paper.account()
        stopped_at = (await paper.control("GET", "/clock"))["market_ms"]
        reference = await paper.price("ETHUSDT")
    async with running_paper_exchange(home=tmp_path) as paper:
        assert (await paper.control("GET", "/clock"))["market_ms"] == stopped_at
        assert await paper.price("ETHUSDT") == reference
        assert await paper.account() == before
        assert (await paper.account("bybit", "key-2"))["wallet_balance"] == "10000.00000000"


def cut_off_last_line(home: Path) -> None:
    (log,) = home.glob("journal-*.jsonl")
    log.write_bytes(b'{"t":1748822400000,"x":"binance","a":"key-1","m":"Tra')


async def test_a_line_cut_off_by_a_kill_is_dropped(tmp_path: Path) -> None:
    async with running_paper_exchange(home=tmp_path) as paper:
        await paper.create_account()
    cut_off_last_line(tmp_path)
    async with running_paper_exchange(home=tmp_path) as paper:
        assert (await paper.account())["wallet_balance"] == "10000.00000000"

"""What streams tell is stored in batches and protects positions at once."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from daemon.execution import fan_out
from daemon.execution.streams import Streams
from patriot_app.core.domain.accounts import Exchange
from tests.daemon.execution.trading import Trader, running_trader
from tests.database import Server
from tests.waiting import until


@pytest.fixture
async def trader(server: Server, as_daemon: str, database_name: str) -> AsyncIterator[Trader]:
    both = (Exchange.BINANCE, Exchange.BYBIT)
    async with running_trader(server, database_name, accounts=2, exchanges=both) as trader:
        yield trader


@contextlib.asynccontextmanager
async def listening(trader: Trader) -> AsyncIterator[Streams]:
    streams = Streams(trader.context)
    task = asyncio.create_task(streams.run())
    try:
        await until(lambda: streams.connected == len(trader.desk.accounts))
        yield streams
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def protected(trader: Trader) -> bool:
    rows = trader.desk.execute(
        "SELECT count(*) FROM positions WHERE account_id = ANY(%s) AND quantity <> 0"
        " AND wanted_stop IS NOT NULL AND unprotected_since IS NULL",
        list(trader.desk.accounts),
    )
    return rows == [(len(trader.desk.accounts),)]


async def test_fills_arrive_by_stream_and_call_their_stops(trader: Trader) -> None:
    async with listening(trader):
        await fan_out.run(trader.context, await trader.signal(), trader.desk.all_shards)
        await until(lambda: protected(trader))
    sources = trader.desk.execute(
        "SELECT DISTINCT attempts.state FROM attempts JOIN intents ON intents.id = intent_id"
        " WHERE leg = 'entry' AND intents.account_id = ANY(%s)",
        list(trader.desk.accounts),
    )
    assert sources == [("filled",)]


async def test_a_key_that_is_gone_closes_its_stream(trader: Trader) -> None:
    async with listening(trader) as streams:
        trader.context.sessions.pop(trader.desk.accounts[0])
        await until(lambda: streams.connected == 1)

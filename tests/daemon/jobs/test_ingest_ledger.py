"""A deposit and a withdrawal stand in the books within a minute, by stream and timetable."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal

import pytest

from daemon import schedule
from daemon.execution.streams import Streams
from daemon.jobs import ingest_ledger
from patriot_app.core.domain.accounts import Exchange
from tests.daemon.execution.trading import Trader, running_trader
from tests.database import Server
from tests.waiting import until


@pytest.fixture
async def trader(server: Server, as_daemon: str, database_name: str) -> AsyncIterator[Trader]:
    both = (Exchange.BINANCE, Exchange.BYBIT)
    async with running_trader(server, database_name, accounts=2, exchanges=both) as trader:
        yield trader


def flows(trader: Trader) -> list[Decimal]:
    """Return what came and went since each account was opened with its first deposit."""
    found = trader.desk.execute(
        "SELECT amount FROM ledger_rows WHERE classification = 'external_flow'"
        " AND amount <> 10000 ORDER BY amount"
    )
    return [Decimal(str(amount)) for (amount,) in found]


def test_what_a_stream_tells_is_read_within_a_minute() -> None:
    (job,) = [one for one in schedule.TIMETABLE if one.name == "ingest_ledger"]
    assert ingest_ledger.MOVED_AFTER + timedelta(seconds=2 * job.every_s) <= timedelta(minutes=1)


async def test_money_in_and_out_is_read_once_a_stream_told_of_it(trader: Trader) -> None:
    await ingest_ledger.run(trader.context)
    assert flows(trader) == []
    binance, bybit = trader.desk.accounts
    streams = Streams(trader.context)
    listening = asyncio.create_task(streams.run())
    try:
        await until(lambda: streams.connected == len(trader.desk.accounts))
        await trader.paper.act("binance", binance.hex, "deposit", amount="250")
        await trader.paper.act("bybit", bybit.hex, "withdraw", amount="40")
        await until(lambda: trader.context.figures.money_moved() >= {binance, bybit})
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
    # The ledgers were read just now; so much later the timetable reads them again.
    trader.desk.execute(
        "UPDATE ledger_cursors SET read_at = now() - %s", ingest_ledger.MOVED_AFTER * 1.05
    )
    await ingest_ledger.run(trader.context)
    assert flows(trader) == [Decimal(-40), Decimal(250)]

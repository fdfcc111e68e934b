"""What streams tell is stored in batches and protects positions at once."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from daemon.execution import fan_out
from daemon.execution.streams import Streams
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.orders import OrderIdentity
from tests.daemon.execution.trading import SYMBOL, Trader, running_trader
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


async def test_trades_that_could_not_be_read_are_read_again(
    server: Server, as_daemon: str, database_name: str
) -> None:
    async with running_trader(server, database_name, accounts=1) as trader:
        await fan_out.run(trader.context, await trader.signal(), trader.desk.all_shards)
        await trader.paper.plan_fault("drop_before", "/fapi/v1/userTrades", method="GET")
        async with listening(trader):
            await until(lambda: protected(trader))


FORGETFUL_BOOKS = """
CREATE SEQUENCE times_forgotten;
CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF nextval('times_forgotten') <= 7 THEN RAISE EXCEPTION 'not stored'; END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER forget AFTER INSERT ON fills FOR EACH STATEMENT EXECUTE FUNCTION forget();
"""


async def test_trades_that_could_not_be_stored_are_read_again_at_once(
    server: Server, as_daemon: str, database_name: str
) -> None:
    async with running_trader(server, database_name, accounts=1) as trader:
        await fan_out.run(trader.context, await trader.signal(), trader.desk.all_shards)
        trader.desk.execute(FORGETFUL_BOOKS)
        try:
            async with listening(trader):
                await until(lambda: protected(trader))
            # More often than an exchange that refuses would be asked, and without its pauses.
            assert trader.desk.execute("SELECT last_value > 7 FROM times_forgotten") == [(True,)]
        finally:
            trader.desk.execute("DROP TRIGGER forget ON fills")
            trader.desk.execute("DROP FUNCTION forget")
            trader.desk.execute("DROP SEQUENCE times_forgotten")


async def test_an_attached_stop_that_its_owner_takes_away_is_heard_of_and_replaced(
    server: Server, as_daemon: str, database_name: str
) -> None:
    async with (
        running_trader(server, database_name, accounts=1, exchanges=(Exchange.BYBIT,)) as trader,
        listening(trader),
    ):
        await fan_out.run(trader.context, await trader.signal(), trader.desk.all_shards)
        await until(lambda: protected(trader))
        (session,) = trader.sessions
        [stop] = await trader.context.gateway.fetch_open_orders(session, symbol=SYMBOL)
        assert stop.is_attached
        await trader.context.gateway.cancel(
            session,
            OrderIdentity(session.account_id, SYMBOL, "", stop.exchange_order_id, False),
            timestamp_ms=trader.context.gateway.timestamp_ms(session.exchange, session.mode),
            receive_window_ms=3_000,
        )
        await until(lambda: legs(trader) == [("canceled", True), ("placed", False)])
        assert protected(trader)
        [stop] = await trader.context.gateway.fetch_open_orders(session, symbol=SYMBOL)
        assert stop.client_order_id


def legs(trader: Trader) -> list[tuple[object, ...]]:
    """Return the states of the legs and whether they hung on the position."""
    return trader.desk.execute(
        "SELECT state, intent_id IS NULL FROM protection_legs WHERE account_id = ANY(%s)"
        " ORDER BY state",
        list(trader.desk.accounts),
    )

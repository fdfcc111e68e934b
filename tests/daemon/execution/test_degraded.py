"""What is down stops as little as it can: no database, no stream, a bad account."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import datetime

import psycopg
import pytest
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import QueuePool

from daemon.execution import condition, exits, fan_out, protector, reading, submitter
from daemon.jobs import sync_accounts
from patriot_app.core.db.engine import create_engine
from patriot_app.core.db.sessions import use_engine
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.conditions import Cause, Trading
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.unit_of_work import begin
from tests.daemon.exchanges.builders import make_session
from tests.daemon.execution.trading import SYMBOL, StandingClock, Trader, running_trader
from tests.database import Outage, Server, database, outage
from tests.waiting import until


@pytest.fixture
async def trader(server: Server, as_daemon: str, database_name: str) -> AsyncIterator[Trader]:
    async with running_trader(server, database_name, accounts=3) as trader:
        yield trader


async def orders_at_exchange(trader: Trader) -> int:
    """Return how many orders any account ever had."""
    count = 0
    for session in trader.sessions:
        count += len(await trader.context.gateway.fetch_open_orders(session, symbol=SYMBOL))
        count += await trader.trades(session.account_id)
    return count


async def interrupted(trader: Trader, broken: Outage) -> None:
    """Plan a fan-out, and lose the database before any of its orders is marked."""
    # The rate limits keep the planned orders back for a while: that is when it goes.
    for session in trader.sessions:
        address = (session.exchange, session.mode, session.source_address)
        trader.context.gateway.throttle.observe(
            address, status=429, headers={"Retry-After": "12"}, body=b""
        )
    signal_id = await trader.signal(ttl_s=120)
    running = asyncio.create_task(
        fan_out.run(trader.context, signal_id, trader.desk.all_shards), name="fan-out"
    )
    await until(lambda: trader.desk.states() == {"created": 3}, seconds=60)
    broken.begin()
    with pytest.raises((SQLAlchemyError, OSError)):
        await running


async def test_without_a_database_nothing_is_written_to_any_exchange() -> None:
    with outage() as broken, database(broken.server) as name:
        engine = create_engine(
            broken.server.url("patriot_daemon", name), process_name="tests", pool_size=5
        )
        use_engine(engine)
        try:
            async with running_trader(broken.server, name, accounts=3) as trader:
                await interrupted(trader, broken)
                assert await orders_at_exchange(trader) == 0
                # Not even protection leaves without a record.
                with pytest.raises((SQLAlchemyError, OSError)):
                    await protector.run(trader.context)
                assert await orders_at_exchange(trader) == 0
                broken.end()
                await engine.dispose()
                assert trader.desk.states() == {"created": 3}
                signal_id = trader.desk.execute("SELECT id FROM signals")[0][0]
                await fan_out.run(trader.context, signal_id, trader.desk.all_shards)  # type: ignore[arg-type]
                assert [await trader.trades(account) for account in trader.desk.accounts] == [
                    1,
                    1,
                    1,
                ]
        finally:
            use_engine(None)
            await engine.dispose()


async def test_an_account_whose_stream_is_silent_is_read_by_rest(trader: Trader) -> None:
    silent = trader.desk.accounts[0]
    trader.desk.execute(
        "UPDATE account_states SET observed_at = now() - interval '5 min', synced_at = now(),"
        " wallet_balance = 1 WHERE account_id = %s",
        silent,
    )
    await sync_accounts.run(trader.context)
    found = trader.desk.execute(
        "SELECT wallet_balance, observed_at > now() - interval '1 min' FROM account_states"
        " WHERE account_id = %s",
        silent,
    )
    assert found == [(10_000, True)]
    assert condition.of(trader.context).trading is Trading.DEGRADED
    assert "3 of 3 accounts are read by REST" in str(condition.of(trader.context))
    told = json.loads(json.dumps(condition.details(trader.context)))
    assert datetime.fromisoformat(told["reasons"][0]["since"]).tzinfo is not None


async def test_an_account_that_nobody_has_heard_of_for_long_opens_nothing(
    trader: Trader,
) -> None:
    deaf = trader.desk.accounts[0]
    trader.desk.execute(
        "UPDATE account_states SET observed_at = now() - interval '10 min' WHERE account_id = %s",
        deaf,
    )
    await fan_out.run(trader.context, await trader.signal(ttl_s=3), trader.desk.all_shards)
    assert [await trader.trades(account) for account in trader.desk.accounts] == [0, 1, 1]


async def test_one_account_with_a_dead_key_stops_no_other(trader: Trader) -> None:
    dead = trader.desk.accounts[0]
    trader.context.sessions[dead] = make_session(
        Exchange.BINANCE, account_id=dead, api_key="nobody", api_secret="wrong"
    )
    await trader.context.gateway.forget(dead)
    await fan_out.run(trader.context, await trader.signal(), trader.desk.all_shards)
    await sync_accounts.run(trader.context)
    for session in trader.sessions[1:]:
        await reading.read_orders(trader.context, session)
        await reading.read_fills(trader.context, session, SYMBOL)
    await protector.run(trader.context)
    for session in trader.sessions[1:]:
        assert await trader.trades(session.account_id) == 1
        listed = await trader.context.gateway.fetch_open_orders(session, symbol=SYMBOL)
        assert len(listed) == 1


async def test_a_silenced_address_is_told(trader: Trader) -> None:
    trader.context.gateway.throttle.observe(
        (Exchange.BINANCE, AccountMode.PAPER, None),
        status=418,
        headers={"Retry-After": "30"},
        body=b"",
    )
    assert "binance (any address) forbids requests" in str(condition.of(trader.context))


async def leave(trader: Trader, number: int) -> submitter.Sent:
    """Close what an account of the desk holds."""
    account = trader.desk.accounts[number]
    sent = await exits.close_position(
        trader.context, account, SYMBOL, command_id=None, cause=f"tests {account}"
    )
    assert sent is not None
    return sent


async def enter(trader: Trader, *, but: int) -> None:
    """Open a position on every account but one, and read it."""
    late = trader.desk.accounts[but]
    trader.desk.execute("UPDATE account_states SET is_ready = false WHERE account_id = %s", late)
    await fan_out.run(trader.context, await trader.signal(), trader.desk.all_shards)
    for session in trader.sessions:
        await reading.read_orders(trader.context, session)
        await reading.read_fills(trader.context, session, SYMBOL)
    trader.desk.execute("UPDATE account_states SET is_ready = true WHERE account_id = %s", late)


@contextmanager
def slow_fence(trader: Trader) -> Iterator[None]:
    """Let what only the fence asks of the database take as long as this block."""
    with psycopg.connect(trader.desk.server.uri, dbname=trader.desk.database) as connection:
        connection.execute("LOCK TABLE cold_modes IN ACCESS EXCLUSIVE MODE")
        yield


async def begin_anew(engine: AsyncEngine) -> None:
    """Let the next transaction have a connection of its own; a lost one would be told of."""
    assert isinstance(engine.pool, QueuePool)
    pool = engine.pool
    await until(lambda: pool.checkedout() == 0)
    await engine.dispose()


async def test_a_slow_database_stops_entries_before_exits(
    server: Server, as_daemon: str, database_name: str
) -> None:
    async with running_trader(
        server, database_name, accounts=2, entry_fence_s=0.5, exit_fence_s=60
    ) as trader:
        await enter(trader, but=1)
        with slow_fence(trader):
            leaving = asyncio.create_task(leave(trader, 0))
            entering = trader.desk.shards[trader.desk.accounts[1]]
            report = await fan_out.run(trader.context, await trader.signal(ttl_s=120), [entering])
            assert report.unsent == 1
            assert not leaving.done()
        assert set((await leaving).states.values()) == {"open"}
        assert await trader.held(trader.desk.accounts[0]) == 0
        found = trader.desk.execute(
            "SELECT state, evidence FROM attempts WHERE account_id = %s", trader.desk.accounts[1]
        )
        assert found == [("void", "The database was too slow or refused")]
        assert await trader.trades(trader.desk.accounts[1]) == 0


async def test_a_read_only_database_lets_nothing_leave_until_it_takes_writes_again(
    server: Server, database_name: str
) -> None:
    engine = create_engine(
        server.url("patriot_daemon", database_name), process_name="tests", pool_size=5
    )
    use_engine(engine)
    pace = StandingClock()
    rule = f"ALTER ROLE patriot_daemon IN DATABASE {database_name}"
    try:
        async with running_trader(server, database_name, accounts=2, pace=pace) as trader:
            await enter(trader, but=1)
            before = await orders_at_exchange(trader)
            trader.context.gateway.throttle.observe(
                (Exchange.BINANCE, AccountMode.PAPER, None),
                status=429,
                headers={"Retry-After": "5"},
                body=b"",
            )
            signal_id = await trader.signal(ttl_s=120)
            running = asyncio.create_task(
                fan_out.run(trader.context, signal_id, trader.desk.all_shards)
            )
            await until(lambda: trader.desk.states().get("created") == 1)
            server.execute(f"{rule} SET default_transaction_read_only = on")
            await begin_anew(engine)
            pace.skip(7)
            with pytest.raises((SQLAlchemyError, psycopg.Error)):
                await running
            with pytest.raises((SQLAlchemyError, psycopg.Error)):
                await leave(trader, 0)
            with pytest.raises((SQLAlchemyError, psycopg.Error)):
                await protector.run(trader.context)
            assert await orders_at_exchange(trader) == before
            server.execute(f"{rule} RESET default_transaction_read_only")
            await begin_anew(engine)
            await fan_out.run(trader.context, signal_id, trader.desk.all_shards)
            assert [await trader.trades(account) for account in trader.desk.accounts] == [1, 1]
            await leave(trader, 0)
            assert await trader.held(trader.desk.accounts[0]) == 0
    finally:
        server.execute(f"{rule} RESET default_transaction_read_only")
        use_engine(None)
        await engine.dispose()


async def test_exits_have_connections_of_their_own_when_all_others_are_taken(
    server: Server, database_name: str
) -> None:
    few, kept = (
        create_engine(
            server.url("patriot_daemon", database_name), process_name="tests", pool_size=size
        )
        for size in (1, 2)
    )
    use_engine(few, urgent=kept)
    try:
        async with running_trader(server, database_name, accounts=2) as trader:
            await enter(trader, but=1)
            signal_id = await trader.signal(ttl_s=120)
            entering = trader.desk.shards[trader.desk.accounts[1]]
            async with AsyncExitStack() as stack:
                for _ in range(2):
                    uow = await stack.enter_async_context(begin(SYSTEM))
                    await uow.session.connection()
                running = asyncio.create_task(fan_out.run(trader.context, signal_id, [entering]))
                causes = [why.cause for why in condition.of(trader.context).why]
                assert Cause.CONNECTIONS_TAKEN in causes
                await leave(trader, 0)
                assert await trader.held(trader.desk.accounts[0]) == 0
                assert await trader.trades(trader.desk.accounts[1]) == 0
            await running
            assert await trader.trades(trader.desk.accounts[1]) == 1
    finally:
        use_engine(None)
        for engine in (few, kept):
            await engine.dispose()


async def test_a_cancelled_fan_out_gives_every_connection_back(
    server: Server, database_name: str
) -> None:
    engine = create_engine(
        server.url("patriot_daemon", database_name), process_name="cancelled", pool_size=5
    )
    assert isinstance(engine.pool, QueuePool)
    pool = engine.pool
    use_engine(engine)
    try:
        async with running_trader(server, database_name, accounts=2) as trader:
            for turns in (round(1.6**power) for power in range(18)):
                running = asyncio.create_task(
                    fan_out.run(trader.context, await trader.signal(), trader.desk.all_shards)
                )
                # Another number of steps each time, so that it is interrupted everywhere.
                for _ in range(turns):
                    await asyncio.sleep(0)
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
                await until(lambda: pool.checkedout() == 0)
            # The server has none beside those that the pool knows, and none waits in a transaction.
            # The pool knows more: what was interrupted between two answers is closed in its place.
            backends = (
                "SELECT count(*) <= %s, count(*) FILTER (WHERE state <> 'idle')"
                " FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name = 'cancelled'"
            )
            await until(lambda: trader.desk.execute(backends, pool.checkedin()) == [(True, 0)])
    finally:
        use_engine(None)
        await engine.dispose()

"""What is down stops as little as it can: no database, no stream, a bad account."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime

import pytest
from sqlalchemy.exc import SQLAlchemyError

from daemon.execution import condition, fan_out, protector, reading
from daemon.jobs import sync_accounts
from patriot_app.core.db.engine import create_engine
from patriot_app.core.db.sessions import use_engine
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.conditions import Trading
from tests.daemon.exchanges.builders import make_session
from tests.daemon.execution.trading import SYMBOL, Trader, running_trader
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

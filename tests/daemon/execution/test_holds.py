"""What holds one exchange, address or order back holds no other."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import psycopg
import pytest

from daemon.exchanges.throttle import Lane
from daemon.execution import budgets, condition, fan_out, submitter
from daemon.execution.submitter import Sent
from daemon.jobs import watch_exchanges
from patriot_app.core.db import sessions
from patriot_app.core.db.engine import create_engine
from patriot_app.core.db.sessions import use_engine
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.breakers import Answered, EndpointClass
from patriot_app.core.domain.orders import AttemptState
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.sending import ReadyAttempt
from patriot_app.core.services import attempts
from patriot_app.core.settings import Settings
from patriot_app.core.unit_of_work import begin
from tests.daemon.execution.trading import Trader, running_trader
from tests.database import Server
from tests.waiting import until

BINANCE = (Exchange.BINANCE, AccountMode.PAPER)


@pytest.fixture
async def trader(server: Server, as_daemon: str, database_name: str) -> AsyncIterator[Trader]:
    async with running_trader(
        server, database_name, accounts=4, exchanges=tuple(Exchange)
    ) as trader:
        yield trader


def break_down(trader: Trader) -> None:
    for _ in range(5):
        trader.context.gateway.breakers.note(BINANCE, EndpointClass.ORDERS, Answered.FAILED)


def sent_and_held(trader: Trader) -> tuple[int, int]:
    """Return how many entries the exchanges took, and how many wait."""
    states = trader.desk.states()
    taken = sum(states.get(state, 0) for state in ("open", "partially_filled", "filled"))
    return taken, states.get("created", 0)


async def planned(trader: Trader) -> list[ReadyAttempt]:
    """Plan a fan-out whose orders stay unsent."""
    trader.context.gateway.throttle.observe(
        (*BINANCE, None), status=429, headers={"Retry-After": "600"}, body=b""
    )
    trader.context.gateway.throttle.observe(
        (Exchange.BYBIT, AccountMode.PAPER, None),
        status=429,
        headers={"Retry-After": "600"},
        body=b"",
    )
    signal_id = await trader.signal(ttl_s=40)
    running = asyncio.create_task(fan_out.run(trader.context, signal_id, trader.desk.all_shards))
    await until(lambda: trader.desk.states() == {"created": 4})
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    trader.context.gateway.throttle._silent_until.clear()
    async with begin(SYSTEM) as uow:
        found = await attempts.of_shards(uow, trader.desk.all_shards, {AttemptState.CREATED})
    return [live.ready for live in found]


def send(trader: Trader, ready: Sequence[ReadyAttempt], lane: Lane) -> "asyncio.Task[Sent]":
    return asyncio.create_task(submitter.send(trader.context, ready, lane=lane, void_unsent=False))


async def test_an_exchange_that_forbids_requests_holds_up_no_other(trader: Trader) -> None:
    trader.context.gateway.throttle.observe(
        (*BINANCE, None), status=418, headers={"Retry-After": "600"}, body=b""
    )
    signal_id = await trader.signal(ttl_s=40)
    running = asyncio.create_task(fan_out.run(trader.context, signal_id, trader.desk.all_shards))
    await until(lambda: sent_and_held(trader)[0] == 2)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_entries_wait_for_a_broken_exchange_and_go_when_it_is_back(trader: Trader) -> None:
    break_down(trader)
    assert "binance orders: most requests failed" in str(condition.of(trader.context))
    signal_id = await trader.signal(ttl_s=40)
    running = asyncio.create_task(fan_out.run(trader.context, signal_id, trader.desk.all_shards))
    await until(lambda: sent_and_held(trader) == (2, 2))

    async def is_back() -> bool:
        await watch_exchanges.run(trader.context)
        return trader.context.gateway.breakers.entries_share(BINANCE) == 1.0

    await until(is_back)
    await running
    assert sent_and_held(trader) == (4, 0)


async def test_entries_of_a_broken_exchange_keep_their_deadline(trader: Trader) -> None:
    break_down(trader)
    await fan_out.run(trader.context, await trader.signal(ttl_s=2), trader.desk.all_shards)
    assert trader.desk.states()["void"] == 2
    assert sent_and_held(trader) == (2, 0)


async def test_exits_leave_for_a_broken_exchange(trader: Trader) -> None:
    ready = await planned(trader)
    break_down(trader)
    sent = await send(trader, ready, Lane.EXIT)
    assert len(sent.results) == 4


async def test_nothing_is_sent_by_a_clock_in_doubt_until_three_readings_agree(
    trader: Trader,
) -> None:
    ready = await planned(trader)
    clocks = trader.context.gateway.clocks
    clocks._trust_in(*BINANCE).note_wall(wall_s=0.0, monotonic_s=0.0)
    assert "our clock stepped" in clocks.doubt(*BINANCE)
    sending = send(trader, ready, Lane.EXIT)
    # The others are not in doubt.
    await until(lambda: sent_and_held(trader) == (2, 2))
    assert "clock of binance is in doubt" in str(condition.of(trader.context))
    await watch_exchanges.run(trader.context)
    assert clocks.doubt(*BINANCE) == ""
    assert len((await sending).results) == 4


async def test_a_slow_database_stops_entries_before_exits(trader: Trader) -> None:
    ready = await planned(trader)
    # The fence reads this table, and nothing else on the way of an order does.
    with psycopg.connect(trader.desk.server.uri, dbname=trader.desk.database) as lock:
        lock.execute("LOCK TABLE cold_modes IN ACCESS EXCLUSIVE MODE")
        trader.context.settings.entry_fence_s = 0.5
        trader.context.settings.exit_fence_s = 300.0
        exits = send(trader, ready[:2], Lane.EXIT)
        entries = await send(trader, ready[2:], Lane.ENTRY)
        assert set(entries.unsent.values()) == {"The database was too slow or refused"}
        assert entries.results == {}
        assert not exits.done()
        lock.rollback()
    assert len((await exits).results) == 2


async def test_a_database_that_turned_read_only_lets_nothing_leave(trader: Trader) -> None:
    ready = await planned(trader)
    name = trader.desk.database
    trader.desk.server.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    engine = create_engine(
        trader.desk.server.url("patriot_daemon", name), process_name="tests", pool_size=2
    )
    use_engine(engine)
    try:
        sent = await send(trader, ready, Lane.EXIT)
        assert sent.results == {}
        lease = trader.context.lease
        run = asyncio.create_task(lease.run())
        await until(lambda: lease.problem == "it is read-only")
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)
    finally:
        trader.desk.server.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        await engine.dispose()
    assert trader.desk.states() == {"created": 4}
    assert [await trader.trades(account) for account in trader.desk.accounts] == [0] * 4


async def test_exits_have_connections_of_their_own(trader: Trader) -> None:
    ready = await planned(trader)
    url = trader.desk.server.url("patriot_daemon", trader.desk.database)
    engine = create_engine(url, process_name="tests", pool_size=1)
    reserve = create_engine(url, process_name="tests-exits", pool_size=2)
    use_engine(engine, urgent=reserve)
    try:
        async with engine.connect(), engine.connect():
            assert sessions.is_exhausted()
            assert "Every database connection is taken" in str(condition.of(trader.context))
            sent = await send(trader, ready, Lane.EXIT)
            assert len(sent.results) == 4
    finally:
        await engine.dispose()
        await reserve.dispose()


async def test_the_budgets_of_every_address_are_told(trader: Trader) -> None:
    account = trader.sessions[1]
    assert account.exchange is Exchange.BYBIT
    trader.context.gateway.throttle.observe_account(
        account.account_id,
        Exchange.BYBIT,
        headers={"X-Bapi-Limit": "10", "X-Bapi-Limit-Status": "2"},
    )
    trader.context.gateway.throttle.observe(
        (*BINANCE, None), status=429, headers={"Retry-After": "30"}, body=b""
    )
    binance, bybit = budgets.of(trader.context)
    assert (binance["exchange"], binance["accounts"], binance["accounts_max"]) == (
        "binance",
        2,
        250,
    )
    assert 30 <= float(str(binance["fan_out_s"])) <= 31
    assert (binance["budget"], binance["reserve"], binance["margin"]) == (2_400, 480.0, 480.0)
    assert bybit["risk_account"] == str(account.account_id)
    assert (bybit["risk_used"], bybit["risk_limit"], bybit["fan_out_s"]) == (8.0, 10, 0.0)


async def test_an_account_without_a_word_for_a_minute_opens_nothing(trader: Trader) -> None:
    assert Settings().balance_age_s_max == 60.0
    trader.context.settings.balance_age_s_max = 60.0
    deaf, *others = trader.desk.accounts
    trader.desk.execute(
        "UPDATE account_states SET observed_at = now() - interval '61 s' WHERE account_id = %s",
        deaf,
    )
    trader.desk.execute(
        "UPDATE account_states SET observed_at = now() WHERE account_id = ANY(%s)", others
    )
    await fan_out.run(trader.context, await trader.signal(ttl_s=3), trader.desk.all_shards)
    assert trader.desk.execute("SELECT 1 FROM attempts WHERE account_id = %s", deaf) == []
    assert sent_and_held(trader)[0] == 3

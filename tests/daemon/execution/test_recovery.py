"""A take-over finds what was left behind, and one bad account stops no other."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from daemon.exchanges.throttle import Lane
from daemon.execution import exits, fan_out, reading, reading_order, recovery, resolver
from daemon.jobs import find_orphans, keep_room, recover_accounts
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.errors import NotFound
from patriot_app.core.services import account_states, attempts
from patriot_app.core.services.heartbeats import Lease
from patriot_app.core.unit_of_work import begin
from tests.daemon.execution.trading import SYMBOL, Trader, running_trader
from tests.database import Server
from tests.factories.desk import EPOCH


@pytest.fixture
async def trader(server: Server, as_daemon: str, database_name: str) -> AsyncIterator[Trader]:
    async with running_trader(server, database_name, accounts=2) as trader:
        yield trader


async def recover(trader: Trader) -> None:
    now = datetime.now(UTC)
    for shard in trader.desk.all_shards:
        await recovery.run(trader.context, Lease(shard, EPOCH, now + timedelta(hours=1), now))


def ready(trader: Trader) -> list[tuple[object, ...]]:
    return trader.desk.execute(
        "SELECT is_ready, not_ready_reason FROM account_states WHERE account_id = ANY(%s)"
        " ORDER BY account_id",
        list(trader.desk.accounts),
    )


async def test_an_order_found_being_sent_is_resolved_and_not_doubled(trader: Trader) -> None:
    signal_id = await trader.signal()
    await fan_out.run(trader.context, signal_id, trader.desk.all_shards)
    # The former process died after sending and before it stored a single answer.
    trader.desk.execute(
        "UPDATE attempts SET state = 'sending', acknowledged_at = NULL, exchange_order_id = NULL"
        " WHERE account_id = ANY(%s)",
        list(trader.desk.accounts),
    )
    await recover(trader)
    assert trader.desk.states() == {"filled": 2}
    await fan_out.run(trader.context, signal_id, trader.desk.all_shards)
    assert [await trader.trades(account) for account in trader.desk.accounts] == [1, 1]


async def test_a_process_reads_only_so_many_accounts_anew_at_once(trader: Trader) -> None:
    gate = trader.context.recoveries = asyncio.Semaphore(0)
    recovering = [
        asyncio.create_task(recovery.recover_account(trader.context, account))
        for account in trader.desk.accounts
    ]
    await asyncio.sleep(0)
    gate.release()
    # The one place goes from account to account.
    assert await asyncio.gather(*recovering) == [True, True]
    assert ready(trader) == [(True, "")] * 2


async def test_who_has_something_open_is_read_first_where_the_budget_is_short(
    trader: Trader,
) -> None:
    context, (held, flat) = trader.context, trader.sessions
    with reading_order.going_first(context, [held]):
        await reading_order.let_pass(context, flat)
    window = context.gateway.throttle._address((Exchange.BINANCE, AccountMode.PAPER, None))
    window.take(context.clock.monotonic(), window.limit.units / 2)
    with reading_order.going_first(context, [held] * 30):
        waiting = asyncio.create_task(reading_order.let_pass(context, flat))
        for _ in range(3):
            await asyncio.sleep(0)
        assert not waiting.done(), "thirty readings are more than what is left of the minute"
    await waiting


async def weigh(trader: Trader) -> tuple[float, int]:
    """Return what reading an account anew costs its address, and how many orders it shows."""
    throttle = trader.context.gateway.throttle
    address = (Exchange.BINANCE, AccountMode.PAPER, None)
    account = next(s for s in trader.sessions if s.exchange is Exchange.BINANCE).account_id
    before = throttle.ledger(address).used
    assert await recovery.recover_account(trader.context, account)
    return throttle.ledger(address).used - before, len(trader.context.unlisted)


async def test_an_account_is_read_anew_for_what_is_open_and_listed_in_full_later(
    trader: Trader,
) -> None:
    await weigh(trader)
    flat, _ = await weigh(trader)
    await fan_out.run(trader.context, await trader.signal(), trader.desk.all_shards)
    for account in trader.desk.accounts:
        await recovery.recover_account(trader.context, account)
    held, unlisted = await weigh(trader)
    assert (flat, held) == (11, reading_order.READING_WEIGHT[Exchange.BINANCE])
    assert unlisted > 0
    await find_orphans.run(trader.context)
    assert len(trader.context.unlisted) == unlisted - 1


async def test_a_trader_keeps_room_for_reading_its_accounts_anew(trader: Trader) -> None:
    throttle = trader.context.gateway.throttle
    address = (Exchange.BINANCE, AccountMode.PAPER, None)
    trader.context.sessions |= {uuid4(): trader.sessions[0] for _ in range(40)}
    assert trader.sessions[0].exchange is Exchange.BINANCE
    polled = 0.5 * 0.8 * 2_400
    assert not throttle.would_wait(address, Lane.POLLING, polled)
    await keep_room.run(trader.context)
    assert throttle.would_wait(address, Lane.POLLING, polled)


async def test_a_position_or_an_order_makes_an_account_one_to_be_read_first(
    trader: Trader,
) -> None:
    async def found() -> set[UUID]:
        async with begin(SYSTEM) as uow:
            shards = trader.desk.all_shards
            parts = [await attempts.accounts_with_open(uow, shard) for shard in shards]
        return set().union(*parts) & set(trader.desk.accounts)

    assert await found() == set()
    await fan_out.run(trader.context, await trader.signal(), trader.desk.all_shards)
    assert await found() == set(trader.desk.accounts)


async def test_what_was_recorded_and_is_too_late_is_void(trader: Trader) -> None:
    trader.context.lease._ready.clear()
    await fan_out.run(trader.context, await trader.signal(), trader.desk.all_shards)
    trader.context.lease._ready.update(trader.desk.all_shards)
    trader.desk.execute(
        "UPDATE intents SET deadline = now() - interval '1 min' WHERE account_id = ANY(%s)",
        list(trader.desk.accounts),
    )
    await recover(trader)
    assert trader.desk.states() == {"void": 2}


async def test_a_recovered_account_is_ready(trader: Trader) -> None:
    for account in trader.desk.accounts:
        assert await recovery.recover_account(trader.context, account)
    assert ready(trader) == [(True, ""), (True, "")]


async def test_an_account_that_cannot_be_read_holds_up_no_other(trader: Trader) -> None:
    first, second = trader.desk.accounts
    async with begin(SYSTEM) as uow:
        for account in (first, second):
            await account_states.mark_not_ready(uow, account, reason="tests")
    await trader.paper.plan_fault(
        "respond",
        "/fapi",
        api_key=first.hex,
        times=50,
        status=401,
        body='{"code":-2015,"msg":"Invalid API-key, IP, or permissions for action."}',
    )
    assert not await recovery.recover_account(trader.context, first)
    assert await recovery.recover_account(trader.context, second)
    (is_ready, reason), other = ready(trader)
    assert not is_ready
    assert reason
    assert other == (True, "")


async def test_an_account_that_could_not_be_read_is_tried_again(trader: Trader) -> None:
    account = trader.desk.accounts[0]
    await trader.paper.plan_fault(
        "respond", "/fapi", api_key=account.hex, status=502, body="<html>"
    )
    assert not await recovery.recover_account(trader.context, account)
    await recover_accounts.run(trader.context)
    assert ready(trader) == [(True, ""), (True, "")]


async def test_trades_made_while_nobody_listened_are_read(trader: Trader) -> None:
    await fan_out.run(trader.context, await trader.signal(), trader.desk.all_shards)
    account = trader.desk.accounts[0]
    await recovery.recover_account(trader.context, account)
    booked = trader.desk.execute(
        "SELECT quantity, exchange_quantity FROM positions WHERE account_id = %s", account
    )
    held = await trader.held(account)
    assert held != 0
    assert booked == [(held, held)]


async def test_a_trade_read_before_its_orders_number_is_laid_to_its_order(trader: Trader) -> None:
    await fan_out.run(trader.context, await trader.signal(), trader.desk.all_shards)
    account = trader.desk.accounts[0]
    # The answer is still on its way when the trades are read, which name the order by number only.
    trader.desk.execute(
        "UPDATE attempts SET state = 'sending', acknowledged_at = NULL, exchange_order_id = NULL"
        " WHERE account_id = %s",
        account,
    )
    recorded = await reading.read_fills(trader.context, trader.context.sessions[account], SYMBOL)
    assert recorded.fills == 1
    assert len(recorded.attempts) == 1
    wanted = trader.desk.execute(
        "SELECT wanted_stop IS NOT NULL FROM positions WHERE account_id = %s", account
    )
    assert wanted == [(True,)]


async def test_the_customers_own_trades_from_before_are_not_counted(trader: Trader) -> None:
    account = trader.desk.accounts[0]
    session = trader.context.sessions[account]
    assert (await reading.read_fills(trader.context, session, SYMBOL)).fills == 0
    rows = trader.desk.execute("SELECT count(*) FROM fill_cursors WHERE account_id = %s", account)
    assert rows == [(1,)]


async def test_an_unknown_account_is_said_to_be_unknown(trader: Trader) -> None:
    trader.context.sessions.clear()
    with pytest.raises(NotFound):
        await recovery.recover_account(trader.context, trader.desk.accounts[0])


async def test_flattening_closes_everything_once(trader: Trader) -> None:
    await fan_out.run(trader.context, await trader.signal(), trader.desk.all_shards)
    account = trader.desk.accounts[0]
    await recovery.recover_account(trader.context, account)
    outcome = await exits.flatten_account(
        trader.context, account, command_id=None, cause="the same request"
    )
    assert set(outcome) == {SYMBOL}
    await exits.flatten_account(trader.context, account, command_id=None, cause="the same request")
    await recovery.recover_account(trader.context, account)
    assert await trader.held(account) == Decimal(0)


async def test_what_stays_unknown_for_too_long_is_quarantined(trader: Trader) -> None:
    await trader.paper.plan_fault("drop_before", "/fapi/v1/order", method="POST", times=2)
    await fan_out.run(trader.context, await trader.signal(), trader.desk.all_shards)
    trader.desk.execute(
        "UPDATE attempts SET sending_at = now() - interval '11 min' WHERE account_id = ANY(%s)",
        list(trader.desk.accounts),
    )
    await resolver.run(trader.context)
    assert trader.desk.states() == {"quarantined": 2}
    blocked = trader.desk.execute(
        "SELECT DISTINCT state FROM intents WHERE account_id = ANY(%s)",
        list(trader.desk.accounts),
    )
    assert blocked == [("blocked",)]

"""An entry with stop and target: one leg ends the other, in whatever way its order ends."""

from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

from daemon.execution import exits, protector, reading
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.orders import OrderIdentity, OrderReport
from tests.daemon.execution.test_exit_plans import enter, exits_of, look, move, triggers
from tests.daemon.execution.trading import SYMBOL, Trader, running_trader
from tests.database import Server


@pytest.fixture(params=list(Exchange))
async def trader(
    server: Server, as_daemon: str, database_name: str, request: pytest.FixtureRequest
) -> AsyncIterator[Trader]:
    async with running_trader(
        server, database_name, accounts=1, exchanges=(request.param,)
    ) as trader:
        yield trader


async def legs_at_exchange(trader: Trader, account: UUID) -> list[OrderReport]:
    """Return stop and target, the lower trigger first."""
    session = trader.context.sessions[account]
    found = await trader.context.gateway.fetch_open_orders(session, symbol=SYMBOL)
    legs = [report for report in found if report.trigger_price is not None]
    return sorted(legs, key=lambda report: report.trigger_price or Decimal(0))


async def withdraw(trader: Trader, account: UUID, leg: OrderReport) -> None:
    """Cancel a leg as the owner of the account may."""
    session = trader.context.sessions[account]
    await trader.context.gateway.cancel(
        session,
        OrderIdentity(account, SYMBOL, leg.client_order_id, leg.exchange_order_id, True),
        timestamp_ms=trader.context.gateway.timestamp_ms(session.exchange, session.mode),
        receive_window_ms=3_000,
    )


async def settle(trader: Trader) -> None:
    for _ in range(2):
        for session in trader.sessions:
            await reading.read_account(trader.context, session, [SYMBOL], is_full=False)
        await protector.run(trader.context)
    await look(trader)


def states(trader: Trader, account: UUID) -> dict[str, set[str]]:
    rows = trader.desk.execute(
        "SELECT leg, state FROM protection_legs WHERE account_id = %s", account
    )
    found: dict[str, set[str]] = {}
    for leg, state in rows:
        found.setdefault(str(leg), set()).add(str(state))
    return found


def late_legs(trader: Trader, account: UUID) -> int:
    [(count,)] = trader.desk.execute(
        "SELECT count(*) FROM events WHERE type = 'LegLate' AND subject_id = %s", account
    )
    return int(str(count))


@pytest.mark.parametrize(("percent", "fired"), [("4.5", "take_profit"), ("-2.5", "stop_loss")])
async def test_the_leg_that_trades_takes_the_other_one_away(
    trader: Trader, percent: str, fired: str
) -> None:
    await enter(trader, {})
    account = trader.desk.accounts[0]
    assert len(await triggers(trader, account)) == 2
    await move(trader, percent)
    await settle(trader)
    assert await trader.held(account) == 0
    assert await triggers(trader, account) == []
    found = states(trader, account)
    other = "stop_loss" if fired == "take_profit" else "take_profit"
    assert found[fired] == {"triggered"}
    assert "placed" not in found[other]
    # The exchange closed it: nothing of the desk's own was sent after it.
    assert exits_of(trader, account) == []
    assert late_legs(trader, account) == 0


@pytest.mark.parametrize("which", [0, 1])
async def test_a_leg_that_its_owner_withdrew_is_placed_again_beside_the_other(
    trader: Trader, which: int
) -> None:
    await enter(trader, {})
    account = trader.desk.accounts[0]
    before = await triggers(trader, account)
    await withdraw(trader, account, (await legs_at_exchange(trader, account))[which])
    assert len(await triggers(trader, account)) == 1
    await settle(trader)
    assert await triggers(trader, account) == before


async def test_both_legs_withdrawn_are_both_placed_again(trader: Trader) -> None:
    await enter(trader, {})
    account = trader.desk.accounts[0]
    before = await triggers(trader, account)
    for leg in await legs_at_exchange(trader, account):
        await withdraw(trader, account, leg)
    await settle(trader)
    assert await triggers(trader, account) == before


async def test_a_leg_that_fills_while_the_other_is_withdrawn_closes_once(trader: Trader) -> None:
    await enter(trader, {})
    account = trader.desk.accounts[0]
    await move(trader, "4.5")
    # The position is gone and so are the legs: whoever still wants to withdraw hears -2011.
    rows = trader.desk.execute(
        "SELECT attempt.id FROM attempts AS attempt JOIN intents AS intent"
        " ON intent.id = attempt.intent_id WHERE intent.account_id = %s"
        " AND intent.leg IN ('stop_loss', 'take_profit')",
        account,
    )

    for (attempt_id,) in rows:
        assert isinstance(attempt_id, UUID)
        await exits.cancel_attempt(trader.context, attempt_id)
    await settle(trader)
    assert await trader.held(account) == 0
    assert states(trader, account)["take_profit"] == {"triggered"}
    foreign = trader.desk.execute(
        "SELECT count(*) FROM fills WHERE attempt_id IS NULL AND leg_id IS NULL"
        " AND account_id = %s",
        account,
    )
    assert foreign == [(0,)]


@pytest.mark.parametrize("share", ["1.05", "0.95"])
async def test_the_desk_closes_once_where_a_leg_is_late(trader: Trader, share: str) -> None:
    await enter(trader, {})
    account = trader.desk.accounts[0]
    exchange = trader.sessions[0].exchange
    # Only the desk sees this price: at the exchange neither leg is triggered.
    beyond = await trader.price(exchange) * Decimal(share)
    trader.context.prices.put(exchange, AccountMode.PAPER, SYMBOL, mark=beyond)
    await protector.run(trader.context)
    assert await trader.held(account) != 0
    assert late_legs(trader, account) == 0
    trader.context.settings.late_leg_s = 0.0
    for _ in range(3):
        await protector.run(trader.context)
    await settle(trader)
    assert await trader.held(account) == 0
    assert await triggers(trader, account) == []
    [(state, attempt, filled)] = exits_of(trader, account)
    assert (state, attempt) == ("done", "filled")
    assert filled
    assert late_legs(trader, account) == 1


async def test_a_leg_that_the_exchange_carried_out_is_not_late(trader: Trader) -> None:
    await enter(trader, {})
    account = trader.desk.accounts[0]
    trader.context.settings.late_leg_s = 0.0
    # The exchange has closed it, and the books have not heard of it.
    await move(trader, "4.5")
    await protector.run(trader.context)
    assert exits_of(trader, account) == []
    assert late_legs(trader, account) == 0


async def test_a_price_that_comes_back_in_time_makes_no_leg_late(trader: Trader) -> None:
    await enter(trader, {})
    account = trader.desk.accounts[0]
    exchange = trader.sessions[0].exchange
    price = await trader.price(exchange)
    for mark in (price * Decimal("1.05"), price):
        trader.context.prices.put(exchange, AccountMode.PAPER, SYMBOL, mark=mark)
        await protector.run(trader.context)
    trader.context.settings.late_leg_s = 0.0
    await protector.run(trader.context)
    assert await trader.held(account) != 0
    assert trader.context.beyond == {}


def limit_conditionals(trader: Trader, most: int) -> None:
    """Let the exchange take no more conditional orders than this of an account."""
    state = trader.paper.exchange.engines[trader.sessions[0].exchange.value].state
    state.profile = replace(state.profile, max_conditionals=most, max_symbol_conditionals=most)


async def test_where_there_is_room_for_one_leg_it_is_the_stop(trader: Trader) -> None:
    limit_conditionals(trader, 1)
    await enter(trader, {})
    account = trader.desk.accounts[0]
    exchange = trader.sessions[0].exchange
    for _ in range(3):
        await protector.run(trader.context)
    [leg] = await legs_at_exchange(trader, account)
    assert leg.trigger_price is not None
    assert leg.trigger_price < await trader.price(exchange)
    # It is not asked for again and again.
    refused = trader.desk.execute(
        "SELECT count(*) FROM protection_legs WHERE account_id = %s AND state = 'failed'", account
    )
    assert refused == [(1,)]
    # The desk watches the target that the exchange did not take.
    await move(trader, "4.5")
    await protector.run(trader.context)
    await settle(trader)
    assert await trader.held(account) == 0
    assert late_legs(trader, account) == 1


async def test_a_target_gives_way_to_a_stop_that_finds_no_room(trader: Trader) -> None:
    await enter(trader, {})
    account = trader.desk.accounts[0]
    limit_conditionals(trader, 2)
    wanted = (await trader.price(trader.sessions[0].exchange) * Decimal("0.99")).quantize(
        Decimal(1)
    )
    trader.desk.execute(
        "UPDATE positions SET wanted_stop = %s WHERE account_id = %s", wanted, account
    )
    await protector.run(trader.context)
    assert wanted in await triggers(trader, account)
    assert await trader.held(account) != 0
    for _ in range(2):
        await settle(trader)
    assert wanted in await triggers(trader, account)
    assert await trader.held(account) != 0


async def test_a_moved_stop_that_is_refused_waits_behind_the_one_that_stands(
    trader: Trader,
) -> None:
    await enter(trader, {}, target="0.9")
    account = trader.desk.accounts[0]
    for leg in await legs_at_exchange(trader, account):
        if leg.trigger_price and leg.trigger_price > await trader.price():
            trader.desk.execute("UPDATE positions SET wanted_target = NULL")
            await withdraw(trader, account, leg)
    await settle(trader)
    limit_conditionals(trader, 1)
    [before] = await triggers(trader, account)
    wanted = (before * Decimal("1.005")).quantize(Decimal(1))
    trader.desk.execute(
        "UPDATE positions SET wanted_stop = %s WHERE account_id = %s", wanted, account
    )
    for _ in range(4):
        await protector.run(trader.context)
    refused = trader.desk.execute(
        "SELECT count(*) FROM protection_legs WHERE account_id = %s AND state = 'failed'", account
    )
    assert refused == [(1,)]
    assert await triggers(trader, account) == [before]
    assert await trader.held(account) != 0

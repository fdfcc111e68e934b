"""Exchanges sometimes fill more than was ordered, or what they had cancelled: it is ours all the same."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal

import pytest

from daemon.execution import cancels, fan_out, protector, reading
from daemon.paper_exchange.commands import FillOrder
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.entries import limit_entry
from patriot_app.core.domain.orders import TimeInForce
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.sending import LiveAttempt
from patriot_app.core.services import attempts
from patriot_app.core.unit_of_work import begin
from tests.daemon.execution.trading import SYMBOL, Trader, running_trader
from tests.database import Server
from tests.waiting import until


@pytest.fixture(params=list(Exchange))
async def trader(
    server: Server, as_daemon: str, database_name: str, request: pytest.FixtureRequest
) -> AsyncIterator[Trader]:
    async with running_trader(
        server, database_name, accounts=1, exchanges=(request.param,)
    ) as trader:
        yield trader


async def rest(trader: Trader) -> LiveAttempt:
    """Let an entry rest 1 % below the market; return it as the books have it."""
    price = (await trader.price(trader.sessions[0].exchange) * Decimal("0.99")).quantize(Decimal(1))
    now = trader.context.market_now()
    entry = limit_entry(
        price, time_in_force=TimeInForce.GTC, market_now=now, life=timedelta(hours=1)
    )
    stop = (price * Decimal("0.98")).quantize(Decimal(1))
    signal_id = await trader.signal(entry=entry, stop_loss=stop, bar_closed_at=now)
    await fan_out.run(trader.context, signal_id, trader.desk.all_shards)
    ((attempt_id,),) = trader.desk.execute(
        "SELECT id FROM attempts WHERE account_id = %s AND state = 'open'", trader.desk.accounts[0]
    )
    async with begin(SYSTEM, clock=trader.context.clock) as uow:
        (live,) = await attempts.by_ids(uow, [attempt_id])  # type: ignore[list-item]
    return live


async def plan_fault(trader: Trader, kind: str, **more: object) -> None:
    session = trader.sessions[0]
    body = {"kind": kind, "exchange": session.exchange.value, "api_key": session.account_id.hex}
    await trader.paper.control("POST", "/faults", {**body, **more})


def fill_late(trader: Trader, live: LiveAttempt) -> None:
    """Let the exchange fill half of an order that it cancelled long ago."""
    session, ordered = trader.sessions[0], live.ready.order.quantity
    assert ordered is not None
    engine = trader.paper.exchange.engines[session.exchange.value]
    account = engine.accounts[session.account_id.hex]
    (known,) = [
        order
        for order in account.orders.values()
        if order.client_order_id == live.ready.client_order_id
    ]
    step = engine.instruments[SYMBOL].step_size
    half = ordered / 2 // step * step
    engine.submit(account, FillOrder(order_id=known.order_id, quantity=half, late=True))


async def look(trader: Trader) -> None:
    """Read orders and trades twice, and guard what they say until no position lacks its stop."""

    async def is_guarded() -> bool:
        for _ in range(2):
            await reading.read_orders(trader.context, trader.sessions[0])
            await reading.read_fills(trader.context, trader.sessions[0], SYMBOL)
            await protector.run(trader.context)
        return not trader.desk.execute(
            "SELECT 1 FROM positions WHERE account_id = %s AND unprotected_since IS NOT NULL",
            trader.desk.accounts[0],
        )

    await until(is_guarded)


async def assert_right_and_protected(trader: Trader, quantity: Decimal) -> None:
    account = trader.desk.accounts[0]
    assert await trader.held(account) == quantity
    assert trader.desk.execute(
        "SELECT quantity, unprotected_since FROM positions WHERE account_id = %s", account
    ) == [(quantity, None)]
    assert trader.desk.execute(
        "SELECT sum(quantity), count(DISTINCT attempt_id) FROM fills WHERE account_id = %s", account
    ) == [(quantity, 1)]

    async def has_one_stop() -> bool:
        # A stop that another replaces goes once the other one stands.
        await protector.run(trader.context)
        found = await trader.context.gateway.fetch_open_orders(trader.sessions[0], symbol=SYMBOL)
        stops = [report for report in found if report.trigger_price is not None]
        assert stops
        # It closes the position whatever its size, or has the position's own.
        return [stop.quantity in {None, Decimal(0), quantity} for stop in stops] == [True]

    await until(has_one_stop)


def order(trader: Trader) -> tuple[object, ...]:
    (found,) = trader.desk.execute(
        "SELECT t.state, t.filled_quantity, i.state FROM attempts AS t"
        " JOIN intents AS i ON i.id = t.intent_id WHERE i.leg = 'entry' AND t.account_id = %s",
        trader.desk.accounts[0],
    )
    return found


async def test_more_than_was_ordered_is_booked_and_protected(trader: Trader) -> None:
    live = await rest(trader)
    ordered = live.ready.order.quantity
    assert ordered is not None
    await plan_fault(trader, "overfill", excess=0.5)
    filled = await trader.held(trader.desk.accounts[0])
    assert filled > ordered
    await look(trader)
    assert order(trader) == ("filled", filled, "done")
    await assert_right_and_protected(trader, filled)


@pytest.mark.parametrize("fraction", [1.0, 0.5])
async def test_a_fill_after_the_cancel_is_booked_and_protected(
    trader: Trader, fraction: float
) -> None:
    live = await rest(trader)
    await plan_fault(trader, "fill_after_cancel", fraction=fraction)
    await cancels.cancel(trader.context, [live])
    await look(trader)
    filled = await trader.held(trader.desk.accounts[0])
    assert filled > 0
    state, booked, _ = order(trader)
    assert (state, booked) == ("filled" if fraction == 1.0 else "canceled", filled)
    await assert_right_and_protected(trader, filled)


async def test_a_fill_long_after_the_cancel_stops_further_entries(trader: Trader) -> None:
    live = await rest(trader)
    await cancels.cancel(trader.context, [live])
    await look(trader)
    assert order(trader)[0] == "canceled"
    fill_late(trader, live)
    filled = await trader.held(trader.desk.accounts[0])
    assert filled > 0
    await look(trader)
    assert order(trader)[:2] == ("late_filled", filled)
    await assert_right_and_protected(trader, filled)
    assert trader.desk.execute(
        "SELECT parked_reason <> '' FROM account_states WHERE account_id = %s",
        trader.desk.accounts[0],
    ) == [(True,)]

"""Several orders of one account are withdrawn by one request, each with an outcome of its own."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal

import pytest

from daemon.exchanges.throttle import Lane
from daemon.execution import cancels, submitter
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.orders import Leg, OrderType, Side, TimeInForce
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.sending import LiveAttempt, NewOrder
from patriot_app.core.ids import new_id
from patriot_app.core.services import attempts, orders
from patriot_app.core.unit_of_work import begin
from tests.daemon.execution.trading import SYMBOL, Trader, running_trader
from tests.database import Server

EXCHANGES = (Exchange.BINANCE, Exchange.BYBIT)
BATCH = {Exchange.BINANCE: "/fapi/v1/batchOrders", Exchange.BYBIT: "/v5/order/cancel-batch"}
METHOD = {Exchange.BINANCE: "DELETE", Exchange.BYBIT: "POST"}


@pytest.fixture(params=EXCHANGES, ids=[exchange.value for exchange in EXCHANGES])
async def trader(
    request: pytest.FixtureRequest, server: Server, as_daemon: str, database_name: str
) -> AsyncIterator[Trader]:
    async with running_trader(
        server, database_name, accounts=1, exchanges=(request.param,), http_timeout_s=2.0
    ) as trader:
        yield trader


async def resting(trader: Trader, prices: list[Decimal]) -> list[LiveAttempt]:
    """Let one small entry rest at each price; return them as the books have them."""
    session = trader.sessions[0]
    wanted = [
        NewOrder(
            intent_id=new_id(),
            account_id=session.account_id,
            shard=trader.desk.shards[session.account_id],
            exchange=session.exchange,
            mode=session.mode,
            symbol=SYMBOL,
            leg=Leg.ENTRY,
            side=Side.BUY,
            order_type=OrderType.LIMIT,
            time_in_force=TimeInForce.GTC,
            quantity=Decimal("0.01"),
            price=price,
            stop_loss=(price * Decimal("0.9")).quantize(Decimal(1)),
            reduce_only=False,
            deadline=trader.context.clock.now() + timedelta(seconds=60),
        )
        for price in prices
    ]
    async with begin(SYSTEM, clock=trader.context.clock) as uow:
        ready = await orders.open_intents(uow, wanted, instance_key=trader.context.instance_key)
    await submitter.send(trader.context, ready, lane=Lane.ENTRY)
    async with begin(SYSTEM, clock=trader.context.clock) as uow:
        return await attempts.by_ids(uow, [attempt.attempt_id for attempt in ready])


async def ladder(trader: Trader, count: int) -> list[LiveAttempt]:
    """Let entries rest 1, 2, 3 ... per cent below the market."""
    price = await trader.price(trader.sessions[0].exchange)
    return await resting(
        trader,
        [(price * (100 - step) / 100).quantize(Decimal(1)) for step in range(1, count + 1)],
    )


async def test_seven_orders_are_withdrawn_by_two_requests(trader: Trader) -> None:
    exchange = trader.sessions[0].exchange
    found = await ladder(trader, 7)
    # The faults count the requests that carry a batch; their answers are lost on the way.
    await trader.paper.plan_fault("drop_after", BATCH[exchange], method=METHOD[exchange], times=3)
    await cancels.cancel(trader.context, found)
    assert trader.desk.states() == {"canceled": 7}
    planned = (await trader.paper.control("GET", "/faults"))["planned"]
    assert [rule["times"] for rule in planned] == [1]
    assert await trader.context.gateway.fetch_open_orders(trader.sessions[0]) == []


async def test_one_that_filled_in_the_race_is_a_position_and_the_others_are_gone(
    trader: Trader,
) -> None:
    found = await ladder(trader, 3)
    await trader.paper.set_price(SYMBOL, (await trader.price()) * Decimal("0.985"))
    await cancels.cancel(trader.context, found)
    assert trader.desk.states() == {"filled": 1, "canceled": 2}
    held = await trader.held(trader.desk.accounts[0])
    assert held == Decimal("0.01")
    booked = trader.desk.execute(
        "SELECT quantity FROM positions WHERE account_id = %s", trader.desk.accounts[0]
    )
    assert booked == [(held,)]


@pytest.mark.parametrize("fault", ["drop_after", "drop_before"], ids=["answer", "request"])
async def test_a_lost_batch_is_looked_up_order_by_order(trader: Trader, fault: str) -> None:
    exchange = trader.sessions[0].exchange
    found = await ladder(trader, 3)
    await trader.paper.plan_fault(fault, BATCH[exchange], method=METHOD[exchange])
    await cancels.cancel(trader.context, found)
    assert trader.desk.states() == ({"canceled": 3} if fault == "drop_after" else {"open": 3})
    trader.desk.execute(
        "UPDATE attempts SET cancel_requested_at = now() - interval '1 minute'"
        " WHERE account_id = ANY(%s)",
        list(trader.desk.accounts),
    )
    async with begin(SYSTEM, clock=trader.context.clock) as uow:
        left = await attempts.working(uow, trader.desk.accounts[0])
    await cancels.cancel(trader.context, left)
    assert trader.desk.states() == {"canceled": 3}

"""Orders through our gateway on the paper exchange, both dialects, real sockets."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.orders import (
    AttemptState,
    OrderIdentity,
    OrderType,
    Outcome,
    Side,
    TimeInForce,
)
from tests.exchange_contract.gateway_desk import (
    SYMBOL,
    Desk,
    eventually,
    identity_of,
    running_desk,
    tick_below,
)

both = pytest.mark.parametrize("exchange", list(Exchange))


@pytest.fixture(scope="module")
async def desk() -> AsyncIterator[Desk]:
    async with running_desk() as running:
        yield running


@both
async def test_a_market_order_fills_and_its_trade_is_found(desk: Desk, exchange: Exchange) -> None:
    session = await desk.open_account(exchange)
    request = desk.request(session, quantity=Decimal("0.01"))
    result = await desk.gateway.submit(session, request)
    assert result.outcome is Outcome.ACCEPTED, result
    report = await eventually(
        lambda: desk.gateway.fetch_order(session, identity_of(session, request)),
        lambda order: order is not None and order.state is AttemptState.FILLED,
    )
    assert report is not None
    assert report.filled_quantity == Decimal("0.01")
    assert report.exchange_order_id == result.exchange_order_id
    page = await desk.gateway.fetch_fills(session, SYMBOL)
    assert sum(fill.quantity for fill in page.fills) == Decimal("0.01")
    assert {fill.exchange_order_id for fill in page.fills} == {result.exchange_order_id}
    assert all(fill.commission > 0 for fill in page.fills)
    again = await desk.gateway.fetch_fills(session, SYMBOL, cursor=page.next_cursor)
    assert again.fills == ()
    assert again.complete


@both
async def test_a_limit_order_rests_is_listed_and_is_cancelled(
    desk: Desk, exchange: Exchange
) -> None:
    session = await desk.open_account(exchange)
    request = desk.request(
        session,
        order_type=OrderType.LIMIT,
        price=tick_below(await desk.price(exchange), "3"),
        time_in_force=TimeInForce.POST_ONLY,
    )
    assert (await desk.gateway.submit(session, request)).outcome is Outcome.ACCEPTED
    identity = identity_of(session, request)
    listed = await eventually(
        lambda: desk.gateway.fetch_open_orders(session, symbol=SYMBOL), lambda orders: bool(orders)
    )
    assert [order.client_order_id for order in listed] == [request.client_order_id]
    assert listed[0].price == request.price
    assert await desk.gateway.fetch_open_orders(session) == listed
    assert (await desk.cancel(session, identity)).outcome is Outcome.ACCEPTED
    await eventually(
        lambda: desk.gateway.fetch_order(session, identity),
        lambda order: order is not None and order.state is AttemptState.CANCELED,
    )
    second = await desk.cancel(session, identity)
    assert (second.outcome, second.exchange_order_id) == (Outcome.REJECTED, None)


@both
async def test_an_id_that_rests_is_a_duplicate(desk: Desk, exchange: Exchange) -> None:
    session = await desk.open_account(exchange)
    request = desk.request(
        session,
        order_type=OrderType.LIMIT,
        price=tick_below(await desk.price(exchange), "3"),
    )
    first = await desk.gateway.submit(session, request)
    second = await desk.gateway.submit(session, request)
    assert (first.outcome, second.outcome) == (Outcome.ACCEPTED, Outcome.DUPLICATE)


@both
async def test_an_order_too_large_for_the_money_is_rejected(desk: Desk, exchange: Exchange) -> None:
    session = await desk.open_account(exchange, balance="100")
    result = await desk.submit(session, quantity=Decimal(5))
    assert result.outcome is Outcome.REJECTED, result
    assert result.code in {"-2019", "110007", "110004", "110012", "110045"}


@both
async def test_reducing_nothing_is_rejected(desk: Desk, exchange: Exchange) -> None:
    session = await desk.open_account(exchange)
    result = await desk.submit(session, side=Side.SELL, reduce_only=True)
    assert result.outcome is Outcome.REJECTED
    assert result.code in {"-2022", "110017"}


@both
async def test_an_old_timestamp_is_refused_by_the_exchange(desk: Desk, exchange: Exchange) -> None:
    session = await desk.open_account(exchange)
    now = desk.gateway.timestamp_ms(exchange, session.mode)
    result = await desk.submit(session, timestamp_ms=now - 3_500)
    assert result.outcome is Outcome.REJECTED
    assert result.code in {"-1021", "10002"}


@both
async def test_an_order_never_sent_is_cleanly_not_found(desk: Desk, exchange: Exchange) -> None:
    session = await desk.open_account(exchange)
    for order_type in (OrderType.MARKET, OrderType.STOP_MARKET):
        request = desk.request(session, order_type=order_type)
        assert await desk.gateway.fetch_order(session, identity_of(session, request)) is None


@both
async def test_a_stop_rests_triggers_and_closes_the_position(
    desk: Desk, exchange: Exchange
) -> None:
    session = await desk.open_account(exchange)
    assert (await desk.submit(session, quantity=Decimal("0.01"))).outcome is Outcome.ACCEPTED
    price = await desk.price(exchange)
    stop = desk.request(
        session,
        side=Side.SELL,
        order_type=OrderType.STOP_MARKET,
        quantity=None,
        trigger_price=tick_below(price, "2"),
        close_position=True,
        reduce_only=True,
    )
    await eventually(
        lambda: desk.gateway.fetch_positions(session, symbol=SYMBOL),
        lambda positions: positions[0].quantity == Decimal("0.01"),
    )
    placed = await desk.gateway.submit(session, stop)
    assert placed.outcome is Outcome.ACCEPTED, placed
    listed = await eventually(
        lambda: desk.gateway.fetch_open_orders(session, symbol=SYMBOL), lambda orders: bool(orders)
    )
    assert [(o.client_order_id, o.is_conditional) for o in listed] == [(stop.client_order_id, True)]
    assert listed[0].trigger_price == stop.trigger_price
    await desk.paper.set_price(SYMBOL, tick_below(price, "2.5"))
    report = await eventually(
        lambda: desk.gateway.fetch_order(session, identity_of(session, stop)),
        lambda order: order is not None and order.state is AttemptState.FILLED,
    )
    assert report is not None
    assert report.filled_quantity == Decimal("0.01")
    assert report.client_order_id == stop.client_order_id
    positions = await desk.gateway.fetch_positions(session, symbol=SYMBOL)
    assert positions[0].quantity == 0
    await desk.paper.set_price(SYMBOL, price)


@both
async def test_a_resting_stop_is_cancelled(desk: Desk, exchange: Exchange) -> None:
    session = await desk.open_account(exchange)
    stop = desk.request(
        session,
        side=Side.BUY,
        order_type=OrderType.STOP_MARKET,
        quantity=Decimal("0.01"),
        trigger_price=tick_below(await desk.price(exchange), "-5"),
    )
    assert (await desk.gateway.submit(session, stop)).outcome is Outcome.ACCEPTED
    cancelled = await desk.cancel(session, identity_of(session, stop))
    assert cancelled.outcome is Outcome.ACCEPTED, cancelled
    await eventually(
        lambda: desk.gateway.fetch_order(session, identity_of(session, stop)),
        lambda order: order is not None and order.state is AttemptState.CANCELED,
    )
    assert await desk.gateway.fetch_open_orders(session) == []


async def test_a_bybit_entry_is_born_with_its_stop(desk: Desk) -> None:
    session = await desk.open_account(Exchange.BYBIT)
    level = tick_below(await desk.price(Exchange.BYBIT), "2")
    result = await desk.submit(session, quantity=Decimal("0.01"), stop_loss=level)
    assert result.outcome is Outcome.ACCEPTED, result
    positions = await eventually(
        lambda: desk.gateway.fetch_positions(session, symbol=SYMBOL),
        lambda found: found[0].stop_loss is not None,
    )
    assert positions[0].stop_loss == level
    orders = await desk.gateway.fetch_open_orders(session, symbol=SYMBOL)
    assert [(order.order_type, order.client_order_id) for order in orders] == [("StopLoss", "")]
    attached = OrderIdentity(session.account_id, SYMBOL, "", orders[0].exchange_order_id, False)
    assert (await desk.cancel(session, attached)).outcome is Outcome.ACCEPTED
    await eventually(
        lambda: desk.gateway.fetch_positions(session, symbol=SYMBOL),
        lambda found: found[0].stop_loss is None,
    )


def _path(exchange: Exchange) -> str:
    return "/fapi/v1/order" if exchange is Exchange.BINANCE else "/v5/order/create"


@both
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "drop_after"},
        {"kind": "respond_after", "status": 200, "body": "<html>maintenance</html>"},
        {"kind": "respond_after", "status": 502, "body": ""},
    ],
    ids=["dropped", "html", "bad gateway"],
)
async def test_an_answer_lost_after_acceptance_is_unknown_and_the_order_is_found(
    desk: Desk, exchange: Exchange, fault: dict[str, Any]
) -> None:
    session = await desk.open_account(exchange)
    await desk.paper.plan_fault(path=_path(exchange), **fault)
    request = desk.request(session, quantity=Decimal("0.01"))
    result = await desk.gateway.submit(session, request)
    assert result.outcome is Outcome.UNKNOWN
    report = await eventually(
        lambda: desk.gateway.fetch_order(session, identity_of(session, request)),
        lambda order: order is not None and order.state is AttemptState.FILLED,
    )
    assert report is not None
    page = await desk.gateway.fetch_fills(session, SYMBOL)
    assert sum(fill.quantity for fill in page.fills) == Decimal("0.01")


@both
async def test_a_request_lost_on_the_way_is_unknown_and_nowhere_found(
    desk: Desk, exchange: Exchange
) -> None:
    session = await desk.open_account(exchange)
    await desk.paper.plan_fault("drop_before", _path(exchange))
    request = desk.request(session, quantity=Decimal("0.01"))
    assert (await desk.gateway.submit(session, request)).outcome is Outcome.UNKNOWN
    assert await desk.gateway.fetch_order(session, identity_of(session, request)) is None
    assert (await desk.gateway.fetch_fills(session, SYMBOL)).fills == ()

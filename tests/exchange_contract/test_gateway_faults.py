"""Hostile and broken answers through our gateway: an order's outcome stays open, a read says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.orders import Outcome
from patriot_app.core.errors import ExchangeUnavailable
from tests.exchange_contract.gateway_desk import (
    SYMBOL,
    Desk,
    eventually,
    identity_of,
    running_desk,
)

both = pytest.mark.parametrize("exchange", list(Exchange))
ORDERS = {Exchange.BINANCE: "/fapi/v1/order", Exchange.BYBIT: "/v5/order/create"}
POSITIONS = {Exchange.BINANCE: "/fapi/v3/positionRisk", Exchange.BYBIT: "/v5/position/list"}
STRANGE: dict[str, dict[str, Any]] = {
    "deep_nested": {},
    "empty": {},
    "empty_object": {},
    "html": {},
    "huge_body": {"megabytes": 100},
    "not_finite": {},
    "null": {},
    "reset_mid_body": {},
    "truncated": {},
    "wrong_echo": {},
}
"""Answers to an order that was accepted."""
UNREADABLE = sorted(STRANGE.keys() - {"wrong_echo"})


@pytest.fixture(scope="module")
async def desk() -> AsyncIterator[Desk]:
    async with running_desk() as running:
        yield running


@both
@pytest.mark.parametrize("kind", sorted(STRANGE))
async def test_an_order_with_a_strange_answer_is_unknown_and_found(
    desk: Desk, exchange: Exchange, kind: str
) -> None:
    session = await desk.open_account(exchange)
    await desk.paper.plan_fault(kind, ORDERS[exchange], **STRANGE[kind])
    request = desk.request(session, quantity=Decimal("0.01"))
    result = await desk.gateway.submit(session, request)
    assert result.outcome is Outcome.UNKNOWN, result
    report = await eventually(
        lambda: desk.gateway.fetch_order(session, identity_of(session, request)),
        lambda order: order is not None,
    )
    assert report is not None
    assert report.filled_quantity == Decimal("0.01")


@both
async def test_a_body_that_trickles_is_given_up(desk: Desk, exchange: Exchange) -> None:
    session = await desk.open_account(exchange)
    await desk.paper.plan_fault("slow_body", ORDERS[exchange], byte_s=1.0)
    request = desk.request(session, quantity=Decimal("0.01"))
    assert (await desk.gateway.submit(session, request)).outcome is Outcome.UNKNOWN
    await eventually(
        lambda: desk.gateway.fetch_order(session, identity_of(session, request)),
        lambda order: order is not None,
    )


@both
async def test_a_redirect_is_not_followed_and_proves_nothing(
    desk: Desk, exchange: Exchange
) -> None:
    session = await desk.open_account(exchange)
    # Whoever follows it would place the order once more.
    location = f"{desk.paper.url}{ORDERS[exchange]}"
    await desk.paper.plan_fault("redirect", ORDERS[exchange], location=location)
    request = desk.request(session, quantity=Decimal("0.01"))
    assert (await desk.gateway.submit(session, request)).outcome is Outcome.UNKNOWN
    assert await desk.gateway.fetch_order(session, identity_of(session, request)) is None


@both
@pytest.mark.parametrize("kind", UNREADABLE)
async def test_a_read_with_an_unreadable_answer_says_so_and_goes_on(
    desk: Desk, exchange: Exchange, kind: str
) -> None:
    session = await desk.open_account(exchange)
    await desk.paper.plan_fault(kind, POSITIONS[exchange], **STRANGE.get(kind, {}))
    with pytest.raises(ExchangeUnavailable):
        await desk.gateway.fetch_positions(session, symbol=SYMBOL)
    positions = await desk.gateway.fetch_positions(session, symbol=SYMBOL)
    assert [position.quantity for position in positions] == [0]

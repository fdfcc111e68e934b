"""Bybit's order/pre-check: what an order would do to the account's margin rates.

Source: https://bybit-exchange.github.io/docs/v5/order/pre-check-order
"""

from __future__ import annotations

from decimal import Decimal

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.bybit.ids import order_uuid
from daemon.paper_exchange.bybit.order_entry import Body, read_order
from daemon.paper_exchange.bybit.wire import Json
from daemon.paper_exchange.engine import Engine
from daemon.paper_exchange.margin import initial_margin, maintenance_margin
from daemon.paper_exchange.market import Market
from daemon.paper_exchange.orders import ConditionalRequest, OrderRequest

E4 = 10_000


class PreCheck:
    """Answers the endpoint; nothing is placed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def check(self, account: Account, body: Body) -> Json:
        """Return the margin rates, in ten-thousandths, before and after an order.

        Raises:
            BybitError, Refused: as order/create would for the same order.
        """
        self._engine.enter()
        market = self._engine.market(str(body.get("symbol", "")))
        request = read_order(body, market)
        if isinstance(request, ConditionalRequest):
            request = request.order
        else:
            self._engine.check_order(account, request)
        margin = self._engine.margin(account)
        balance = margin.margin_balance
        initial, maintenance = _added(account, market, request)
        return {
            "orderId": order_uuid(0),
            "orderLinkId": request.client_order_id,
            "preImrE4": _rate(margin.initial, balance),
            "preMmrE4": _rate(margin.maintenance, balance),
            "postImrE4": _rate(margin.initial + initial, balance),
            "postMmrE4": _rate(margin.maintenance + maintenance, balance),
        }


def _added(account: Account, market: Market, request: OrderRequest) -> tuple[Decimal, Decimal]:
    """Return how far both margins of a position change when the order is filled."""
    symbol, mark = request.symbol, market.mark_price
    leverage = account.leverage_of(symbol)
    before = account.quantity_of(symbol, request.position_side) * mark
    after = before + request.side.sign * request.quantity * mark
    figures = [
        (
            initial_margin(position=value, bids=Decimal(0), asks=Decimal(0), leverage=leverage),
            maintenance_margin(market.spec, abs(value)),
        )
        for value in (before, after)
    ]
    return figures[1][0] - figures[0][0], figures[1][1] - figures[0][1]


def _rate(part: Decimal, whole: Decimal) -> int:
    return int(max(Decimal(0), part) * E4 / whole) if whole > 0 else 0

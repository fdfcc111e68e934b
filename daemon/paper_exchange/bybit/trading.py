"""Bybit's order endpoints: create, amend, cancel, and their batches.

Acknowledgements are asynchronous on Bybit: they say that the order was taken in, not what became
of it. Source: https://bybit-exchange.github.io/docs/v5/order/create-order
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.bybit.errors import BybitError, Code, parameter_error
from daemon.paper_exchange.bybit.history import History
from daemon.paper_exchange.bybit.ids import order_number, order_uuid
from daemon.paper_exchange.bybit.order_entry import (
    Body,
    amend_stops,
    amount,
    check_trigger_side,
    read_order,
    require_linear,
)
from daemon.paper_exchange.bybit.refusals import bybit_error
from daemon.paper_exchange.bybit.stops import Stops
from daemon.paper_exchange.bybit.visibility import Visibility
from daemon.paper_exchange.bybit.wire import Json
from daemon.paper_exchange.commands import AmendConditional, AmendOrder
from daemon.paper_exchange.engine import Engine
from daemon.paper_exchange.orders import ConditionalOrder, ConditionalRequest, Order
from daemon.paper_exchange.refusals import Refused

BATCH_MAX: Final = 20


class Trading:
    """Answers the order endpoints of signed-in accounts."""

    def __init__(
        self,
        engine: Engine,
        stops: Stops,
        history: History,
        visibility: Visibility,
        wall_ms: Callable[[], int],
    ) -> None:
        self._engine = engine
        self._stops = stops
        self._history = history
        self._visibility = visibility
        self._wall_ms = wall_ms

    def create(self, account: Account, body: Body) -> Json:
        """Place an order or a conditional order; attached stops follow its first fill."""
        self._engine.enter()
        request = read_order(body, self._engine.market(str(body.get("symbol", ""))))
        if isinstance(request, ConditionalRequest):
            conditional = self._engine.place_conditional(account, request)
            self._visibility.hold(account, conditional.conditional_id, None)
            return _acknowledgement(conditional.conditional_id, conditional.client_order_id)
        order = self._engine.place_order(account, request)
        self._visibility.hold(account, order.order_id, None)
        if order.filled_quantity:
            self._stops.attach(account, order)
        return _acknowledgement(order.order_id, order.client_order_id)

    def amend(self, account: Account, body: Body) -> Json:
        """Change quantity, price or trigger price of an open order."""
        require_linear(body)
        found = self.find_open(account, body)
        quantity, price = amount(body, "qty"), amount(body, "price")
        if isinstance(found, Order):
            if quantity is not None and quantity <= found.filled_quantity:
                raise BybitError(Code.AMEND_BELOW_FILLED)
            market = self._engine.market(found.symbol)
            base = price or found.price or market.last_price
            labels = amend_stops(found.labels, body, market, found.side, base)
            amendment = AmendOrder(
                order_id=found.order_id,
                quantity=quantity,
                price=price,
                labels=None if labels == found.labels else labels,
            )
            before = self._row(account, found.order_id)
            self._engine.submit(account, amendment)
            self._visibility.hold(account, found.order_id, before)
            return _acknowledgement(found.order_id, found.client_order_id)
        if amount(body, "stopLoss") is not None or amount(body, "takeProfit") is not None:
            raise BybitError(Code.STOP_NOT_AMENDABLE)
        trigger_price = amount(body, "triggerPrice")
        if trigger_price is not None:
            market = self._engine.market(found.symbol)
            request = found.request
            check_trigger_side(market, request.direction, trigger_price, request.trigger_by)
        before = self._row(account, found.conditional_id)
        self._engine.submit(
            account,
            AmendConditional(
                conditional_id=found.conditional_id,
                quantity=quantity,
                price=price,
                trigger_price=trigger_price,
            ),
        )
        self._visibility.hold(account, found.conditional_id, before)
        return _acknowledgement(found.conditional_id, found.client_order_id)

    def cancel(self, account: Account, body: Body) -> Json:
        """Cancel one open order of either kind."""
        require_linear(body)
        return self._cancel(account, self.find_open(account, body))

    def cancel_all(self, account: Account, body: Body) -> Json:
        """Cancel the open orders of a contract or of all; orderFilter narrows the kind."""
        require_linear(body)
        symbol = str(body.get("symbol") or "")
        if not symbol and not body.get("settleCoin") and not body.get("baseCoin"):
            raise parameter_error("params error: symbol, settleCoin or baseCoin is required")
        kind = body.get("orderFilter")
        self._engine.enter()
        found: list[Order | ConditionalOrder] = []
        if kind in (None, "", "Order"):
            found.extend(account.open_orders.values())
        if kind in (None, "", "StopOrder", "tpslOrder"):
            found.extend(account.open_conditionals.values())
        rows = [
            self._cancel(account, order)
            for order in found
            if symbol in ("", order.symbol) and order.is_open
        ]
        return {"list": rows, "success": "1"}

    def create_batch(self, account: Account, body: Body) -> tuple[Json, Json]:
        """Place up to 20 orders; each has its own code in the second part."""
        result, codes = self._batch(account, body, self.create)
        for row in result["list"]:
            row["createAt"] = str(self._wall_ms())
        return result, codes

    def cancel_batch(self, account: Account, body: Body) -> tuple[Json, Json]:
        """Cancel up to 20 orders; each has its own code in the second part."""
        return self._batch(account, body, self.cancel)

    def amend_batch(self, account: Account, body: Body) -> tuple[Json, Json]:
        """Amend up to 20 orders; each has its own code in the second part."""
        return self._batch(account, body, self.amend)

    def find_open(self, account: Account, body: Body) -> Order | ConditionalOrder:
        """Find an open order by orderId or orderLinkId.

        Raises:
            BybitError: 10001 without an id, 110001 when there is no such open order.
        """
        self._engine.enter()
        order_id, link_id = str(body.get("orderId") or ""), str(body.get("orderLinkId") or "")
        if not order_id and not link_id:
            raise parameter_error("params error: OrderId or OrderLinkId is required")
        number = order_number(order_id) if order_id else None
        order: Order | None = None
        conditional: ConditionalOrder | None = None
        if number is not None or not order_id:
            order = self._engine.find_order(account, order_id=number, client_order_id=link_id)
            conditional = self._engine.find_conditional(
                account, conditional_id=number, client_order_id=link_id
            )
        symbol = body.get("symbol")
        for found in (order, conditional):
            if found is not None and found.is_open and symbol in (None, "", found.symbol):
                return found
        raise BybitError(Code.ORDER_GONE)

    def _cancel(self, account: Account, found: Order | ConditionalOrder) -> Json:
        number = found.order_id if isinstance(found, Order) else found.conditional_id
        before = self._row(account, number)
        if isinstance(found, Order):
            self._engine.cancel_order(account, number)
        else:
            self._engine.cancel_conditional(account, number)
        self._visibility.hold(account, number, before)
        return _acknowledgement(number, found.client_order_id)

    def _row(self, account: Account, number: int) -> Json | None:
        """Shape an order as it is before a change, where that is shown for a while."""
        return self._history.order_row(account, number) if self._visibility.lag_ms else None

    def _batch(
        self, account: Account, body: Body, one: Callable[[Account, Body], Json]
    ) -> tuple[Json, Json]:
        require_linear(body)
        requests = body.get("request")
        if not isinstance(requests, list) or not 1 <= len(requests) <= BATCH_MAX:
            raise parameter_error(f"params error: request must hold 1 to {BATCH_MAX} orders")
        rows: list[Json] = []
        codes: list[Json] = []
        for item in requests:
            if not isinstance(item, dict):
                raise parameter_error("params error: request must hold objects")
            row: Json = {"category": "linear", "symbol": str(item.get("symbol", ""))}
            try:
                row |= one(account, {"category": "linear"} | item)
                codes.append({"code": 0, "msg": "OK"})
            except (BybitError, Refused) as raised:
                error = raised if isinstance(raised, BybitError) else bybit_error(raised)
                row |= {"orderId": "", "orderLinkId": str(item.get("orderLinkId") or "")}
                codes.append({"code": error.code, "msg": error.message})
            rows.append(row)
        return {"list": rows}, {"list": codes}


def _acknowledgement(number: int, link_id: str) -> Json:
    return {"orderId": order_uuid(number), "orderLinkId": link_id}

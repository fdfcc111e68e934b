"""Stops that hang on a position: given with an order, or set by position/trading-stop.

Bybit keeps at most one stop loss and one take profit for a whole position. The engine knows them
as conditional orders that close the position and go with it; this module places, moves and
removes them. A stop given with an order is placed when the order has opened a position: at once
for an order that fills at once, else with the next tick after the fill.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.bybit import wire
from daemon.paper_exchange.bybit.errors import BybitError, Code, parameter_error
from daemon.paper_exchange.bybit.order_entry import (
    TRIGGERS,
    Body,
    amount,
    attached_stop,
    check_stop_side,
    trigger_by,
)
from daemon.paper_exchange.commands import AmendConditional
from daemon.paper_exchange.engine import Engine
from daemon.paper_exchange.events import Event, MarketTick, OrderUpdate
from daemon.paper_exchange.orders import (
    ConditionalOrder,
    Order,
    OrderRequest,
    Side,
    TriggerBy,
)
from daemon.paper_exchange.refusals import Reason, Refused

STOP_LOSS = "StopLoss"
TAKE_PROFIT = "TakeProfit"
_log = logging.getLogger(__name__)
_PRICE_LABELS = {
    STOP_LOSS: (wire.LABEL_STOP_LOSS, wire.LABEL_STOP_LOSS_BY),
    TAKE_PROFIT: (wire.LABEL_TAKE_PROFIT, wire.LABEL_TAKE_PROFIT_BY),
}


class Stops:
    """The attached stops of every account."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._due: dict[tuple[str, int], tuple[Account, Order]] = {}
        self._turned: dict[tuple[str, str], Account] = {}
        """Positions that may have turned round, with stops of their old side left."""

    def watch(self, event: Event) -> None:
        """Take note of fills, and place what is due once the engine has finished its steps."""
        if isinstance(event, OrderUpdate) and event.trade is not None:
            account, order = event.account, event.order
            if order.labels.keys() & {wire.LABEL_STOP_LOSS, wire.LABEL_TAKE_PROFIT}:
                self._due[account.api_key, order.order_id] = (account, order)
            if account.open_conditionals and event.trade.closed_quantity:
                self._turned[account.api_key, order.symbol] = account
        elif isinstance(event, MarketTick):
            self._work_due()

    def _work_due(self) -> None:
        for (_, symbol), account in list(self._turned.items()):
            self._drop_old_side(account, symbol)
        for account, order in list(self._due.values()):
            self.attach(account, order)

    def recover(self) -> None:
        """Find fills whose stop was not placed before the process ended."""
        for account in self._engine.accounts.values():
            for order in account.orders.values():
                if not order.filled_quantity or not account.quantity_of(order.symbol):
                    continue
                missing = [
                    kind
                    for kind, (label, _) in _PRICE_LABELS.items()
                    if label in order.labels and not _was_placed(account, order, kind)
                ]
                if missing:
                    self._due[account.api_key, order.order_id] = (account, order)

    def attach(self, account: Account, order: Order) -> None:
        """Place the stops that an order carries, now that it has opened a position."""
        self._due.pop((account.api_key, order.order_id), None)
        self._drop_old_side(account, order.symbol)
        quantity = account.quantity_of(order.symbol)
        if not quantity or (quantity > 0) is not (order.side is Side.BUY):
            return
        for kind, (label, by_label) in _PRICE_LABELS.items():
            if label not in order.labels:
                continue
            watches, price = TRIGGERS[order.labels[by_label]], Decimal(order.labels[label])
            try:
                self._put(account, order.symbol, kind, price, watches)
            except Refused as refused:
                # The order stands all the same, as on the exchange.
                _log.warning("stop of order %d was refused: %s", order.order_id, refused)

    def find(self, account: Account, symbol: str, kind: str) -> ConditionalOrder | None:
        """Return the waiting stop loss or take profit of a position."""
        for conditional in account.open_conditionals.values():
            labels = conditional.request.order.labels
            if conditional.symbol == symbol and labels.get(wire.LABEL_STOP_TYPE) == kind:
                return conditional
        return None

    def _drop_old_side(self, account: Account, symbol: str) -> None:
        """Cancel stops that would add to a position which has turned round."""
        self._turned.pop((account.api_key, symbol), None)
        sign = 1 if account.quantity_of(symbol) > 0 else -1
        for kind in _PRICE_LABELS:
            stop = self.find(account, symbol, kind)
            if stop is not None and stop.request.order.side.sign == sign:
                self._engine.cancel_conditional(account, stop.conditional_id)

    def set_trading_stop(self, account: Account, body: Body) -> None:
        """Answer position/trading-stop; a price of 0 removes the stop, an absent one stays.

        Raises:
            BybitError: 10001 without a position, on the wrong side, or for what the paper
                exchange does not offer (trailing and partial stops); 34040 if nothing changes.
        """
        symbol = str(body.get("symbol", ""))
        market = self._engine.market(symbol)
        quantity = account.quantity_of(symbol)
        if not quantity:
            raise parameter_error("can not set tp/sl/ts for zero position")
        if str(body.get("tpslMode") or "Full") != "Full":
            raise parameter_error("params error: only tpslMode Full is offered here")
        if amount(body, "trailingStop"):
            raise parameter_error("params error: trailingStop is not offered here")
        self._drop_old_side(account, symbol)
        side = Side.BUY if quantity > 0 else Side.SELL
        prices = {STOP_LOSS: amount(body, "stopLoss"), TAKE_PROFIT: amount(body, "takeProfit")}
        check_stop_side(
            side=side,
            base_price=market.last_price,
            stop_loss=prices[STOP_LOSS],
            take_profit=prices[TAKE_PROFIT],
        )
        changed = False
        for kind, price in prices.items():
            if price is not None:
                watches = trigger_by(body, _PRICE_LABELS[kind][1])
                changed |= self._put(account, symbol, kind, price, watches)
        if not changed:
            raise BybitError(Code.NOT_MODIFIED)

    def _put(
        self, account: Account, symbol: str, kind: str, price: Decimal, watches: TriggerBy
    ) -> bool:
        """Place, move or (price 0) remove one stop; tell whether anything changed."""
        engine = self._engine
        waiting = self.find(account, symbol, kind)
        if not price:
            if waiting is not None:
                engine.cancel_conditional(account, waiting.conditional_id)
            return waiting is not None
        if waiting is not None and waiting.request.trigger_by is watches:
            if waiting.request.trigger_price == price:
                return False
            engine.submit(
                account,
                AmendConditional(conditional_id=waiting.conditional_id, trigger_price=price),
            )
            return True
        if waiting is not None:
            engine.cancel_conditional(account, waiting.conditional_id)
        side = Side.BUY if account.quantity_of(symbol) > 0 else Side.SELL
        request = attached_stop(
            engine.market(symbol),
            side=side,
            trigger_price=price,
            trigger_by=watches,
            is_loss=kind == STOP_LOSS,
        )
        try:
            engine.place_conditional(account, request)
        except Refused as refused:
            if refused.reason is not Reason.TRIGGERS_IMMEDIATELY:
                raise
            # The price passed the stop before it could be placed, so it closes at once.
            engine.place_order(account, _closing(request.order, account))
        return True


def _was_placed(account: Account, order: Order, kind: str) -> bool:
    conditionals: Iterable[ConditionalOrder] = account.conditionals.values()
    return any(
        conditional.symbol == order.symbol
        and conditional.created_ms >= order.created_ms
        and conditional.request.order.labels.get(wire.LABEL_STOP_TYPE) == kind
        for conditional in conditionals
    )


def _closing(request: OrderRequest, account: Account) -> OrderRequest:
    return replace(request, quantity=abs(account.quantity_of(request.symbol)))

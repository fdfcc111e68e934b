"""Stops that hang on a position: given with an order, or set by position/trading-stop.

Bybit keeps at most one stop loss, one take profit and one trailing stop for a whole position, and
any number up to twenty for parts of it. The engine knows them as conditional orders that go with the
position; this module places, moves and removes them. A stop given with an order is placed when the
order has opened a position: at once for an order that fills at once, else with the next tick.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Final

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.bybit import wire
from daemon.paper_exchange.bybit.attached import Holding, StopKind, partial_stop, whole_stop
from daemon.paper_exchange.bybit.errors import BybitError, Code
from daemon.paper_exchange.bybit.ids import order_uuid
from daemon.paper_exchange.bybit.order_entry import PARTIAL, TRIGGERS
from daemon.paper_exchange.commands import AmendConditional
from daemon.paper_exchange.engine import Engine
from daemon.paper_exchange.events import Event, MarketTick, OrderUpdate
from daemon.paper_exchange.orders import (
    ZERO,
    ConditionalOrder,
    ConditionalRequest,
    Order,
    PositionSide,
    Side,
    TriggerBy,
)
from daemon.paper_exchange.refusals import Reason, Refused

PARTIAL_MAX: Final = 20
_log = logging.getLogger(__name__)
_LABELS = {
    StopKind.LOSS: (
        wire.LABEL_STOP_LOSS,
        wire.LABEL_STOP_LOSS_BY,
        wire.LABEL_STOP_LOSS_LIMIT,
    ),
    StopKind.PROFIT: (
        wire.LABEL_TAKE_PROFIT,
        wire.LABEL_TAKE_PROFIT_BY,
        wire.LABEL_TAKE_PROFIT_LIMIT,
    ),
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

    def recover(self) -> None:
        """Find fills whose stop was not placed before the process ended."""
        for account in self._engine.accounts.values():
            for order in account.orders.values():
                held = account.quantity_of(order.symbol, order.position_side)
                if not order.filled_quantity or not held:
                    continue
                if any(
                    label in order.labels and self._missing(account, order, kind)
                    for kind, (label, _, _) in _LABELS.items()
                ):
                    self._due[account.api_key, order.order_id] = (account, order)

    def attach(self, account: Account, order: Order) -> None:
        """Place the stops that an order carries, now that it has opened a position."""
        self._due.pop((account.api_key, order.order_id), None)
        if order.position_side is PositionSide.BOTH:
            self._drop_old_side(account, order.symbol)
        holding = self.holding(account, order.symbol, order.position_side)
        if holding is None or holding.side is not order.side:
            return
        for kind, (label, by_label, limit_label) in _LABELS.items():
            if label not in order.labels:
                continue
            watches, price = TRIGGERS[order.labels[by_label]], Decimal(order.labels[label])
            try:
                if order.labels.get(wire.LABEL_STOP_MODE) == PARTIAL:
                    limit = order.labels.get(limit_label)
                    request = partial_stop(
                        holding,
                        kind,
                        price,
                        watches,
                        quantity=self._missing(account, order, kind),
                        limit=Decimal(limit) if limit else None,
                        parent=order_uuid(order.order_id),
                    )
                    self.put_partial(account, request)
                else:
                    self.put_whole(account, holding, kind, price, watches)
            except (Refused, BybitError) as refused:
                # The order stands all the same, as on the exchange.
                _log.warning("stop of order %d was refused: %s", order.order_id, refused)

    def holding(self, account: Account, symbol: str, position_side: PositionSide) -> Holding | None:
        """Return the open position that stops may hang on; None without one."""
        quantity = account.quantity_of(symbol, position_side)
        if not quantity:
            return None
        side = Side.BUY if quantity > 0 else Side.SELL
        return Holding(self._engine.market(symbol), side, position_side)

    def find(
        self,
        account: Account,
        symbol: str,
        kind: StopKind,
        position_side: PositionSide = PositionSide.BOTH,
    ) -> ConditionalOrder | None:
        """Return the waiting stop of a whole position."""
        for conditional in account.open_conditionals.values():
            order = conditional.request.order
            if (order.symbol, order.position_side) == (symbol, position_side) and order.labels.get(
                wire.LABEL_STOP_TYPE
            ) == kind:
                return conditional
        return None

    def put_whole(
        self,
        account: Account,
        holding: Holding,
        kind: StopKind,
        price: Decimal,
        watches: TriggerBy,
    ) -> bool:
        """Place, move or (price 0) remove one stop; tell whether anything changed."""
        engine = self._engine
        symbol = holding.market.spec.symbol
        waiting = self.find(account, symbol, kind, holding.position_side)
        if not price:
            return self.remove(account, waiting)
        if waiting is not None and waiting.request.trigger_by is watches:
            if waiting.request.trigger_price == price:
                return False
            engine.submit(
                account,
                AmendConditional(conditional_id=waiting.conditional_id, trigger_price=price),
            )
            return True
        self.remove(account, waiting)
        self._place(account, whole_stop(holding, kind, price, watches))
        return True

    def put_partial(self, account: Account, request: ConditionalRequest) -> None:
        """Place a stop for a part of a position; nothing for no part.

        Raises:
            BybitError: 110061 when the position has twenty of them.
        """
        order = request.order
        if not order.quantity:
            return
        key = (order.symbol, order.position_side)
        waiting = (c.request.order for c in account.open_conditionals.values())
        partial = [o for o in waiting if o.labels.get(wire.LABEL_STOP_MODE) == PARTIAL]
        if sum((o.symbol, o.position_side) == key for o in partial) >= PARTIAL_MAX:
            raise BybitError(Code.PARTIAL_STOPS_MAX)
        self._place(account, request)

    def remove(self, account: Account, waiting: ConditionalOrder | None) -> bool:
        """Cancel a stop if there is one; tell whether there was."""
        if waiting is not None:
            self._engine.cancel_conditional(account, waiting.conditional_id)
        return waiting is not None

    def drop_old_side(self, account: Account, symbol: str) -> None:
        """Cancel stops that would add to a position which has turned round."""
        self._drop_old_side(account, symbol)

    def _work_due(self) -> None:
        for (_, symbol), account in list(self._turned.items()):
            self._drop_old_side(account, symbol)
        for account, order in list(self._due.values()):
            self.attach(account, order)

    def _drop_old_side(self, account: Account, symbol: str) -> None:
        self._turned.pop((account.api_key, symbol), None)
        sign = 1 if account.quantity_of(symbol) > 0 else -1
        for conditional in list(account.open_conditionals.values()):
            order = conditional.request.order
            if (
                order.symbol == symbol
                and order.position_side is PositionSide.BOTH
                and conditional.request.expires_with_position
                and order.side.sign == sign
            ):
                self._engine.cancel_conditional(account, conditional.conditional_id)

    def _place(self, account: Account, request: ConditionalRequest) -> None:
        try:
            self._engine.place_conditional(account, request)
        except Refused as refused:
            if refused.reason is not Reason.TRIGGERS_IMMEDIATELY:
                raise
            # The price passed the stop before it could be placed, so it closes at once.
            order, held = request.order, request.order.quantity
            if request.close_position:
                held = abs(account.quantity_of(order.symbol, order.position_side))
            self._engine.place_order(account, replace(order, quantity=held))

    def _missing(self, account: Account, order: Order, kind: StopKind) -> Decimal:
        """Return the filled quantity of an order that no stop of its own covers yet."""
        if order.labels.get(wire.LABEL_STOP_MODE) != PARTIAL:
            return ZERO if any(_placed(account, order, kind)) else order.filled_quantity
        parent = order_uuid(order.order_id)
        own = (c.request.order for c in _placed(account, order, kind))
        covered = (o.quantity for o in own if o.labels.get(wire.LABEL_PARENT) == parent)
        return order.filled_quantity - sum(covered, ZERO)


def _placed(account: Account, order: Order, kind: StopKind) -> Iterator[ConditionalOrder]:
    """Find the stops of a kind that were placed since an order came."""
    for conditional in account.conditionals.values():
        own = conditional.request.order
        if (
            own.position_key == order.position_key
            and conditional.created_ms >= order.created_ms
            and own.labels.get(wire.LABEL_STOP_TYPE) in (kind.value, f"Partial{kind.value}")
        ):
            yield conditional

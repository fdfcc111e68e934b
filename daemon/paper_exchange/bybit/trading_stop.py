"""Bybit's position/trading-stop: the stops of a position, set, moved and removed in one request.

Source: https://bybit-exchange.github.io/docs/v5/position/trading-stop
"""

from __future__ import annotations

from decimal import Decimal

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.bybit.attached import Holding, StopKind, partial_stop, trailing_stop
from daemon.paper_exchange.bybit.errors import BybitError, Code, parameter_error
from daemon.paper_exchange.bybit.order_entry import (
    PARTIAL,
    Body,
    amount,
    check_stop_side,
    position_side,
    require_linear,
    stop_limit,
    stop_mode,
    trigger_by,
)
from daemon.paper_exchange.bybit.stops import Stops
from daemon.paper_exchange.bybit.wire import Json
from daemon.paper_exchange.engine import Engine
from daemon.paper_exchange.orders import PositionSide

_NAMES = {StopKind.LOSS: ("stopLoss", "sl"), StopKind.PROFIT: ("takeProfit", "tp")}


class TradingStop:
    """Answers the endpoint."""

    def __init__(self, engine: Engine, stops: Stops) -> None:
        self._engine = engine
        self._stops = stops

    def set(self, account: Account, body: Body) -> Json:
        """Set what the request names; a price of 0 removes a stop, an absent one stays.

        Raises:
            BybitError: 10001 without a position or on the wrong side; 34040 if nothing changes.
        """
        require_linear(body)
        self._engine.enter()
        symbol = str(body.get("symbol", ""))
        market = self._engine.market(symbol)
        side = position_side(body)
        if account.hedge_mode is (side is PositionSide.BOTH):
            raise parameter_error("position idx not match position mode")
        holding = self._stops.holding(account, symbol, side)
        if holding is None:
            raise parameter_error("can not set tp/sl/ts for zero position")
        check_stop_side(
            side=holding.side,
            base_price=market.last_price,
            stop_loss=amount(body, "stopLoss"),
            take_profit=amount(body, "takeProfit"),
        )
        if side is PositionSide.BOTH:
            self._stops.drop_old_side(account, symbol)
        is_partial = stop_mode(body) == PARTIAL
        changed = False
        for kind, (name, short) in _NAMES.items():
            price = amount(body, name)
            if price is None:
                continue
            if is_partial and price:
                self._set_part(account, body, holding, kind, price)
                changed = True
                continue
            stop_limit(body, f"{short}LimitPrice", stop_mode(body))
            watches = trigger_by(body, f"{short}TriggerBy")
            changed |= self._stops.put_whole(account, holding, kind, price, watches)
        changed |= self._trail(account, body, holding)
        if not changed:
            raise BybitError(Code.NOT_MODIFIED)
        return {}

    def _set_part(
        self, account: Account, body: Body, holding: Holding, kind: StopKind, price: Decimal
    ) -> None:
        short = _NAMES[kind][1]
        held = abs(account.quantity_of(holding.market.spec.symbol, holding.position_side))
        quantity = amount(body, f"{short}Size")
        if not quantity or quantity > held:
            raise BybitError(Code.STOP_SIZE)
        request = partial_stop(
            holding,
            kind,
            price,
            trigger_by(body, f"{short}TriggerBy"),
            quantity=quantity,
            limit=stop_limit(body, f"{short}LimitPrice", PARTIAL),
        )
        self._stops.put_partial(account, request)

    def _trail(self, account: Account, body: Body, holding: Holding) -> bool:
        """Set, change or remove the trailing stop; tell whether anything changed."""
        distance = amount(body, "trailingStop")
        if distance is None:
            return False
        symbol = holding.market.spec.symbol
        waiting = self._stops.find(account, symbol, StopKind.TRAILING, holding.position_side)
        if not distance:
            return self._stops.remove(account, waiting)
        if distance % holding.market.spec.tick_size:
            raise parameter_error("params error: TrailingStop Invalid")
        request = trailing_stop(holding, distance, amount(body, "activePrice") or None)
        if waiting is not None:
            before = waiting.request
            asked = (request.callback_distance, request.activation_price)
            if (before.callback_distance, before.activation_price) == asked:
                return False
        # The new one first: when it is refused, the old one stays.
        self._engine.place_conditional(account, request)
        self._stops.remove(account, waiting)
        return True

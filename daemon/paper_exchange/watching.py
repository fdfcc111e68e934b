"""Which price a trigger watches, and whether it has come to it."""

from __future__ import annotations

from decimal import Decimal

from daemon.paper_exchange.market import Market
from daemon.paper_exchange.orders import ConditionalOrder, Direction, TriggerBy


def watched_price(market: Market, trigger_by: TriggerBy) -> Decimal:
    """Return the price that a trigger watches."""
    if trigger_by is TriggerBy.LAST:
        return market.last_price
    return market.mark_price if trigger_by is TriggerBy.MARK else market.index_price


def is_reached(market: Market, trigger_by: TriggerBy, direction: Direction, price: Decimal) -> bool:
    """Tell whether the watched price is at a trigger or beyond it."""
    watched = watched_price(market, trigger_by)
    return watched >= price if direction is Direction.RISING else watched <= price


def follow(conditional: ConditionalOrder, market: Market) -> Decimal | None:
    """Move a trailing stop's extreme with the price; return its trigger, None before it starts."""
    request = conditional.request
    watched = watched_price(market, request.trigger_by)
    falling = request.direction is Direction.FALLING
    if conditional.extreme_price is None:
        start = request.activation_price
        if start is not None and (watched < start if falling else watched > start):
            return None
        conditional.extreme_price = watched
    better = max if falling else min
    conditional.extreme_price = better(conditional.extreme_price, watched)
    sign = -1 if falling else 1
    if request.callback_rate is None:
        assert request.callback_distance is not None
        return conditional.extreme_price + sign * request.callback_distance
    return conditional.extreme_price * (1 + sign * request.callback_rate)

"""Requests for the stops that hang on a position.

They have no client order id, may only shrink the position and go when it is closed.
Source: https://bybit-exchange.github.io/docs/v5/position/trading-stop
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from daemon.paper_exchange.bybit import wire
from daemon.paper_exchange.bybit.order_entry import PARTIAL
from daemon.paper_exchange.market import Market
from daemon.paper_exchange.orders import (
    ZERO,
    ConditionalRequest,
    Direction,
    OrderKind,
    OrderRequest,
    PositionSide,
    Side,
    TimeInForce,
    TriggerBy,
)


class StopKind(StrEnum):
    """Bybit's stopOrderType of the stops of a whole position."""

    LOSS = "StopLoss"
    PROFIT = "TakeProfit"
    TRAILING = "TrailingStop"


@dataclass(frozen=True, slots=True)
class Holding:
    """The position that a stop hangs on.

    Attributes:
        side: of the orders that open it, so BUY for a long position.
    """

    market: Market
    side: Side
    position_side: PositionSide


def whole_stop(
    holding: Holding, kind: StopKind, trigger_price: Decimal, trigger_by: TriggerBy
) -> ConditionalRequest:
    """Build the stop loss or the take profit of a whole position."""
    return ConditionalRequest(
        order=_closing(holding, kind.value),
        trigger_price=trigger_price,
        direction=_direction(holding, kind),
        trigger_by=trigger_by,
        close_position=True,
        expires_with_position=True,
    )


def partial_stop(
    holding: Holding,
    kind: StopKind,
    trigger_price: Decimal,
    trigger_by: TriggerBy,
    *,
    quantity: Decimal,
    limit: Decimal | None,
    parent: str = "",
) -> ConditionalRequest:
    """Build a stop for a part of a position.

    Args:
        limit: price of the order that it sends; None for the market.
        parent: the order that it came with.
    """
    labels = {wire.LABEL_STOP_MODE: PARTIAL} | ({wire.LABEL_PARENT: parent} if parent else {})
    order = _closing(holding, f"Partial{kind.value}", quantity=quantity, limit=limit, labels=labels)
    return ConditionalRequest(
        order=order,
        trigger_price=trigger_price,
        direction=_direction(holding, kind),
        trigger_by=trigger_by,
        expires_with_position=True,
    )


def trailing_stop(
    holding: Holding, distance: Decimal, activation_price: Decimal | None
) -> ConditionalRequest:
    """Build a stop that follows the price at a distance in USDT."""
    last = holding.market.last_price
    return ConditionalRequest(
        order=_closing(holding, StopKind.TRAILING.value),
        trigger_price=last - holding.side.sign * distance,
        direction=Direction.FALLING if holding.side is Side.BUY else Direction.RISING,
        close_position=True,
        expires_with_position=True,
        callback_distance=distance,
        activation_price=activation_price,
    )


def _direction(holding: Holding, kind: StopKind) -> Direction:
    falling = (holding.side is Side.BUY) is (kind is StopKind.LOSS)
    return Direction.FALLING if falling else Direction.RISING


def _closing(
    holding: Holding,
    stop_type: str,
    *,
    quantity: Decimal = ZERO,
    limit: Decimal | None = None,
    labels: dict[str, str] | None = None,
) -> OrderRequest:
    market = holding.market
    return OrderRequest(
        symbol=market.spec.symbol,
        side=holding.side.opposite,
        kind=OrderKind.MARKET if limit is None else OrderKind.LIMIT,
        quantity=quantity,
        price=limit,
        time_in_force=TimeInForce.IOC if limit is None else TimeInForce.GTC,
        reduce_only=True,
        position_side=holding.position_side,
        labels={
            wire.LABEL_STOP_TYPE: stop_type,
            wire.LABEL_CREATE_TYPE: f"CreateBy{stop_type}",
            wire.LABEL_CLOSE_ON_TRIGGER: "true",
            wire.LABEL_LAST_PRICE: wire.price_text(market.last_price, market.spec),
        }
        | (labels or {}),
    )

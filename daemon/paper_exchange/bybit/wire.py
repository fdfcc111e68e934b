"""Bybit's payload shapes for orders, and how it writes numbers.

Pure translation: nothing here decides anything. Every number travels as a string with all its
digits. Source: https://bybit-exchange.github.io/docs/v5/intro
"""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal
from typing import Any, Final

from daemon.paper_exchange.bybit.ids import order_uuid
from daemon.paper_exchange.execution import DELEVERAGING, LIQUIDATION, REDUCE_ONLY
from daemon.paper_exchange.instruments import InstrumentSpec
from daemon.paper_exchange.liquidation import SETTLEMENT
from daemon.paper_exchange.orders import (
    ConditionalOrder,
    Direction,
    Order,
    OrderKind,
    OrderStatus,
    PositionSide,
    Side,
    TimeInForce,
    TriggerBy,
    TriggerStatus,
)

Json = dict[str, Any]

SIDES: Final = {Side.BUY: "Buy", Side.SELL: "Sell"}
KINDS: Final = {OrderKind.MARKET: "Market", OrderKind.LIMIT: "Limit"}
TIMES_IN_FORCE: Final = {
    TimeInForce.GTC: "GTC",
    TimeInForce.IOC: "IOC",
    TimeInForce.FOK: "FOK",
    TimeInForce.POST_ONLY: "PostOnly",
}
TRIGGERS: Final = {
    TriggerBy.LAST: "LastPrice",
    TriggerBy.MARK: "MarkPrice",
    TriggerBy.INDEX: "IndexPrice",
}
POSITION_INDEX: Final = {PositionSide.BOTH: 0, PositionSide.LONG: 1, PositionSide.SHORT: 2}
DIRECTIONS: Final = {Direction.RISING: 1, Direction.FALLING: 2}

_MONEY: Final = Decimal("1E-8")

ORDER_STATUSES: Final = {
    OrderStatus.NEW: "New",
    OrderStatus.PARTIALLY_FILLED: "PartiallyFilled",
    OrderStatus.FILLED: "Filled",
    OrderStatus.CANCELED: "Cancelled",
    OrderStatus.EXPIRED: "Cancelled",
}
TRIGGER_STATUSES: Final = {
    TriggerStatus.WAITING: "Untriggered",
    TriggerStatus.TRIGGERED: "Triggered",
    TriggerStatus.FINISHED: "Triggered",
    TriggerStatus.CANCELED: "Deactivated",
    TriggerStatus.EXPIRED: "Deactivated",
    TriggerStatus.REJECTED: "Rejected",
}

# Orders of the exchange's own, by the engine's reason: who made them, and what they trade as.
_BY_EXCHANGE: Final = {
    LIQUIDATION: ("CreateByLiq", "BustTrade"),
    DELEVERAGING: ("CreateByAdl_PassThrough", "AdlTrade"),
    SETTLEMENT: ("CreateBySettle", "Settle"),
}
_CANCEL_TYPES: Final = {
    LIQUIDATION: "CancelByPrepareLiq",
    SETTLEMENT: "CancelBySettle",
    REDUCE_ONLY: "CancelByReduceOnly",
}

# Words that the dialect leaves on an order for its own answers.
LABEL_CREATE_TYPE: Final = "createType"
LABEL_STOP_TYPE: Final = "stopOrderType"
LABEL_BOUND_PRICE: Final = "boundPrice"
LABEL_STOP_LOSS: Final = "stopLoss"
LABEL_TAKE_PROFIT: Final = "takeProfit"
LABEL_STOP_LOSS_BY: Final = "slTriggerBy"
LABEL_TAKE_PROFIT_BY: Final = "tpTriggerBy"
LABEL_STOP_LOSS_LIMIT: Final = "slLimitPrice"
LABEL_TAKE_PROFIT_LIMIT: Final = "tpLimitPrice"
LABEL_STOP_MODE: Final = "tpslMode"
LABEL_PARENT: Final = "parentOrderId"
LABEL_LAST_PRICE: Final = "lastPriceOnCreated"
LABEL_CLOSE_ON_TRIGGER: Final = "closeOnTrigger"


def text(number: Decimal) -> str:
    """Write a number with all of its digits, without an exponent or trailing zeros."""
    if not number:
        return "0"
    plain = format(number, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def money_text(amount: Decimal) -> str:
    """Write an amount of money with at most eight decimals; what is beyond them is cut."""
    return text(amount.quantize(_MONEY, rounding=ROUND_DOWN))


def price_text(price: Decimal | None, spec: InstrumentSpec) -> str:
    """Write a price with the decimals of the contract's tick; empty for none."""
    return "" if price is None else format(price.quantize(spec.tick_size), "f")


def order_row(order: Order, conditional: ConditionalOrder | None, spec: InstrumentSpec) -> Json:
    """Shape an order in the market; with the conditional order that placed it, if any."""
    row = _common(order.labels, order.symbol, order.side, order.kind, order.position_side)
    price = order.price if order.price is not None else bound_price(order.labels)
    cancelled = order.status in (OrderStatus.CANCELED, OrderStatus.EXPIRED)
    row |= {
        "orderId": order_uuid(order.order_id),
        "orderLinkId": link_id(order),
        "price": price_text(price, spec) or "0",
        "qty": text(order.quantity),
        "orderStatus": ORDER_STATUSES[order.status],
        "cancelType": _cancel_type(order) if cancelled else "UNKNOWN",
        "rejectReason": _reject_reason(
            order.reason, is_by_request=order.status is OrderStatus.CANCELED
        ),
        "avgPrice": text(order.average_price) if order.filled_quantity else "",
        "leavesQty": text(order.remaining) if order.is_open else "0",
        "leavesValue": text(order.remaining * price) if order.is_open and price else "0",
        "cumExecQty": text(order.filled_quantity),
        "cumExecValue": text(order.filled_notional),
        "cumExecFee": text(order.commission),
        "cumFeeDetail": {"USDT": text(order.commission)} if order.commission else {},
        "timeInForce": TIMES_IN_FORCE[order.time_in_force],
        "reduceOnly": order.reduce_only,
        "createType": create_type(order),
        "createdTime": str(order.created_ms),
        "updatedTime": str(order.updated_ms),
    }
    if conditional is not None:
        row |= _trigger_part(conditional, spec)
        row["createdTime"] = str(conditional.created_ms)
    return row


def conditional_row(
    conditional: ConditionalOrder, spec: InstrumentSpec, *, position_quantity: Decimal
) -> Json:
    """Shape a conditional order that has not placed anything.

    Args:
        position_quantity: what a stop of the whole position would close, as an absolute value.
    """
    request = conditional.request.order
    quantity = position_quantity if conditional.request.close_position else request.quantity
    row = _common(request.labels, request.symbol, request.side, request.kind, request.position_side)
    price = request.price if request.price is not None else Decimal(0)
    row |= {
        "orderId": order_uuid(conditional.conditional_id),
        "orderLinkId": request.client_order_id,
        "price": price_text(price, spec) if price else "0",
        "qty": text(quantity),
        "orderStatus": TRIGGER_STATUSES[conditional.status],
        "cancelType": "UNKNOWN" if conditional.is_open else "CancelByUser",
        "rejectReason": _reject_reason(
            conditional.reason if conditional.status is TriggerStatus.REJECTED else ""
        ),
        "avgPrice": "",
        "leavesQty": text(quantity) if conditional.is_open else "0",
        "leavesValue": text(quantity * price) if conditional.is_open else "0",
        "cumExecQty": "0",
        "cumExecValue": "0",
        "cumExecFee": "0",
        "cumFeeDetail": {},
        "timeInForce": TIMES_IN_FORCE[request.time_in_force],
        "reduceOnly": request.reduce_only or conditional.request.close_position,
        "createdTime": str(conditional.created_ms),
        "updatedTime": str(conditional.updated_ms),
    }
    return row | _trigger_part(conditional, spec)


def _common(
    labels: dict[str, str], symbol: str, side: Side, kind: OrderKind, position_side: PositionSide
) -> Json:
    return {
        "symbol": symbol,
        "side": SIDES[side],
        "orderType": KINDS[kind],
        "blockTradeId": "",
        "isLeverage": "",
        "positionIdx": POSITION_INDEX[position_side],
        "orderIv": "",
        "stopOrderType": labels.get(LABEL_STOP_TYPE, ""),
        "createType": labels.get(LABEL_CREATE_TYPE, "CreateByUser"),
        "triggerPrice": "",
        "triggerDirection": 0,
        "triggerBy": "",
        "takeProfit": labels.get(LABEL_TAKE_PROFIT, ""),
        "stopLoss": labels.get(LABEL_STOP_LOSS, ""),
        "tpTriggerBy": labels.get(LABEL_TAKE_PROFIT_BY, ""),
        "slTriggerBy": labels.get(LABEL_STOP_LOSS_BY, ""),
        "tpslMode": _stop_mode(labels),
        "tpLimitPrice": labels.get(LABEL_TAKE_PROFIT_LIMIT, ""),
        "slLimitPrice": labels.get(LABEL_STOP_LOSS_LIMIT, ""),
        "ocoTriggerBy": "",
        "lastPriceOnCreated": labels.get(LABEL_LAST_PRICE, ""),
        "closeOnTrigger": labels.get(LABEL_CLOSE_ON_TRIGGER) == "true",
        "placeType": "",
        "smpType": "None",
        "smpGroup": 0,
        "smpOrderId": "",
        "slippageToleranceType": "UNKNOWN",
        "slippageTolerance": "",
        "extraFees": "",
    }


def _stop_mode(labels: dict[str, str]) -> str:
    """Tell whether the stops of an order are for all of the position or for a part."""
    if LABEL_STOP_MODE in labels:
        return labels[LABEL_STOP_MODE]
    stops = {LABEL_STOP_LOSS, LABEL_TAKE_PROFIT, LABEL_STOP_TYPE}
    return "Full" if labels.keys() & stops else ""


def _trigger_part(conditional: ConditionalOrder, spec: InstrumentSpec) -> Json:
    return {
        "triggerPrice": price_text(trigger_price(conditional), spec),
        "triggerDirection": DIRECTIONS[conditional.request.direction],
        "triggerBy": TRIGGERS[conditional.request.trigger_by],
    }


def trigger_price(conditional: ConditionalOrder) -> Decimal:
    """Return where a conditional order triggers; a trailing stop's price moves with its extreme."""
    request = conditional.request
    distance, best = request.callback_distance, conditional.extreme_price
    if distance is None or best is None:
        return request.trigger_price
    return best - distance if request.direction is Direction.FALLING else best + distance


def link_id(order: Order) -> str:
    """Return the client's id; what the exchange itself ordered (a liquidation) has none."""
    return order.client_order_id if LABEL_LAST_PRICE in order.labels else ""


def create_type(order: Order) -> str:
    """Return who made an order: its owner, a stop, or the exchange itself."""
    if LABEL_LAST_PRICE not in order.labels and order.reason in _BY_EXCHANGE:
        return _BY_EXCHANGE[order.reason][0]
    return order.labels.get(LABEL_CREATE_TYPE, "CreateByUser")


def execution_type(order: Order | None) -> str:
    """Return what kind of trade an order makes."""
    if order is None or LABEL_LAST_PRICE in order.labels:
        return "Trade"
    return _BY_EXCHANGE.get(order.reason, ("", "Trade"))[1]


def bound_price(labels: dict[str, str]) -> Decimal | None:
    """Return how far a market order may go, which Bybit shows as its price."""
    bound = labels.get(LABEL_BOUND_PRICE)
    return Decimal(bound) if bound else None


def _cancel_type(order: Order) -> str:
    by_user = order.status is OrderStatus.CANCELED and not order.reason
    return "CancelByUser" if by_user else _CANCEL_TYPES.get(order.reason, "UNKNOWN")


def _reject_reason(reason: str, *, is_by_request: bool = False) -> str:
    if not reason:
        return "EC_PerCancelRequest" if is_by_request else "EC_NoError"
    return {
        "NO_DEPTH": "EC_NoImmediateQtyToFill",
        "POST_ONLY_CROSSES": "EC_PostOnlyWillTakeLiquidity",
        "FILL_OR_KILL_UNFILLABLE": "EC_NoImmediateQtyToFill",
        "INSUFFICIENT_MARGIN": "EC_AvailableBalanceIsZero",
        "REDUCE_ONLY_REJECTED": "EC_ReduceOnlyOrderIsInvalid",
    }.get(reason, "EC_Others" if reason.isupper() else "EC_NoError")

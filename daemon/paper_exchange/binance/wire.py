"""Payloads of orders, conditional orders, trades and money rows."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_DOWN, Decimal
from typing import Any, Final

from daemon.paper_exchange.accounts import LedgerRow, LedgerType
from daemon.paper_exchange.instruments import InstrumentSpec
from daemon.paper_exchange.orders import (
    ZERO,
    ConditionalOrder,
    Order,
    OrderKind,
    OrderStatus,
    Side,
    TimeInForce,
    Trade,
    TriggerBy,
    TriggerStatus,
)
from daemon.paper_exchange.state import ASSET, ExchangeState

TIME_IN_FORCE: Final = {
    TimeInForce.GTC: "GTC",
    TimeInForce.IOC: "IOC",
    TimeInForce.FOK: "FOK",
    TimeInForce.POST_ONLY: "GTX",
    TimeInForce.GTD: "GTD",
}
ALGO_STATUS: Final = {
    TriggerStatus.WAITING: "NEW",
    TriggerStatus.TRIGGERED: "TRIGGERED",
    TriggerStatus.FINISHED: "FINISHED",
    TriggerStatus.CANCELED: "CANCELED",
    TriggerStatus.EXPIRED: "EXPIRED",
    TriggerStatus.REJECTED: "REJECTED",
}
FORCED: Final = ("autoclose-", "adl_autoclose", "settlement_autoclose-")
"""How the client order ids of the exchange's own orders begin."""
WORKING_TYPE: Final = {
    TriggerBy.LAST: "CONTRACT_PRICE",
    TriggerBy.MARK: "MARK_PRICE",
    TriggerBy.INDEX: "INDEX_PRICE",
}
INCOME_TYPE: Final = {
    LedgerType.TRANSFER: "TRANSFER",
    LedgerType.COMMISSION: "COMMISSION",
    LedgerType.REALISED_PNL: "REALIZED_PNL",
    LedgerType.FUNDING: "FUNDING_FEE",
    LedgerType.INSURANCE_CLEAR: "INSURANCE_CLEAR",
}
REASON_TEXT: Final = {
    "REDUCE_ONLY_REJECTED": "Reduce Only reject",
    "INSUFFICIENT_MARGIN": "Margin is insufficient.",
    "NO_POSITION": "There is no position to close",
}


def plain(value: Decimal, decimals: int | None = None) -> str:
    """Write a number without exponent; with decimals given, cut to so many."""
    if decimals is not None:
        value = value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_DOWN)
    text = f"{value:f}"
    return text[1:] if text.startswith("-") and not value else text


def money(value: Decimal) -> str:
    """Write an amount with eight decimals, cut and not rounded."""
    return plain(value, 8)


def average_decimals(spec: InstrumentSpec) -> int:
    """Return how many decimals an average price is shown with."""
    return max(5, spec.price_precision + 2)


def is_forced(order: Order) -> bool:
    """Tell whether the exchange placed an order to close a position."""
    return order.client_order_id.startswith(FORCED)


def wire_type(order: Order) -> tuple[str, str]:
    """Return type and original type of an order; forced ones show as limit orders."""
    if is_forced(order):
        return "LIMIT", "LIMIT"
    kind = "LIMIT" if order.kind is OrderKind.LIMIT else "MARKET"
    return kind, order.labels.get("type", kind)


def wire_time_in_force(order: Order) -> str:
    """Return the time in force; a market order shows GTC."""
    if order.kind is OrderKind.MARKET and not is_forced(order):
        return "GTC"
    return TIME_IN_FORCE[order.time_in_force]


def wire_price(order: Order) -> Decimal:
    """Return the price of an order; a forced one's is what it got."""
    if order.price is None:
        return order.average_price if is_forced(order) else ZERO
    return order.price


def self_trade_mode(labels: Mapping[str, str]) -> str:
    """Return how an order avoids trading with its own account."""
    return labels.get("selfTradePreventionMode", "EXPIRE_MAKER")


def good_till(labels: Mapping[str, str]) -> int:
    """Return the date of a GTD order as its client wrote it; 0 for every other."""
    return int(labels.get("goodTillDate", "0"))


def order_ack(spec: InstrumentSpec, order: Order, *, lean: bool, as_new: bool) -> dict[str, Any]:
    """Write the answer of an order's placement, amendment or cancellation.

    Args:
        lean: without average price, quote total and pair.
        as_new: as accepted, before any fill (newOrderRespType=ACK).
    """
    filled = ZERO if as_new else order.filled_quantity
    kind, original = wire_type(order)
    body: dict[str, Any] = {
        "orderId": order.order_id,
        "symbol": order.symbol,
        "status": OrderStatus.NEW if as_new else order.status,
        "clientOrderId": order.client_order_id,
        "price": plain(wire_price(order), spec.price_precision),
        "origQty": plain(order.quantity, spec.quantity_precision),
        "executedQty": plain(filled, spec.quantity_precision),
        "cumQty": plain(filled, spec.quantity_precision),
        "timeInForce": wire_time_in_force(order),
        "type": kind,
        "reduceOnly": order.reduce_only,
        "closePosition": order.labels.get("closePosition") == "true",
        "side": order.side,
        "positionSide": order.position_side,
        "stopPrice": order.labels.get("stopPrice", "0"),
        "workingType": order.labels.get("workingType", "CONTRACT_PRICE"),
        "priceProtect": order.labels.get("priceProtect") == "true",
        "origType": original,
        "priceMatch": order.labels.get("priceMatch", "NONE"),
        "selfTradePreventionMode": self_trade_mode(order.labels),
        "goodTillDate": good_till(order.labels),
        "updateTime": order.created_ms if as_new else order.updated_ms,
    }
    if original == "TRAILING_STOP_MARKET":
        body["activatePrice"] = order.labels.get("activatePrice", "0")
        body["priceRate"] = order.labels.get("callbackRate", "0")
    if not lean:
        average = ZERO if as_new else order.average_price
        body["avgPrice"] = plain(average, average_decimals(spec))
        body["cumQuote"] = plain(ZERO if as_new else order.filled_notional)
        body["pair"] = order.symbol
    return body


def order_row(spec: InstrumentSpec, order: Order) -> dict[str, Any]:
    """Write an order as the query endpoints do."""
    body = order_ack(spec, order, lean=False, as_new=False)
    del body["cumQty"]
    body["time"] = order.created_ms
    return body


def amendment_row(spec: InstrumentSpec, order: Order, count: int) -> dict[str, Any]:
    """Write one change of an order, counted from 1."""
    change = order.changes[count - 1]
    prices = (change.price_before, change.price_after)
    quantities = (change.quantity_before, change.quantity_after)
    body: dict[str, Any] = {
        "price": _change(prices, spec.price_precision),
        "origQty": _change(quantities, spec.quantity_precision),
        "count": count,
    }
    if change.reference is not None:
        body["modifyId"] = change.reference
    return {
        "amendmentId": order.order_id % 1_000_000 * 10_000 + count,
        "symbol": order.symbol,
        "pair": order.symbol,
        "orderId": order.order_id,
        "clientOrderId": order.client_order_id,
        "time": change.time_ms,
        "amendment": body,
    }


def _change(values: tuple[Decimal, Decimal], decimals: int) -> dict[str, str]:
    before, after = (plain(value, decimals) for value in values)
    return {"before": before, "after": after}


def algo_row(
    state: ExchangeState, conditional: ConditionalOrder, *, queried: bool
) -> dict[str, Any]:
    """Write a conditional order as the algo endpoints do."""
    request = conditional.request
    wanted = request.order
    spec = state.instruments[conditional.symbol]
    price = plain(wanted.price or ZERO, spec.price_precision)
    body: dict[str, Any] = {
        "algoId": conditional.conditional_id,
        "clientAlgoId": conditional.client_order_id,
        "algoType": "CONDITIONAL",
        "orderType": wanted.labels["type"],
        "symbol": conditional.symbol,
        "side": wanted.side,
        "positionSide": wanted.position_side,
        "timeInForce": wanted.labels.get("timeInForce", "GTC"),
        "quantity": plain(wanted.quantity, spec.quantity_precision),
        "algoStatus": ALGO_STATUS[conditional.status],
        "triggerPrice": plain(request.trigger_price, spec.price_precision),
        "price": price,
        "icebergQuantity": None,
        "selfTradePreventionMode": self_trade_mode(wanted.labels),
        "workingType": WORKING_TYPE[request.trigger_by],
        "priceMatch": wanted.labels.get("priceMatch", "NONE"),
        "closePosition": request.close_position,
        "priceProtect": wanted.labels.get("priceProtect") == "true",
        "reduceOnly": wanted.reduce_only and not request.close_position,
        "createTime": conditional.created_ms,
        "updateTime": conditional.updated_ms,
        "triggerTime": conditional.triggered_ms,
        "goodTillDate": good_till(wanted.labels),
    }
    if request.callback_rate is not None:
        body["callbackRate"] = wanted.labels["callbackRate"]
        body["activatePrice"] = plain(request.activation_price or ZERO)
    if queried:
        child = child_order(state, conditional)
        body["actualOrderId"] = str(conditional.order_id or "")
        average = child.average_price if child else ZERO
        body["actualPrice"] = plain(average, average_decimals(spec))
        body["actualQty"] = plain(child.filled_quantity if child else ZERO)
        body["actualType"] = wire_type(child)[0] if child else ""
    return body


def child_order(state: ExchangeState, conditional: ConditionalOrder) -> Order | None:
    """Return the order that a trigger placed."""
    account = state.accounts[conditional.api_key]
    return account.orders.get(conditional.order_id or -1)


def trade_row(trade: Trade) -> dict[str, Any]:
    """Write a trade as userTrades does."""
    return {
        "buyer": trade.side is Side.BUY,
        "commission": money(trade.commission),
        "commissionAsset": ASSET,
        "id": trade.trade_id,
        "maker": trade.is_maker,
        "orderId": trade.order_id,
        "price": plain(trade.price),
        "qty": plain(trade.quantity),
        "quoteQty": plain(trade.notional),
        "realizedPnl": money(trade.realised_pnl),
        "side": trade.side,
        "positionSide": trade.position_side,
        "symbol": trade.symbol,
        "pair": trade.symbol,
        "marginAsset": ASSET,
        "time": trade.time_ms,
    }


def income_row(row: LedgerRow) -> dict[str, Any]:
    """Write a money row as income does; tranId is unique only within a type."""
    return {
        "symbol": row.symbol,
        "incomeType": INCOME_TYPE[row.type],
        "income": money(row.amount),
        "asset": row.asset,
        "info": INCOME_TYPE[row.type],
        "time": row.time_ms,
        "tranId": row.transaction_id,
        "tradeId": str(row.trade_id) if row.trade_id is not None else "",
    }

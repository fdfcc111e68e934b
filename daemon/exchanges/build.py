"""Our order in an exchange's words, ready for ccxt's signer.

This is the hot path of a fan-out. ccxt's own `create_order` looks the market up, rounds through
strings and parses the answer; our quantities already stand on the instrument's grid, so only its
signer is used.

Sources: https://developers.binance.com/docs/derivatives/usds-margined-futures/trade/rest-api
(New-Order, New-Algo-Order, Modify-Order),
https://bybit-exchange.github.io/docs/v5/order/create-order and amend-order.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from daemon.exchanges.clients import Call
from patriot_app.core.domain.orders import (
    OrderIdentity,
    OrderRequest,
    OrderType,
    Side,
    TimeInForce,
)

_FAPI = ["fapiPrivate"]
_BYBIT = ["private"]

BINANCE_PLACE = Call(_FAPI, "order", "POST")
BINANCE_PLACE_CONDITIONAL = Call(_FAPI, "algoOrder", "POST")
BINANCE_CANCEL = Call(_FAPI, "order", "DELETE")
BINANCE_CANCEL_CONDITIONAL = Call(_FAPI, "algoOrder", "DELETE")
BINANCE_AMEND = Call(_FAPI, "order", "PUT")
BYBIT_AMEND = Call(_BYBIT, "v5/order/amend", "POST")
BINANCE_CANCEL_BATCH = Call(_FAPI, "batchOrders", "DELETE")
BYBIT_CANCEL_BATCH = Call(_BYBIT, "v5/order/cancel-batch", "POST")
BYBIT_PLACE = Call(_BYBIT, "v5/order/create", "POST")
BYBIT_CANCEL = Call(_BYBIT, "v5/order/cancel", "POST")

_BINANCE_TYPE = {OrderType.STOP_LIMIT: "STOP"}
"""Where their word for a type is not ours."""

_BINANCE_TIME_IN_FORCE = {
    TimeInForce.GTC: "GTC",
    TimeInForce.IOC: "IOC",
    TimeInForce.FOK: "FOK",
    TimeInForce.POST_ONLY: "GTX",
}
_BYBIT_TIME_IN_FORCE = {
    TimeInForce.GTC: "GTC",
    TimeInForce.IOC: "IOC",
    TimeInForce.FOK: "FOK",
    TimeInForce.POST_ONLY: "PostOnly",
}
_BYBIT_SIDE = {Side.BUY: "Buy", Side.SELL: "Sell"}
_RISING = 1
_FALLING = 2


def plain(value: Decimal) -> str:
    """Return all digits without an exponent."""
    return format(value, "f")


def binance_order(request: OrderRequest) -> tuple[Call, dict[str, Any]]:
    """Build an order for one-way mode; conditional ones are algo orders there."""
    params: dict[str, Any] = {"symbol": request.symbol, "side": request.side.value}
    conditional = request.order_type.is_conditional
    kind = _BINANCE_TYPE.get(request.order_type, request.order_type.value)
    if conditional:
        assert request.trigger_price is not None
        params["algoType"] = "CONDITIONAL"
        params["type"] = kind
        params["triggerPrice"] = plain(request.trigger_price)
        params["workingType"] = "MARK_PRICE"
        params["clientAlgoId"] = request.client_order_id
    else:
        params["type"] = kind
        params["newClientOrderId"] = request.client_order_id
    if request.price is not None:
        params["price"] = plain(request.price)
        params["timeInForce"] = _BINANCE_TIME_IN_FORCE[request.time_in_force or TimeInForce.GTC]
    if request.close_position:
        params["closePosition"] = "true"
    else:
        assert request.quantity is not None
        params["quantity"] = plain(request.quantity)
        if request.reduce_only:
            params["reduceOnly"] = "true"
    return (BINANCE_PLACE_CONDITIONAL if conditional else BINANCE_PLACE), params


def bybit_order(request: OrderRequest) -> tuple[Call, dict[str, Any]]:
    """Build an order; the protective stop of an entry rides along with it."""
    params: dict[str, Any] = {
        "category": "linear",
        "symbol": request.symbol,
        "side": _BYBIT_SIDE[request.side],
        "orderType": "Market" if request.price is None else "Limit",
        "orderLinkId": request.client_order_id,
        "positionIdx": 0,
    }
    if request.price is not None:
        params["price"] = plain(request.price)
        params["timeInForce"] = _BYBIT_TIME_IN_FORCE[request.time_in_force or TimeInForce.GTC]
    if request.order_type.is_conditional:
        assert request.trigger_price is not None
        params["triggerPrice"] = plain(request.trigger_price)
        params["triggerBy"] = "MarkPrice"
        params["triggerDirection"] = _trigger_direction(request)
    if request.close_position:
        # Quantity 0 with both flags closes whatever the position is when it triggers.
        params["qty"] = "0"
        params["closeOnTrigger"] = True
        params["reduceOnly"] = True
    else:
        assert request.quantity is not None
        params["qty"] = plain(request.quantity)
        if request.reduce_only:
            params["reduceOnly"] = True
    if request.stop_loss is not None:
        params["stopLoss"] = plain(request.stop_loss)
        params["slTriggerBy"] = "MarkPrice"
        params["tpslMode"] = "Full"
    return BYBIT_PLACE, params


def binance_cancel(identity: OrderIdentity) -> tuple[Call, dict[str, Any]]:
    """Cancel by our id; by theirs where there is none of ours."""
    params: dict[str, Any] = {"symbol": identity.symbol}
    if identity.is_conditional:
        _either(params, identity, ours="clientAlgoId", theirs="algoId")
        return BINANCE_CANCEL_CONDITIONAL, params
    _either(params, identity, ours="origClientOrderId", theirs="orderId")
    return BINANCE_CANCEL, params


def bybit_cancel(identity: OrderIdentity) -> tuple[Call, dict[str, Any]]:
    """Cancel by our id; by theirs where there is none of ours (an attached stop)."""
    params: dict[str, Any] = {"category": "linear", "symbol": identity.symbol}
    _either(params, identity, ours="orderLinkId", theirs="orderId")
    return BYBIT_CANCEL, params


def binance_cancel_batch(identities: Sequence[OrderIdentity]) -> tuple[Call, dict[str, Any]]:
    """Cancel several orders of one symbol by our ids; conditional ones have no batch there."""
    symbol = identities[0].symbol
    assert all(each.symbol == symbol and not each.is_conditional for each in identities)
    # The spelling that ccxt signs as Binance wants it.
    ids = [each.client_order_id for each in identities]
    return BINANCE_CANCEL_BATCH, {"symbol": symbol, "origclientorderidlist": ids}


def bybit_cancel_batch(identities: Sequence[OrderIdentity]) -> tuple[Call, dict[str, Any]]:
    """Cancel several orders by our ids."""
    request = [{"symbol": each.symbol, "orderLinkId": each.client_order_id} for each in identities]
    return BYBIT_CANCEL_BATCH, {"category": "linear", "request": request}


def binance_amend(
    identity: OrderIdentity, *, side: Side, price: Decimal, quantity: Decimal
) -> tuple[Call, dict[str, Any]]:
    """Change a resting limit order; Binance wants side, price and quantity whatever changes."""
    params: dict[str, Any] = {
        "symbol": identity.symbol,
        "side": side.value,
        "price": plain(price),
        "quantity": plain(quantity),
    }
    _either(params, identity, ours="origClientOrderId", theirs="orderId")
    return BINANCE_AMEND, params


def bybit_amend(
    identity: OrderIdentity, *, price: Decimal, quantity: Decimal
) -> tuple[Call, dict[str, Any]]:
    """Change a resting limit order; its attached stop stays."""
    params: dict[str, Any] = {
        "category": "linear",
        "symbol": identity.symbol,
        "price": plain(price),
        "qty": plain(quantity),
    }
    _either(params, identity, ours="orderLinkId", theirs="orderId")
    return BYBIT_AMEND, params


def _either(params: dict[str, Any], identity: OrderIdentity, *, ours: str, theirs: str) -> None:
    if identity.client_order_id:
        params[ours] = identity.client_order_id
    else:
        assert identity.exchange_order_id
        params[theirs] = identity.exchange_order_id


def _trigger_direction(request: OrderRequest) -> int:
    is_target = request.order_type is OrderType.TAKE_PROFIT_MARKET
    falls = (request.side is Side.SELL) != is_target
    return _FALLING if falls else _RISING

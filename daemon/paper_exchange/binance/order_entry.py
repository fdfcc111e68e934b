"""Reading an order from its parameters."""

from __future__ import annotations

import secrets
from typing import Final

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.binance.call import Call
from daemon.paper_exchange.binance.codes import WireError, missing
from daemon.paper_exchange.binance.parameters import Parameters
from daemon.paper_exchange.orders import OrderKind, OrderRequest, Side, TimeInForce

CONDITIONAL_TYPES: Final = frozenset(
    {"STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET"}
)
_TIME_IN_FORCE: Final = {
    "GTC": TimeInForce.GTC,
    "IOC": TimeInForce.IOC,
    "FOK": TimeInForce.FOK,
    "GTX": TimeInForce.POST_ONLY,
}


def read_order(call: Call, parameters: Parameters) -> OrderRequest:
    """Read an order from its parameters."""
    symbol = parameters.required("symbol")
    call.market_of(symbol)
    side = read_side(parameters)
    kind = parameters.required("type")
    if kind in CONDITIONAL_TYPES:
        raise WireError(
            -4120,
            "Order type not supported for this endpoint. Please use the Algo Order API "
            "endpoints instead.",
        )
    if kind not in {"MARKET", "LIMIT"}:
        raise WireError(-1116, "Invalid orderType.")
    check_position_side(call.account, parameters)
    quantity = parameters.decimal("quantity")
    if quantity is None:
        raise missing("quantity")
    client_order_id = parameters.client_id("newClientOrderId") or secrets.token_hex(11)
    labels = {"type": kind}
    if kind == "MARKET":
        if parameters.text("price"):
            raise WireError(-1106, "Parameter 'price' sent when not required.")
        return OrderRequest(
            symbol=symbol,
            side=side,
            kind=OrderKind.MARKET,
            quantity=quantity,
            time_in_force=TimeInForce.IOC,
            reduce_only=parameters.flag("reduceOnly"),
            client_order_id=client_order_id,
            labels=labels,
        )
    price = parameters.decimal("price")
    if price is None:
        raise missing("price")
    return OrderRequest(
        symbol=symbol,
        side=side,
        kind=OrderKind.LIMIT,
        quantity=quantity,
        price=price,
        time_in_force=read_time_in_force(parameters.required("timeInForce")),
        reduce_only=parameters.flag("reduceOnly"),
        client_order_id=client_order_id,
        labels=labels,
    )


def read_side(parameters: Parameters) -> Side:
    """Read BUY or SELL."""
    try:
        return Side(parameters.required("side"))
    except ValueError:
        raise WireError(-1117, "Invalid side.") from None


def read_time_in_force(word: str) -> TimeInForce:
    """Read a time in force; dated orders are not offered."""
    try:
        return _TIME_IN_FORCE[word]
    except KeyError:
        raise WireError(-1115, "Invalid timeInForce.") from None


def check_position_side(account: Account, parameters: Parameters) -> None:
    """Refuse a position side that does not fit the account's mode."""
    side = parameters.text("positionSide") or "BOTH"
    if side not in {"BOTH", "LONG", "SHORT"}:
        raise WireError(-4060, "Invalid position side.")
    if account.hedge_mode or side != "BOTH":
        raise WireError(-4061, "Order's position side does not match user's setting.")

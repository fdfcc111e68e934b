"""Reading an order from its parameters."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Final

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.binance.call import Call
from daemon.paper_exchange.binance.codes import WireError, missing, unwanted
from daemon.paper_exchange.binance.parameters import Parameters
from daemon.paper_exchange.orders import (
    OrderKind,
    OrderRequest,
    PositionSide,
    Side,
    TimeInForce,
)

CONDITIONAL_TYPES: Final = frozenset(
    {"STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET"}
)
TIME_IN_FORCE: Final = {
    "GTC": TimeInForce.GTC,
    "IOC": TimeInForce.IOC,
    "FOK": TimeInForce.FOK,
    "GTX": TimeInForce.POST_ONLY,
    "GTD": TimeInForce.GTD,
}
SHORTEST_GOOD_TILL_MS: Final = 600_000
LAST_GOOD_TILL_MS: Final = 253_402_300_799_000
_RESPONSES: Final = frozenset({"ACK", "RESULT"})
_SELF_TRADE_MODES: Final = frozenset({"NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH"})
_MATCHED_LEVELS: Final = {"": 1, "_5": 5, "_10": 10, "_20": 20}


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
    position_side, reduce_only = read_position(call.account, parameters)
    _check_strays(parameters, kind)
    labels = read_labels(parameters, kind)
    quantity = parameters.decimal("quantity")
    if quantity is None:
        raise missing("quantity")
    client_order_id = parameters.client_id("newClientOrderId") or own_client_id(call)
    if kind == "MARKET":
        return OrderRequest(
            symbol=symbol,
            side=side,
            kind=OrderKind.MARKET,
            quantity=quantity,
            time_in_force=TimeInForce.IOC,
            reduce_only=reduce_only,
            client_order_id=client_order_id,
            labels=labels,
            position_side=position_side,
        )
    time_in_force = read_time_in_force(parameters.required("timeInForce"))
    return OrderRequest(
        symbol=symbol,
        side=side,
        kind=OrderKind.LIMIT,
        quantity=quantity,
        price=_read_price(call, parameters, side),
        time_in_force=time_in_force,
        reduce_only=reduce_only,
        client_order_id=client_order_id,
        labels=labels,
        position_side=position_side,
        good_till_ms=read_good_till(call, parameters, time_in_force),
    )


def own_client_id(call: Call) -> str:
    """Make the client order id of an order that has none: the same again for the same history."""
    sequences = call.engine.state.sequences
    key = f"{call.account.uid}:{sequences.order}:{sequences.conditional}"
    return hashlib.blake2b(key.encode(), digest_size=11).hexdigest()


def read_side(parameters: Parameters) -> Side:
    """Read BUY or SELL."""
    try:
        return Side(parameters.required("side"))
    except ValueError:
        raise WireError(-1117, "Invalid side.") from None


def read_time_in_force(word: str) -> TimeInForce:
    """Read a time in force."""
    try:
        return TIME_IN_FORCE[word]
    except KeyError:
        raise WireError(-1115, "Invalid timeInForce.") from None


def read_position(account: Account, parameters: Parameters) -> tuple[PositionSide, bool]:
    """Read which position an order is for and whether it may only shrink it.

    In hedge mode the position says what shrinks it, and reduceOnly has no place.
    """
    try:
        side = PositionSide(parameters.text("positionSide") or "BOTH")
    except ValueError:
        raise WireError(-4060, "Invalid position side.") from None
    if account.hedge_mode is (side is PositionSide.BOTH):
        raise WireError(-4061, "Order's position side does not match user's setting.")
    reduce_only = parameters.flag("reduceOnly")
    if reduce_only and account.hedge_mode:
        raise unwanted("reduceOnly")
    return side, reduce_only


def read_good_till(call: Call, parameters: Parameters, time_in_force: TimeInForce) -> int:
    """Read the date of a GTD order, which clients write in the server's time, as market time."""
    if time_in_force is not TimeInForce.GTD:
        return 0
    date_ms = parameters.integer("goodTillDate")
    if date_ms is None:
        raise missing("goodTillDate")
    now_ms = call.dialect.host.wall_ms()
    if not now_ms + SHORTEST_GOOD_TILL_MS < date_ms < LAST_GOOD_TILL_MS:
        raise WireError(
            -5040,
            "The goodTillDate timestamp must be greater than the current time plus 600 seconds "
            "and smaller than 253402300799000 (UTC 9999-12-31 23:59:59)",
        )
    clock = call.dialect.host.clock
    return call.engine.enter() + int((date_ms // 1000 * 1000 - now_ms) * clock.speed)


def read_labels(parameters: Parameters, kind: str) -> dict[str, str]:
    """Check the words that only the answers repeat, and keep them."""
    response = parameters.text("newOrderRespType")
    if response and response not in _RESPONSES:
        raise WireError(-1136, "Invalid newOrderRespType.")
    labels = {"type": kind}
    if mode := parameters.text("selfTradePreventionMode"):
        if mode not in _SELF_TRADE_MODES:
            raise WireError(-5039, "Invalid self trade prevention mode")
        labels["selfTradePreventionMode"] = mode
    if (match := parameters.text("priceMatch")) and match != "NONE":
        labels["priceMatch"] = match
    if parameters.text("timeInForce") == "GTD":
        date_ms = parameters.integer("goodTillDate", 0) or 0
        labels["goodTillDate"] = str(date_ms // 1000 * 1000)
    return labels


def _check_strays(parameters: Parameters, kind: str) -> None:
    """Refuse parameters that belong to other kinds of orders."""
    if parameters.flag("closePosition"):
        text = f"Target strategy invalid for orderType {kind},closePosition true"
        raise WireError(-4136, text)
    strays = ["stopPrice", "activationPrice", "callbackRate"]
    if kind == "MARKET":
        strays += ["price", "timeInForce"]
    for name in strays:
        if parameters.text(name):
            raise unwanted(name)


def _read_price(call: Call, parameters: Parameters, side: Side) -> Decimal:
    """Read a limit price, or take it from the book as priceMatch says."""
    price = parameters.decimal("price")
    match = parameters.text("priceMatch")
    if not match or match == "NONE":
        if price is None:
            raise missing("price")
        return price
    if price is not None:
        raise unwanted("price")
    word, _, level = match.partition("_")
    depth = _MATCHED_LEVELS.get(f"_{level}" if level else "")
    if word not in {"OPPONENT", "QUEUE"} or depth is None:
        raise WireError(-5037, "Invalid price match")
    call.engine.enter()
    market = call.market_of(parameters.required("symbol"))
    asks = (side is Side.BUY) is (word == "OPPONENT")
    levels = market.levels(asks=asks, depth=depth)
    if len(levels) < depth:
        raise WireError(-5041, "No depth matches this BBO order")
    return levels[depth - 1][0]

"""Read Bybit's order parameters into the engine's requests.

Source: https://bybit-exchange.github.io/docs/v5/order/create-order
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final, TypeVar

from daemon.paper_exchange.bybit import wire
from daemon.paper_exchange.bybit.errors import BybitError, Code, parameter_error
from daemon.paper_exchange.bybit.ids import is_link_id
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
from daemon.paper_exchange.watching import watched_price

Body = Mapping[str, Any]
T = TypeVar("T")

SIDES: Final = {word: side for side, word in wire.SIDES.items()}
KINDS: Final = {word: kind for kind, word in wire.KINDS.items()}
TIMES_IN_FORCE: Final = {word: time for time, word in wire.TIMES_IN_FORCE.items()}
TRIGGERS: Final = {
    "LastPrice": TriggerBy.LAST,
    "MarkPrice": TriggerBy.MARK,
    "IndexPrice": TriggerBy.INDEX,
}
POSITION_SIDES: Final = {number: side for side, number in wire.POSITION_INDEX.items()}
DIRECTIONS: Final = {"1": Direction.RISING, "2": Direction.FALLING}
_NUMBER: Final = re.compile(r"\+?(\d{1,18}(\.\d{0,18})?|\.\d{1,18})(?:[eE][+-]?\d{1,2})?", re.ASCII)
_NUMBER_MAX: Final = Decimal(10) ** 18
_WHOLE: Final = re.compile(r"-?\d{1,15}", re.ASCII)
FULL: Final = "Full"
PARTIAL: Final = "Partial"
STOP_LABELS: Final = (
    (wire.LABEL_STOP_LOSS, wire.LABEL_STOP_LOSS_BY, wire.LABEL_STOP_LOSS_LIMIT),
    (wire.LABEL_TAKE_PROFIT, wire.LABEL_TAKE_PROFIT_BY, wire.LABEL_TAKE_PROFIT_LIMIT),
)
"""The names of an attached stop's price, of what it watches and of its limit; labels are so named."""
MARKET_BOUND: Final = Decimal("0.05")
"""A market order is an IOC order at most this far from the last price."""


def read_order(body: Body, market: Market) -> OrderRequest | ConditionalRequest:
    """Read the body of order/create.

    Raises:
        BybitError: 10001 with the parameter's name; 110092 or 110093 for a trigger price on
            the wrong side.
    """
    require_linear(body)
    side = _word(body, "side", SIDES, "Side")
    kind = _word(body, "orderType", KINDS, "OrderType")
    link_id = str(body.get("orderLinkId") or "")
    if link_id and not is_link_id(link_id):
        raise parameter_error("params error: OrderLinkId Invalid")
    quantity = amount(body, "qty")
    if quantity is None:
        raise parameter_error("params error: Qty Invalid")
    close_on_trigger = flag(body, "closeOnTrigger")
    request = OrderRequest(
        symbol=market.spec.symbol,
        side=side,
        kind=kind,
        quantity=quantity,
        price=amount(body, "price") if kind is OrderKind.LIMIT else None,
        time_in_force=_time_in_force(body, kind),
        reduce_only=flag(body, "reduceOnly") or close_on_trigger,
        client_order_id=link_id,
        labels=_labels(body, market, side, kind),
        position_side=position_side(body),
    )
    if amount(body, "triggerPrice") in (None, ZERO):
        return request
    if request.labels.keys() & {wire.LABEL_STOP_LOSS, wire.LABEL_TAKE_PROFIT}:
        raise BybitError(Code.TPSL_MIXED)
    return _conditional(body, market, request)


def check_stop_side(
    *, side: Side, base_price: Decimal, stop_loss: Decimal | None, take_profit: Decimal | None
) -> None:
    """Refuse an attached stop on the wrong side of the price it is measured from."""
    position = "Buy" if side is Side.BUY else "Sell"
    for name, price, is_loss in (
        ("StopLoss", stop_loss, True),
        ("TakeProfit", take_profit, False),
    ):
        if not price:
            continue
        lower = (side is Side.BUY) is is_loss
        if (price >= base_price) if lower else (price <= base_price):
            raise parameter_error(
                f"{name}:{wire.text(price)} set for {position} position should "
                f"{'lower' if lower else 'higher'} than base_price:{wire.text(base_price)}"
                "??LastPrice"
            )


def position_side(body: Body) -> PositionSide:
    """Read positionIdx: 0 in one-way mode, 1 and 2 for the long and the short position."""
    number = integer(body, "positionIdx", 0)
    if number not in POSITION_SIDES:
        raise parameter_error("params error: positionIdx Invalid")
    return POSITION_SIDES[number]


def require_linear(body: Body) -> None:
    """Refuse every category but linear."""
    if body.get("category") != "linear":
        raise parameter_error("params error: category is not supported")


def amount(body: Body, name: str) -> Decimal | None:
    """Read a number that may be a string; None when it is absent or empty."""
    value = body.get(name)
    if value is None or value == "":
        return None
    text = str(value)
    # A number that is longer than any amount of money is no number: it would cost time to work.
    if not _NUMBER.fullmatch(text):
        raise parameter_error(f"params error: {name} Invalid")
    number = Decimal(text)
    if number >= _NUMBER_MAX:
        raise parameter_error(f"params error: {name} Invalid")
    return number


def integer(body: Body, name: str, default: int) -> int:
    """Read a whole number that may be a string."""
    value = body.get(name)
    if value in (None, ""):
        return default
    text = str(value)
    if not _WHOLE.fullmatch(text):
        raise parameter_error(f"params error: {name} Invalid")
    return int(text)


def flag(body: Body, name: str) -> bool:
    """Read a boolean that some clients write as a string."""
    return str(body.get(name, False)).lower() == "true"


def trigger_by(body: Body, name: str) -> TriggerBy:
    """Read which price a trigger watches; the last price by default."""
    word = str(body.get(name) or "LastPrice")
    if word not in TRIGGERS:
        raise parameter_error(f"params error: {name} Invalid")
    return TRIGGERS[word]


def stop_mode(body: Body) -> str:
    """Read tpslMode: stops for all of the position by default, or for a part of it."""
    mode = str(body.get("tpslMode") or FULL)
    if mode not in (FULL, PARTIAL):
        raise parameter_error("params error: tpslMode Invalid")
    return mode


def stop_limit(body: Body, limit_name: str, mode: str) -> Decimal | None:
    """Read the price of a stop that sends a limit order; None for one at the market.

    Raises:
        BybitError: 10001; only a part of a position can be closed by a limit order.
    """
    kind = str(body.get(f"{limit_name[:2]}OrderType") or "Market")
    limit = amount(body, limit_name)
    if kind not in KINDS or (kind == "Limit") is not bool(limit):
        raise parameter_error(f"params error: {limit_name} Invalid")
    if limit and mode == FULL:
        raise parameter_error("params error: a stop of the whole position is at the market")
    return limit or None


def _word(body: Body, name: str, words: Mapping[str, T], title: str) -> T:
    value = str(body.get(name, ""))
    if value not in words:
        raise parameter_error(f"params error: {title} Invalid")
    return words[value]


def _time_in_force(body: Body, kind: OrderKind) -> TimeInForce:
    if kind is OrderKind.MARKET:
        return TimeInForce.IOC
    return _word({"timeInForce": "GTC"} | dict(body), "timeInForce", TIMES_IN_FORCE, "TimeInForce")


def _labels(body: Body, market: Market, side: Side, kind: OrderKind) -> dict[str, str]:
    """Keep the words that later answers repeat."""
    last = market.last_price
    labels = {wire.LABEL_LAST_PRICE: wire.price_text(last, market.spec)}
    if kind is OrderKind.MARKET:
        bound = market.round_to_tick(last * (1 + side.sign * MARKET_BOUND))
        labels[wire.LABEL_BOUND_PRICE] = wire.text(bound)
    if flag(body, "closeOnTrigger"):
        labels[wire.LABEL_CLOSE_ON_TRIGGER] = "true"
    base = amount(body, "price") if kind is OrderKind.LIMIT else last
    return labels | _stop_labels(body, market, side, base or last)


def amend_stops(
    labels: Mapping[str, str], body: Body, market: Market, side: Side, base: Decimal
) -> dict[str, str]:
    """Return an order's labels with the stops that an amendment sets, moves or (with 0) removes.

    Args:
        base: the order's price, which the stops are measured from.

    Raises:
        BybitError: 10001 for a stop on the wrong side, or a mode or trigger that does not exist.
    """
    changed = dict(labels)
    mode = {"tpslMode": labels.get(wire.LABEL_STOP_MODE)} | {
        name: value for name, value in body.items() if name == "tpslMode" and value
    }
    for name, by_name, limit_name in STOP_LABELS:
        price = amount(body, name)
        if price is None:
            continue
        for label in (name, by_name, limit_name):
            changed.pop(label, None)
        given = {key: body.get(key) for key in (by_name, limit_name, f"{limit_name[:2]}OrderType")}
        changed |= _stop_labels({name: price, **given, **mode}, market, side, base)
    if not changed.keys() & {wire.LABEL_STOP_LOSS, wire.LABEL_TAKE_PROFIT}:
        changed.pop(wire.LABEL_STOP_MODE, None)
    kept = {name: Decimal(changed[name]) for name, _, _ in STOP_LABELS if name in changed}
    check_stop_side(
        side=side,
        base_price=base,
        stop_loss=kept.get(wire.LABEL_STOP_LOSS),
        take_profit=kept.get(wire.LABEL_TAKE_PROFIT),
    )
    return changed


def _stop_labels(body: Body, market: Market, side: Side, base: Decimal) -> dict[str, str]:
    """Keep the stops that come with an order."""
    stop_loss, take_profit = amount(body, "stopLoss"), amount(body, "takeProfit")
    check_stop_side(side=side, base_price=base, stop_loss=stop_loss, take_profit=take_profit)
    labels: dict[str, str] = {}
    mode = stop_mode(body)
    for name, by_name, limit_name in STOP_LABELS:
        price = amount(body, name)
        if price:
            labels[name] = wire.price_text(price, market.spec)
            labels[by_name] = wire.TRIGGERS[trigger_by(body, by_name)]
            labels[wire.LABEL_STOP_MODE] = mode
            limit = stop_limit(body, limit_name, mode)
            if limit is not None:
                labels[limit_name] = wire.price_text(limit, market.spec)
    return labels


def _conditional(body: Body, market: Market, request: OrderRequest) -> ConditionalRequest:
    direction = _word(
        {"triggerDirection": str(body.get("triggerDirection", ""))},
        "triggerDirection",
        DIRECTIONS,
        "TriggerDirection",
    )
    price = amount(body, "triggerPrice")
    assert price is not None
    watches = trigger_by(body, "triggerBy")
    check_trigger_side(market, direction, price, watches)
    # Quantity 0 with both flags means: whatever the position is at the trigger.
    whole = not request.quantity and request.reduce_only and flag(body, "closeOnTrigger")
    labels = request.labels | {wire.LABEL_STOP_TYPE: "Stop"}
    return ConditionalRequest(
        order=replace(request, labels=labels),
        trigger_price=price,
        direction=direction,
        trigger_by=watches,
        close_position=whole,
    )


def check_trigger_side(
    market: Market, direction: Direction, price: Decimal, watches: TriggerBy
) -> None:
    """Refuse a trigger price that the watched price has passed already."""
    current = watched_price(market, watches)
    if direction is Direction.RISING and price <= current:
        raise BybitError(Code.EXPECT_RISING, wire.text(price), wire.text(current))
    if direction is Direction.FALLING and price >= current:
        raise BybitError(Code.EXPECT_FALLING, wire.text(price), wire.text(current))

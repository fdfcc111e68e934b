"""What each kind of fault needs beside whom it meets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from daemon.paper_exchange.faults import answers
from daemon.paper_exchange.faults.kinds import ANSWER_KINDS, SWARM_KINDS, FaultKind
from daemon.paper_exchange.fields import Fields, InvalidField

DELAY_MAX_S: Final = 600.0
BODY_MAX: Final = 1 << 20
K = FaultKind
Parameters = dict[str, Any]


def read_parameters(kind: FaultKind, fields: Fields) -> Parameters:
    """Read what a kind needs beside whom it meets."""
    if kind in ANSWER_KINDS:
        return _answer(kind, fields)
    reader = _READERS.get(kind)
    return reader(fields) if reader is not None else {}


def _answer(kind: FaultKind, fields: Fields) -> Parameters:
    parameters: Parameters = {}
    default = kind in answers.OUTCOME_OPEN
    parameters["accepted"] = fields.flag("accepted", default)
    if kind in {K.TOO_MANY_REQUESTS, K.ADDRESS_BANNED}:
        parameters["retry_after_s"] = fields.optional_integer("retry_after_s", most=3 * 86_400)
    if kind is K.MAINTENANCE:
        parameters["announced"] = fields.flag("announced", default=False)
        parameters["title"] = fields.text("title", "System upgrade", longest=200)
    if kind is K.REDIRECT:
        parameters["location"] = fields.text("location", "http://127.0.0.1:9/")
    return parameters


def _delay(fields: Fields) -> Parameters:
    return {"delay_s": fields.number("delay_s", 1.0, most=DELAY_MAX_S)}


def _accepted(fields: Fields) -> Parameters:
    return {"accepted": fields.flag("accepted", default=True)}


def _slow(fields: Fields) -> Parameters:
    return {"byte_s": fields.number("byte_s", 1.0, least=0.001, most=60.0)}


def _huge(fields: Fields) -> Parameters:
    megabytes = fields.integer("megabytes", 100, least=1, most=256)
    return {"megabytes": megabytes, **_accepted(fields)}


def _respond(fields: Fields) -> Parameters:
    headers = fields.mapping("headers")
    for name, value in headers.items():
        if not _is_header(name) or not _is_header(value):
            raise InvalidField("headers", "must hold short printable texts without line breaks")
    return {
        "status": fields.integer("status", 503, least=200, most=599),
        "body": fields.text("body", "", longest=BODY_MAX),
        "content_type": _header(fields.text("content_type", "application/json")),
        "headers": {str(name): str(value) for name, value in headers.items()},
        "delay_s": fields.number("delay_s", 0.0, most=DELAY_MAX_S),
    }


def _is_header(text: object) -> bool:
    return isinstance(text, str) and len(text) <= 200 and text.isascii() and text.isprintable()


def _header(text: str) -> str:
    if not text or not _is_header(text):
        raise InvalidField("content_type", "must be a short printable text")
    return text


def _stale(fields: Fields) -> Parameters:
    return {"stale_s": fields.number("stale_s", 5.0, least=0.001, most=3600.0)}


def _hidden(fields: Fields) -> Parameters:
    return {"hidden_s": fields.number("hidden_s", 3.0, least=0.001, most=3600.0)}


def _fraction(fields: Fields) -> Parameters:
    return {"fraction": fields.number("fraction", 1.0, least=0.000001, most=1.0)}


def _late(fields: Fields) -> Parameters:
    return _fraction(fields) | {"delay_s": fields.number("delay_s", 0.0, most=DELAY_MAX_S)}


def _overfill(fields: Fields) -> Parameters:
    excess = fields.number("excess", 0.5, least=0.000001, most=10.0)
    return _one_order(fields) | {"excess": excess}


def _deep(fields: Fields) -> Parameters:
    return {"depth": fields.integer("depth", 100_000, least=1, most=1_000_000), **_accepted(fields)}


def _target(fields: Fields) -> Parameters:
    return {"to_api_key": fields.text("to_api_key", empty=False)}


def _garbage(fields: Fields) -> Parameters:
    return {"frame": fields.text("frame", '{"e":"\\ufffd"', longest=BODY_MAX)}


def _disconnect(fields: Fields) -> Parameters:
    return {"at_once": fields.flag("at_once", default=True)}


def _limit(fields: Fields) -> Parameters:
    return {"limit": fields.integer("limit", 0, most=100_000)}


def _leverage(fields: Fields) -> Parameters:
    return {"leverage": fields.integer("leverage", least=1, most=200)}


def _margin_mode(fields: Fields) -> Parameters:
    return {"margin_mode": fields.choice("margin_mode", ("CROSS", "ISOLATED"))}


def _position_mode(fields: Fields) -> Parameters:
    return {"hedge_mode": fields.flag("hedge_mode")}


def _one_order(fields: Fields) -> Parameters:
    return {"order_id": fields.optional_integer("order_id")}


def _fill(fields: Fields) -> Parameters:
    return _one_order(fields) | _fraction(fields)


def _foreign(fields: Fields) -> Parameters:
    return {
        "side": fields.choice("side", ("BUY", "SELL")),
        "quantity": str(fields.amount("quantity")),
    }


def _permissions(fields: Fields) -> Parameters:
    group = fields.group("permissions")
    names = ("read", "trade", "withdraw", "internal_transfer", "universal_transfer")
    changed: Parameters = {n: group.flag(n) for n in names if n in group}
    if "expires_ms" in group:
        changed["expires_ms"] = group.integer("expires_ms")
    group.finish()
    if not changed:
        raise InvalidField("permissions", f"must name one of {', '.join(names)}, expires_ms")
    return {"permissions": changed}


def _addresses(fields: Fields) -> Parameters:
    return {"addresses": list(fields.texts("addresses"))}


def _money(fields: Fields) -> Parameters:
    return {"amount": str(fields.amount("amount"))}


def _price(fields: Fields) -> Parameters:
    if "price" in fields:
        return {"price": str(fields.amount("price"))}
    return {"percent": str(fields.amount("percent", positive=False))}


def _filters(fields: Fields) -> Parameters:
    grids = ("tick_size", "step_size", "min_quantity", "min_notional")
    names = (*grids, "multiplier_up", "multiplier_down", "market_take_bound")
    changed = {name: str(fields.amount(name)) for name in names if name in fields}
    if not changed:
        raise InvalidField("tick_size", f"one of {', '.join(names)} must be given")
    return changed


def _delisting(fields: Fields) -> Parameters:
    return {"status": fields.choice("status", ("TRADING", "CLOSED"), "CLOSED")}


def _skew(fields: Fields) -> Parameters:
    return {"skew_ms": fields.integer("skew_ms", least=-3_600_000, most=3_600_000)}


def _swarm(fields: Fields) -> Parameters:
    """Read the rates of a swarm: a number, or an object with a rate and the kind's parameters."""
    rates: Parameters = {}
    total = 0.0
    for name, value in fields.mapping("rates").items():
        if name not in SWARM_KINDS:
            allowed = ", ".join(sorted(SWARM_KINDS))
            raise InvalidField(f"rates.{str(name)[:40]}", f"must be one of {allowed}")
        given = value if isinstance(value, Mapping) else {"rate": value}
        group = Fields(given, name=f"rates.{name}")
        rate = group.number("rate", most=1.0)
        rates[name] = {"rate": rate, **read_parameters(FaultKind(name), group)}
        group.finish()
        total += rate
    if not rates:
        raise InvalidField("rates", "must name at least one kind")
    if total > 1:
        raise InvalidField("rates", "must add up to at most 1")
    return {"name": fields.text("name", "swarm"), "rates": rates}


_READERS: Final[Mapping[FaultKind, Callable[[Fields], Parameters]]] = {
    K.DELAY: _delay,
    K.DELAY_BEFORE: _delay,
    K.SLOW_BODY: _slow,
    K.HTML: _accepted,
    K.TRUNCATED: _accepted,
    K.EMPTY: _accepted,
    K.NULL: _accepted,
    K.EMPTY_OBJECT: _accepted,
    K.NOT_FINITE: _accepted,
    K.DEEP_NESTED: _deep,
    K.HUGE_BODY: _huge,
    K.RESPOND: _respond,
    K.RESPOND_AFTER: _respond,
    K.STALE_READS: _stale,
    K.HIDDEN_ORDERS: _hidden,
    K.FILL_BEFORE_CANCEL: _fraction,
    K.FILL_AFTER_CANCEL: _late,
    K.EVENT_LATE: _delay,
    K.EVENT_MISROUTED: _target,
    K.GARBAGE_FRAME: _garbage,
    K.DISCONNECT: _disconnect,
    K.CONNECTION_LIMIT: _limit,
    K.CONNECTION_RATE: _limit,
    K.LEVERAGE_CHANGE: _leverage,
    K.MARGIN_MODE_CHANGE: _margin_mode,
    K.POSITION_MODE_CHANGE: _position_mode,
    K.CANCEL_ORDER: _one_order,
    K.FILL_ORDER: _fill,
    K.OVERFILL: _overfill,
    K.FOREIGN_ORDER: _foreign,
    K.PERMISSIONS_CHANGE: _permissions,
    K.IP_RESTRICTION: _addresses,
    K.DEPOSIT: _money,
    K.WITHDRAWAL: _money,
    K.PRICE_MOVE: _price,
    K.FILTER_CHANGE: _filters,
    K.DELISTING: _delisting,
    K.CLOCK_SKEW: _skew,
    K.SWARM: _swarm,
}

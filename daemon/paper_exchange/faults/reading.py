"""From the JSON of a fault command to a rule; what is wrong is named with its rule."""

from __future__ import annotations

from typing import Final

from daemon.paper_exchange.faults import answers
from daemon.paper_exchange.faults.kinds import ANSWER_KINDS, STANDING_KINDS, FaultKind
from daemon.paper_exchange.faults.parameters import read_parameters
from daemon.paper_exchange.faults.rules import FaultRule, Match
from daemon.paper_exchange.fields import Fields, InvalidField

EXCHANGES: Final = ("binance", "bybit")
METHODS: Final = ("GET", "POST", "PUT", "DELETE", "WS")
DAYS_30_S: Final = 30 * 86_400.0


def read_rule(body: object, *, fault_id: str, now_ms: int) -> FaultRule:
    """Read a fault command.

    Raises:
        InvalidField: a field breaks its rule, or is not known for this kind.
    """
    fields = Fields(body)
    kind = fields.word("kind", FaultKind)
    match = _read_match(fields, kind)
    until_ms = fields.integer("until_ms", 0)
    for_s = fields.number("for_s", 0.0, most=DAYS_30_S)
    in_s = fields.number("in_s", 0.0, most=DAYS_30_S)
    from_ms = fields.integer("from_ms", 0)
    # A maintenance that is told of needs a beginning; the others are there at once.
    if in_s or (kind is FaultKind.MAINTENANCE and not from_ms):
        from_ms = now_ms + int(in_s * 1000)
    lasts = kind in STANDING_KINDS or fields.is_null("times") or bool(until_ms or for_s)
    times = fields.optional_integer("times", least=1, most=10**9)
    if times is None and not lasts:
        times = 1
    rule = FaultRule(
        fault_id=fault_id,
        kind=kind,
        match=match,
        times=times,
        after=fields.integer("after", 0, most=10**9),
        probability=fields.number("probability", 1.0, most=1.0),
        seed=fields.integer("seed", 0),
        from_ms=from_ms,
        until_ms=until_ms or (max(now_ms, from_ms) + int(for_s * 1000) if for_s else 0),
        parameters=read_parameters(kind, fields),
        on=_read_trigger(fields, kind),
    )
    fields.finish()
    check_offered(kind, match.exchange)
    return rule


def check_offered(kind: FaultKind, exchange: str) -> None:
    """Refuse an answer that the exchange does not have."""
    if kind in ANSWER_KINDS and exchange and exchange not in answers.ANSWERS[kind]:
        raise InvalidField("kind", f"{kind} is no answer of {exchange}")


def _read_match(fields: Fields, kind: FaultKind) -> Match:
    exchange = fields.choice("exchange", ("", *EXCHANGES), "")
    path = fields.text("path", "")
    return Match(
        exchange=exchange,
        api_key=fields.text("api_key", ""),
        method=fields.choice("method", ("", *METHODS), ""),
        path=path,
        client_id=fields.text("client_id", ""),
        symbol=fields.text("symbol", ""),
        address=fields.text("address", ""),
        reduce_only=fields.optional_flag("reduce_only"),
        event=fields.text("event", ""),
        order_entry=kind in answers.ORDER_ENTRY_ONLY and not path,
    )


def _read_trigger(fields: Fields, kind: FaultKind) -> Match | None:
    if "on" not in fields:
        fields.mapping("on")
        return None
    group = fields.group("on")
    trigger = _read_match(group, kind)
    group.finish()
    return trigger

"""Decide what an answer to a write proves; total, from the raw status and body alone.

ccxt's exception classes cannot tell an outcome (a timeout, a duplicate and a refusal may share one),
so they are not asked. ACCEPTED needs the exchange's id and the echo of ours; REJECTED needs a code
of `outcomes.py`; everything else is UNKNOWN.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from daemon.exchanges import outcomes
from daemon.exchanges.outcomes import Write
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.orders import Outcome

EVIDENCE_LENGTH_MAX = 200
_BINANCE_REJECTED_OF = {
    Write.CANCEL: outcomes.BINANCE_CANCEL_REJECTED,
    Write.AMEND: outcomes.BINANCE_AMEND_REJECTED,
}
_BYBIT_REJECTED_OF = {
    Write.CANCEL: outcomes.BYBIT_CANCEL_REJECTED,
    Write.AMEND: outcomes.BYBIT_AMEND_REJECTED,
}


@dataclass(frozen=True, slots=True)
class Expected:
    """What we asked for and must see again.

    Attributes:
        client_order_id: ours; "" only for a cancel by the exchange's id.
        exchange_order_id: for a cancel of an order that has no id of ours.
        is_conditional: the answer speaks of an algo order (Binance).
    """

    write: Write
    client_order_id: str
    exchange_order_id: str = ""
    is_conditional: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome and why."""

    outcome: Outcome
    code: str
    evidence: str
    exchange_order_id: str | None = None


def classify(exchange: Exchange, *, status: int, body: bytes, expected: Expected) -> Verdict:
    """Return what the answer proves; never raises."""
    document = parse_object(body)
    if exchange is Exchange.BINANCE:
        return _binance(status, document, body, expected)
    return _bybit(status, document, body, expected)


def classify_batch(
    exchange: Exchange, *, status: int, body: bytes, expected: Sequence[Expected]
) -> list[Verdict]:
    """Return what the answer to a batch proves of each of its items; never raises.

    An answer that does not speak of every item in turn proves nothing of any, unless it refuses the
    request as a whole.
    """
    items = _items_of(exchange, body) if 200 <= status < 300 else None
    if items is None:
        return [classify(exchange, status=status, body=body, expected=each) for each in expected]
    if len(items) != len(expected):
        text = f"HTTP {status} speaks of {len(items)} items of {len(expected)}"
        return [Verdict(Outcome.UNKNOWN, "", text)] * len(expected)
    return [
        classify(
            exchange,
            # Binance says no to an item by its code inside of an answer that went well.
            status=400 if exchange is Exchange.BINANCE and "code" in item else status,
            body=orjson.dumps(item),
            expected=each,
        )
        for item, each in zip(items, expected, strict=True)
    ]


def _items_of(exchange: Exchange, body: bytes) -> list[dict[str, Any]] | None:
    """Return the items of a batch's answer, each like the answer to one; None if it has none."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if exchange is Exchange.BINANCE:
        return document if _are_objects(document) else None
    if not isinstance(document, dict) or document.get("retCode") != 0:
        return None
    results, codes = _listed(document.get("result")), _listed(document.get("retExtInfo"))
    if results is None or codes is None or len(results) != len(codes):
        return None
    return [
        {"retCode": code.get("code"), "retMsg": code.get("msg"), "result": result}
        for result, code in zip(results, codes, strict=True)
    ]


def _listed(value: object) -> list[dict[str, Any]] | None:
    rows = value.get("list") if isinstance(value, dict) else None
    return rows if _are_objects(rows) else None


def _are_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def parse_object(body: bytes) -> dict[str, Any] | None:
    """Return the JSON object of a body, None if it is anything else."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return document if isinstance(document, dict) else None


def code_of(exchange: Exchange, document: dict[str, Any] | None) -> int | None:
    """Return the exchange's error code as a true integer, None if there is none."""
    if document is None:
        return None
    code = document.get("code" if exchange is Exchange.BINANCE else "retCode")
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def message_of(exchange: Exchange, document: dict[str, Any] | None) -> str:
    """Return the exchange's message, "" if there is none."""
    if document is None:
        return ""
    message = document.get("msg" if exchange is Exchange.BINANCE else "retMsg")
    return message if isinstance(message, str) else ""


def _binance(
    status: int, document: dict[str, Any] | None, body: bytes, expected: Expected
) -> Verdict:
    code = code_of(Exchange.BINANCE, document)
    message = message_of(Exchange.BINANCE, document)
    if 200 <= status < 300 and document is not None:
        return _binance_accepted(status, document, body, expected)
    if 400 <= status < 500 and code is not None:
        if code in outcomes.BINANCE_DUPLICATE and expected.write is Write.PLACE:
            return _verdict(Outcome.DUPLICATE, status, code, message, body)
        final = code in outcomes.BINANCE_REJECTED or (
            code in _BINANCE_REJECTED_OF.get(expected.write, ())
        )
        if final:
            return _verdict(Outcome.REJECTED, status, code, message, body)
    if status in outcomes.BINANCE_STATUS_REJECTED:
        return _verdict(Outcome.REJECTED, status, code, message, body)
    if status == 503 and (
        code == -1008 or message.startswith(tuple(outcomes.BINANCE_503_REJECTED))
    ):
        return _verdict(Outcome.REJECTED, status, code, message, body)
    return _verdict(Outcome.UNKNOWN, status, code, message, body)


def _binance_accepted(
    status: int, document: dict[str, Any], body: bytes, expected: Expected
) -> Verdict:
    prefix = ("algoId", "clientAlgoId") if expected.is_conditional else ("orderId", "clientOrderId")
    theirs, echo = _identifier(document.get(prefix[0])), document.get(prefix[1])
    if theirs and _echoes(expected, theirs, echo):
        return _verdict(Outcome.ACCEPTED, status, None, "", body, theirs)
    return _verdict(Outcome.UNKNOWN, status, None, "no id or another client order id", body)


def _bybit(
    status: int, document: dict[str, Any] | None, body: bytes, expected: Expected
) -> Verdict:
    code = code_of(Exchange.BYBIT, document)
    message = message_of(Exchange.BYBIT, document)
    if status in outcomes.BYBIT_STATUS_REJECTED and code is None:
        return _verdict(Outcome.REJECTED, status, code, message, body)
    if document is None or code is None or not (200 <= status < 300 or 400 <= status < 500):
        return _verdict(Outcome.UNKNOWN, status, code, message, body)
    if code == 0 and status < 300:
        result = document.get("result")
        if isinstance(result, dict):
            theirs = _identifier(result.get("orderId"))
            if theirs and _echoes(expected, theirs, result.get("orderLinkId")):
                return _verdict(Outcome.ACCEPTED, status, None, "", body, theirs)
        return _verdict(Outcome.UNKNOWN, status, code, "no id or another client order id", body)
    if code in outcomes.BYBIT_DUPLICATE and expected.write is Write.PLACE:
        return _verdict(Outcome.DUPLICATE, status, code, message, body)
    if code in outcomes.BYBIT_REJECTED or (code in _BYBIT_REJECTED_OF.get(expected.write, ())):
        return _verdict(Outcome.REJECTED, status, code, message, body)
    return _verdict(Outcome.UNKNOWN, status, code, message, body)


def _echoes(expected: Expected, theirs: str, echo: object) -> bool:
    if expected.client_order_id:
        return echo == expected.client_order_id
    # An order without an id of ours (Bybit's attached stop) is known by the exchange's alone.
    return (
        expected.write is Write.CANCEL
        and bool(expected.exchange_order_id)
        and theirs == expected.exchange_order_id
    )


def _identifier(value: object) -> str:
    if isinstance(value, bool):
        return ""
    if isinstance(value, int):
        return str(value) if value > 0 else ""
    return value if isinstance(value, str) else ""


def _verdict(
    outcome: Outcome,
    status: int,
    code: int | None,
    message: str,
    body: bytes,
    exchange_order_id: str | None = None,
) -> Verdict:
    if outcome is Outcome.ACCEPTED:
        return Verdict(outcome, "", f"HTTP {status}", exchange_order_id)
    shown = message or body[:EVIDENCE_LENGTH_MAX].decode("ascii", "replace")
    text = f"HTTP {status} {'' if code is None else code} {shown}"
    # Printable only: the text is shown on the order's timeline.
    clean = "".join(c if c.isprintable() else " " for c in text)
    return Verdict(
        outcome, "" if code is None else str(code), " ".join(clean.split())[:EVIDENCE_LENGTH_MAX]
    )

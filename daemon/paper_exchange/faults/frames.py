"""Reading a stream's frame as far as rules ask for it, and answers that are frames."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from daemon.paper_exchange.faults.records import FrameFacts
from daemon.paper_exchange.wire_call import FRAME, WireAnswer

_SYMBOLS: Final = ("s", "symbol")
_CLIENT_IDS: Final = ("c", "caid", "orderLinkId")
_NOTHING: Final = FrameFacts("", (), ())


def read_frame(frame: bytes) -> FrameFacts:
    """Return the event, contracts and client order ids of a frame; no event for an answer."""
    try:
        content = orjson.loads(frame)
    except orjson.JSONDecodeError:
        return _NOTHING
    if isinstance(content, dict) and isinstance(content.get("data"), dict | list):
        event = str(content.get("topic") or "").partition(".")[0]
        if not event and "stream" in content:
            content = content["data"]
    if isinstance(content, list):
        content = content[0] if content and isinstance(content[0], dict) else {}
    if not isinstance(content, dict):
        return _NOTHING
    if "topic" in content:
        event = str(content["topic"]).partition(".")[0]
    else:
        event = str(content.get("e") or "")
    rows = list(_rows(content))
    return FrameFacts(event, _values(rows, _SYMBOLS), _values(rows, _CLIENT_IDS))


def frame_answer(frames: list[bytes]) -> WireAnswer:
    """Make an answer of the frames that a request to trade was answered with."""
    body = b"\n".join(frames)
    status = 200
    try:
        content = orjson.loads(frames[0]) if frames else {}
    except orjson.JSONDecodeError:
        content = {}
    if isinstance(content, dict) and isinstance(content.get("status"), int):
        status = content["status"]
    return WireAnswer(body=body, status=status, content_type=FRAME)


def refusal_frame(exchange: str, message: Mapping[str, Any], answer: WireAnswer) -> bytes:
    """Write an answer of the HTTP side as the trading socket gives it."""
    try:
        content = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return answer.body
    if not isinstance(content, dict):
        return answer.body
    if exchange == "binance":
        found = {"id": message.get("id"), "status": answer.status}
        return orjson.dumps(found | ({"error": content} if "code" in content else content))
    return orjson.dumps(
        {
            "reqId": message.get("reqId", ""),
            "retCode": content.get("retCode"),
            "retMsg": content.get("retMsg"),
            "op": message.get("op"),
            "data": {},
            "retExtInfo": {},
        }
    )


def read_request(message: object) -> Mapping[str, Any] | None:
    """Return a request to trade as an object; None for logins, pings and what is no object."""
    if isinstance(message, str):
        try:
            message = orjson.loads(message)
        except orjson.JSONDecodeError:
            return None
    if not isinstance(message, Mapping):
        return None
    operation = operation_of(message)
    return message if "." in operation and not operation.startswith("session.") else None


def operation_of(message: Mapping[str, Any]) -> str:
    """Return what a message asks for."""
    return str(message.get("method") or message.get("op") or "")


def _rows(content: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield content
    for name in ("o", "data"):
        inner = content.get(name)
        for row in inner if isinstance(inner, list) else [inner]:
            if isinstance(row, Mapping):
                yield row


def _values(rows: list[Mapping[str, Any]], names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(
        value for row in rows for name in names if isinstance(value := row.get(name), str) and value
    )

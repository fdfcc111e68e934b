"""From a control request to its work and back: JSON in, JSON out, errors that name field and rule."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from aiohttp import web

from daemon.paper_exchange.codec import encode
from daemon.paper_exchange.control.guard import refuse_stranger
from daemon.paper_exchange.fields import Fields, InvalidField
from daemon.paper_exchange.refusals import Refused

_SECURITY: Final = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


class Missing(Exception):
    """What the path names does not exist."""


@dataclass(frozen=True, slots=True)
class Command:
    """A control request, read.

    Attributes:
        named: what the path names (exchange, api_key, ...).
        fields: the JSON body of a write, the query of a read.
    """

    named: Mapping[str, str]
    fields: Fields
    body: Mapping[str, Any]


Work = Callable[[Command], Awaitable[object]]


def serve(work: Work) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Make a handler of a piece of work."""

    async def handle(request: web.Request) -> web.StreamResponse:
        refusal = refuse_stranger(request)
        if refusal is not None:
            return _json({"error": refusal}, status=403)
        try:
            body = await _read(request)
            answer = await work(Command(dict(request.match_info), Fields(body), body))
        except InvalidField as error:
            facts = {"error": str(error), "field": error.field, "rule": error.rule}
            return _json(facts, status=400)
        except Refused as refused:
            return _json({"error": refused.reason, "facts": refused.facts}, status=409)
        except Missing as missing:
            return _json({"error": str(missing)}, status=404)
        return _json(answer, status=200)

    return handle


async def answer_unknown(command: Command) -> object:
    """Answer a control path that does not exist."""
    raise Missing("no such control path; /_paper/api lists what there is")


async def _read(request: web.Request) -> Mapping[str, Any]:
    if request.method == "GET":
        return {name: _number(value) for name, value in request.query.items()}
    try:
        raw = await request.read()
        body = orjson.loads(raw) if raw else {}
    except web.HTTPRequestEntityTooLarge:
        raise InvalidField("body", "must be at most one mebibyte") from None
    except (web.RequestPayloadError, orjson.JSONDecodeError):
        raise InvalidField("body", "must be valid JSON") from None
    if not isinstance(body, dict):
        raise InvalidField("body", "must be a JSON object")
    return body


def _number(text: str) -> int | str:
    is_number = text.isascii() and text.isdigit() and len(text) <= 16
    return int(text) if is_number else text


def _json(answer: object, *, status: int) -> web.Response:
    return web.Response(
        status=status,
        body=encode(answer),
        content_type="application/json",
        headers=_SECURITY,
    )

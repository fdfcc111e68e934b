"""Bybit v5 over HTTP: who asks, may they, how often, and which function answers.

Every answer is HTTP 200 with a retCode, except for the address limit (403) and unknown paths (404).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final
from urllib.parse import parse_qsl
from uuid import uuid4

import orjson

from daemon.paper_exchange.bybit.errors import BybitError, Code, parameter_error
from daemon.paper_exchange.bybit.gate import Gate
from daemon.paper_exchange.bybit.market_data import CATEGORIES
from daemon.paper_exchange.bybit.order_entry import Body
from daemon.paper_exchange.bybit.refusals import bybit_error
from daemon.paper_exchange.bybit.routes import (
    BY_CATEGORY,
    Notices,
    Parts,
    public_routes,
    read_routes,
    success_words,
    write_routes,
)
from daemon.paper_exchange.bybit.visibility import BybitOptions
from daemon.paper_exchange.bybit.wire import Json
from daemon.paper_exchange.engine import Engine
from daemon.paper_exchange.refusals import Refused
from daemon.paper_exchange.wire_call import TEXT, WireAnswer, WireRequest

BODY_BYTES_MAX: Final = 1 << 18


class BybitRest:
    """The endpoints of one engine.

    Args:
        wall_ms: server time; signing, windows and limits follow it, the market does not.
        notices: what is told of maintenance.
    """

    def __init__(
        self,
        engine: Engine,
        wall_ms: Callable[[], int],
        options: BybitOptions | None = None,
        notices: Notices = list,
    ) -> None:
        self.engine = engine
        self.parts = Parts.build(engine, wall_ms, options)
        self.gate = Gate(engine)
        self._wall_ms = wall_ms
        self._public = public_routes(self.parts, self._time, notices)
        self._reads = read_routes(self.parts)
        self._writes = write_routes(self.parts)

    def respond(self, request: WireRequest) -> WireAnswer:
        """Answer one request."""
        now_ms = self._wall_ms()
        if not self.gate.is_address_allowed(request.remote, now_ms=now_ms):
            return WireAnswer(b"access too frequent", 403, TEXT)
        headers = {"Traceid": uuid4().hex, "Timenow": str(now_ms)}
        words = success_words(request.path)
        answer: Json = {"retCode": 0, "retMsg": words, "result": {}, "retExtInfo": {}}
        try:
            result = self._answer(request, headers, now_ms)
            if isinstance(result, tuple):
                answer["result"], answer["retExtInfo"] = result
            else:
                answer["result"] = result
        except _UnknownPath:
            return WireAnswer(b"404 page not found", 404, TEXT)
        except (BybitError, Refused) as raised:
            error = raised if isinstance(raised, BybitError) else bybit_error(raised)
            answer |= {"retCode": error.code, "retMsg": error.message, "result": error.result}
        answer["time"] = self._wall_ms()
        return WireAnswer(orjson.dumps(answer), headers=headers)

    def paths(self) -> dict[str, list[str]]:
        """List what is served, by method."""
        return {
            "GET": sorted({*self._public, *self._reads}),
            "POST": sorted(self._writes),
        }

    def catalogue(self) -> list[tuple[str, str, str, Callable[..., Any]]]:
        """List what is served: method, path, what it asks of the caller, and who answers."""
        return [
            *(("GET", path, "public", answer) for path, answer in self._public.items()),
            *(("GET", path, "signed, reads", answer) for path, answer in self._reads.items()),
            *(("POST", path, "signed, trades", answer) for path, answer in self._writes.items()),
        ]

    def _answer(
        self, request: WireRequest, headers: dict[str, str], now_ms: int
    ) -> Json | tuple[Json, Json]:
        path, is_read, raw = request.path, request.method == "GET", request.body
        if len(raw) > BODY_BYTES_MAX:
            raise parameter_error("request body is too large")
        # The client signed the query as it sent it, so it is not taken from a parsed URL.
        query = request.query
        params = dict(parse_qsl(query, keep_blank_values=True))
        if is_read and path in self._public:
            self.engine.enter()
            return self._public[path](params)
        answers = self._reads if is_read else self._writes
        if path not in answers or request.method not in {"GET", "POST"}:
            raise _UnknownPath
        payload = query.encode("utf-8", "surrogateescape") if is_read else raw
        account = self.gate.sign_in(
            request.headers, address=request.remote, payload=payload, now_ms=now_ms
        )
        body: Body = params if is_read else read_body(raw)
        allowance = self.gate.take(account, path, body, is_read=is_read, now_ms=now_ms)
        headers.update(allowance.headers())
        if allowance.is_exceeded:
            raise BybitError(Code.RATE_LIMIT)
        self.gate.check_right(account, is_read=is_read)
        category = body.get("category")
        if path in BY_CATEGORY and category != "linear" and category in CATEGORIES:
            return {"list": [], "nextPageCursor": "", "category": category}
        return answers[path](account, body)

    def _time(self, params: dict[str, str]) -> Json:
        now_ms = self._wall_ms()
        return {"timeSecond": str(now_ms // 1000), "timeNano": str(now_ms * 1_000_000)}


def read_body(raw: bytes) -> dict[str, Any]:
    """Read a JSON body; numbers stay exact.

    Raises:
        BybitError: 10001 for what is no JSON object.
    """
    try:
        body = orjson.loads(raw or b"{}")
        if b"." in raw:
            body = json.loads(raw, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise parameter_error("request body is not JSON") from None
    if not isinstance(body, dict):
        raise parameter_error("request body is not a JSON object")
    return body


class _UnknownPath(Exception):
    """Nothing is served there."""

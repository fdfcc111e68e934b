"""Where requests come in: one table of paths for sockets and for callers in the same process.

Every request passes the faults here, so that both ways in see the same bad days. While no fault
is planned a request costs one look at a flag more than its work.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from daemon.paper_exchange.faults.book import FaultBook
from daemon.paper_exchange.faults.requests import serve_with_faults
from daemon.paper_exchange.refusal_pages import internal_error, malformed_body, oversized_body
from daemon.paper_exchange.sending import send_answer
from daemon.paper_exchange.wire_call import Respond, WireAnswer, WireRequest

BODY_TIMEOUT_S: Final = 20.0
"""A client that takes longer to send its body is told that it is malformed."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """Who answers a path.

    Attributes:
        exchange: "binance" or "bybit".
        method: "*" for any.
        path: the whole path, or its beginning for an entry that takes what no other one does.
    """

    exchange: str
    method: str
    path: str
    respond: Respond


class Entrance:
    """The table, the faults in front of it, and how many requests came.

    Attributes:
        requests: how many requests each exchange has had since the start.
    """

    def __init__(self, faults: FaultBook) -> None:
        self.faults = faults
        self.requests: Counter[str] = Counter()
        self._exact: dict[tuple[str, str], Entry] = {}
        self._beginnings: list[Entry] = []

    def add(
        self, app: web.Application, exchange: str, method: str, path: str, respond: Respond
    ) -> None:
        """Serve one method and path."""
        entry = Entry(exchange, method, path, respond)
        self._exact[method, path] = entry
        app.router.add_route(method, path, self._handler(entry))

    def add_beginning(
        self, app: web.Application, exchange: str, path: str, respond: Respond
    ) -> None:
        """Serve every method and path that begins so and that nobody serves exactly."""
        entry = Entry(exchange, "*", path, respond)
        self._beginnings.append(entry)
        app.router.add_route("*", f"{path}{{rest:.*}}", self._handler(entry))

    async def answer(self, request: WireRequest) -> WireAnswer | None:
        """Answer a request made in this process; None for a path that no exchange has.

        An answer that is cut was lost on its way: the caller learns that its connection broke.
        """
        entry = self._find(request)
        if entry is None:
            return None
        return await self._work(entry, request)

    def answer_now(self, request: WireRequest) -> WireAnswer | None:
        """Answer at once; None when no exchange has exactly this path, or a fault may meet it."""
        entry = self._exact.get((request.method, request.path))
        if entry is None or not self.faults.is_idle:
            return None
        self.requests[entry.exchange] += 1
        return _respond(entry, request)

    def _find(self, request: WireRequest) -> Entry | None:
        found = self._exact.get((request.method, request.path))
        if found is not None:
            return found
        return next((e for e in self._beginnings if request.path.startswith(e.path)), None)

    def _handler(self, entry: Entry) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                body = await _read_body(request)
            except web.HTTPRequestEntityTooLarge:
                return await send_answer(oversized_body(entry.exchange), request, closes=True)
            except (web.RequestPayloadError, TimeoutError):
                return await send_answer(malformed_body(entry.exchange), request, closes=True)
            wire = WireRequest(
                method=request.method,
                path=request.path,
                query=request.raw_path.partition("?")[2],
                headers=request.headers,
                body=body,
                remote=request.remote or "",
            )
            return await send_answer(await self._work(entry, wire), request)

        return handle

    async def _work(self, entry: Entry, request: WireRequest) -> WireAnswer:
        self.requests[entry.exchange] += 1
        if self.faults.is_idle:
            return _respond(entry, request)
        try:
            return await serve_with_faults(self.faults, entry.exchange, request, entry.respond)
        except Exception:
            # The edge of the process: a client gets the exchange's own words, we get the trace.
            _log.exception("%s %s failed", request.method, request.path)
            return internal_error(entry.exchange)


def _respond(entry: Entry, request: WireRequest) -> WireAnswer:
    try:
        return entry.respond(request)
    except Exception:
        # The edge of the process: a client gets the exchange's own words, we get the trace.
        _log.exception("%s %s failed", request.method, request.path)
        return internal_error(entry.exchange)


async def _read_body(request: web.Request) -> bytes:
    """Read a body that has mostly arrived already; one that trickles gets a limited time."""
    if request.content.is_eof():
        return await request.read()
    async with asyncio.timeout(BODY_TIMEOUT_S):
        return await request.read()

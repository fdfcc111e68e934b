"""Faults on demand: what a real exchange does on a bad day, once, by command, and recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class FaultKind(StrEnum):
    """What goes wrong."""

    DROP_BEFORE = "drop_before"
    """The connection breaks and the request is not worked."""
    DROP_AFTER = "drop_after"
    """The request is worked and the connection breaks before the answer."""
    DELAY = "delay"
    """The request is worked, the answer comes late."""
    DELAY_BEFORE = "delay_before"
    """The request is worked late."""
    RESPOND = "respond"
    """Another answer comes at once and the request is not worked."""
    RESPOND_AFTER = "respond_after"
    """The request is worked and another answer comes."""


@dataclass(slots=True, kw_only=True)
class Fault:
    """One planned fault.

    Attributes:
        path: the request path begins with this.
        method: HTTP method, empty for any.
        api_key: only requests with this key, empty for any.
        times: how often it still happens.
    """

    kind: FaultKind
    path: str
    method: str = ""
    api_key: str = ""
    times: int = 1
    delay_s: float = 0.0
    status: int = 503
    body: str = ""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FaultRecord:
    """A fault that happened."""

    kind: FaultKind
    method: str
    path: str
    api_key: str
    wall_ms: int


class FaultBook:
    """Planned faults and the record of those that happened."""

    def __init__(self) -> None:
        self.planned: list[Fault] = []
        self.happened: list[FaultRecord] = []

    def plan(self, fault: Fault) -> None:
        """Let a fault happen to the next requests that match."""
        self.planned.append(fault)

    def clear(self) -> None:
        """Forget what has not happened yet."""
        self.planned.clear()

    def take(self, request: web.Request, now_ms: int) -> Fault | None:
        """Return the first planned fault that matches a request, and record it."""
        if not self.planned:
            return None
        headers = request.headers
        api_key = headers.get("X-MBX-APIKEY") or headers.get("X-BAPI-API-KEY") or ""
        for fault in self.planned:
            if not request.path.startswith(fault.path):
                continue
            if fault.method and fault.method != request.method:
                continue
            if fault.api_key and fault.api_key != api_key:
                continue
            fault.times -= 1
            if fault.times <= 0:
                self.planned.remove(fault)
            self.happened.append(
                FaultRecord(fault.kind, request.method, request.path, api_key, now_ms)
            )
            return fault
        return None


async def serve_with_fault(
    fault: Fault, request: web.Request, handler: Handler
) -> web.StreamResponse:
    """Answer a request the way the fault says."""
    if fault.kind is FaultKind.DELAY_BEFORE:
        await asyncio.sleep(fault.delay_s)
    if fault.kind in {FaultKind.DROP_BEFORE, FaultKind.RESPOND}:
        return _disturbed(fault, request)
    answer = await handler(request)
    if fault.kind in {FaultKind.DELAY, FaultKind.RESPOND_AFTER}:
        await asyncio.sleep(fault.delay_s)
    if fault.kind in {FaultKind.DELAY, FaultKind.DELAY_BEFORE}:
        return answer
    return _disturbed(fault, request)


def _disturbed(fault: Fault, request: web.Request) -> web.StreamResponse:
    if fault.kind in {FaultKind.DROP_BEFORE, FaultKind.DROP_AFTER}:
        if request.transport is not None:
            request.transport.abort()
        raise ConnectionResetError
    return web.Response(
        status=fault.status,
        text=fault.body,
        content_type=fault.content_type,
        headers=fault.headers,
    )

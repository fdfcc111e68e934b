"""Every open WebSocket of both dialects, and the faults that meet them.

A dialect opens a line for each socket, sends its frames through it and closes it at the end.
While no fault is planned a frame costs one look at a flag.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import orjson
from aiohttp import web

from daemon.paper_exchange.faults.book import FaultBook
from daemon.paper_exchange.faults.frames import (
    frame_answer,
    operation_of,
    read_frame,
    read_request,
    refusal_frame,
)
from daemon.paper_exchange.faults.kinds import FaultKind
from daemon.paper_exchange.faults.maintenance import is_closed
from daemon.paper_exchange.faults.requests import serve_with_faults
from daemon.paper_exchange.faults.rules import FaultRule
from daemon.paper_exchange.refusal_pages import gateway_page
from daemon.paper_exchange.socket_limits import SocketLimits
from daemon.paper_exchange.wire_call import FRAME, HTML, WireAnswer, WireRequest

R = TypeVar("R")
K = FaultKind

SOCKETS_MAX: Final = 10_000
"""Sockets that one process serves; more are refused."""
HELD_S: Final = 5.0
"""A frame that waits to be overtaken waits no longer than this."""
TRADING_PATHS: Final = ("/ws-fapi/v1", "/v5/trade")


@dataclass(slots=True, eq=False)
class Line:
    """One socket as the faults see it.

    Attributes:
        whose: the API key that the socket belongs to now, '' before it is known.
        put: queues a frame for sending.
        frames: how many frames were sent.
    """

    sockets: Sockets
    exchange: str
    path: str
    address: str
    opened_ms: int
    whose: Callable[[], str]
    put: Callable[[bytes], None]
    transport: asyncio.Transport | None
    frames: int = 0
    is_stalled: bool = False
    held: list[bytes] = field(default_factory=list)
    captured: list[bytes] | None = None

    def send(self, frame: bytes) -> None:
        """Send a frame the way the planned faults say."""
        self.frames += 1
        if self.captured is not None:
            self.captured.append(frame)
        elif self.sockets.faults.has_frame_faults or self.held:
            self.sockets.disturb(self, frame)
        else:
            self.put(frame)

    def abort(self) -> None:
        """Break the connection without a goodbye."""
        if self.transport is not None:
            self.transport.abort()

    def stall(self, *, is_stalled: bool) -> None:
        """Let nothing in or out any more although the connection stays open, or end that."""
        if self.is_stalled == is_stalled:
            return
        self.is_stalled = is_stalled
        if self.transport is not None and not self.transport.is_closing():
            (self.transport.pause_reading if is_stalled else self.transport.resume_reading)()


class Sockets:
    """The open lines of one process."""

    def __init__(self, faults: FaultBook, requests: Counter[str]) -> None:
        self.faults = faults
        self.requests = requests
        self.lines: dict[Line, None] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._limits = SocketLimits(faults)

    def admit(self, exchange: str, request: web.Request) -> None:
        """Refuse a new socket when there are too many.

        Raises:
            web.HTTPException: the refusal, before the socket is accepted.
        """
        address = request.remote or ""
        if is_closed(self.faults, exchange) or len(self.lines) >= SOCKETS_MAX:
            page = gateway_page(exchange, 503, "Service Temporarily Unavailable")
            raise web.HTTPServiceUnavailable(text=page.body.decode(), content_type=HTML)
        held = sum(1 for n in self.lines if (n.exchange, n.address) == (exchange, address))
        self._limits.check(exchange, address, held=held)

    def open(
        self,
        exchange: str,
        request: web.Request,
        *,
        put: Callable[[bytes], None],
        whose: Callable[[], str],
    ) -> Line:
        """Begin a line for a socket that was accepted."""
        line = Line(
            sockets=self,
            exchange=exchange,
            path=request.path,
            address=request.remote or "",
            opened_ms=self.faults.now_ms(),
            whose=whose,
            put=put,
            transport=request.transport,
        )
        self.lines[line] = None
        return line

    def close(self, line: Line) -> None:
        """End a line whose socket is gone."""
        self.lines.pop(line, None)
        line.held.clear()

    def refresh(self) -> None:
        """Let sockets stall, or go on, as the planned faults now say."""
        rules = self.faults.standing(K.STALL)
        for line in list(self.lines):
            line.stall(is_stalled=any(_meets(rule, line) for rule in rules))

    def disconnect(self, rule: FaultRule) -> int:
        """Break every socket that a fault meets; return how many."""
        met = [line for line in self.lines if _meets(rule, line)]
        for line in met:
            line.abort()
        return len(met)

    async def serve_message(self, line: Line, message: object, handle: Callable[[], R]) -> R | None:
        """Work a client's message, through the faults when it is a request to trade.

        Returns:
            What the handler returns, or None when it was never called.
        """
        if line.is_stalled:
            return None
        if not line.path.startswith(TRADING_PATHS):
            return handle()
        self.requests[line.exchange] += 1
        if self.faults.is_idle or (read := read_request(message)) is None:
            return handle()
        results: list[R] = []

        def respond(request: WireRequest) -> WireAnswer:
            line.captured = []
            try:
                results.append(handle())
                return frame_answer(line.captured)
            finally:
                line.captured = None

        request = _request(line, read)
        answer = await serve_with_faults(self.faults, line.exchange, request, respond)
        if answer.cut is not None:
            line.abort()
        elif answer.content_type == FRAME:
            for frame in answer.body.split(b"\n"):
                line.send(frame)
        else:
            line.send(refusal_frame(line.exchange, read, answer))
        return results[0] if results else None

    # -- faults of frames ------------------------------------------------------------------

    def disturb(self, line: Line, frame: bytes) -> None:
        """Send, hold back, repeat or lose a frame."""
        if not line.is_stalled and any(_meets(r, line) for r in self.faults.standing(K.STALL)):
            line.stall(is_stalled=True)
        if line.is_stalled:
            return
        facts = read_frame(frame)
        if not facts.event:
            line.put(frame)
            return
        held, line.held = line.held, []
        api_key = line.whose()
        rule = self.faults.take_frame(
            exchange=line.exchange,
            api_key=api_key,
            address=line.address,
            path=line.path,
            facts=facts,
        )
        if rule is None:
            line.put(frame)
        else:
            self.faults.record(
                rule,
                exchange=line.exchange,
                api_key=api_key,
                client_ids=list(facts.client_ids),
                detail=facts.event,
            )
            self._carry_out(rule, line, frame)
        for late in held:
            line.put(late)

    def _carry_out(self, rule: FaultRule, line: Line, frame: bytes) -> None:
        if rule.kind is K.EVENT_DUPLICATE:
            line.put(frame)
            line.put(frame)
        elif rule.kind is K.GARBAGE_FRAME:
            line.put(rule.parameters["frame"].encode())
            line.put(frame)
        elif rule.kind is K.EVENT_LATE:
            self._spawn(self._put_late(line, frame, rule.parameters["delay_s"]))
        elif rule.kind is K.EVENT_REORDER:
            line.held.append(frame)
            self._spawn(self._release(line, frame))
        elif rule.kind is K.EVENT_MISROUTED:
            wanted = rule.parameters["to_api_key"]
            for other in self.lines:
                if other.exchange == line.exchange and other.whose() == wanted:
                    other.put(frame)
        elif rule.kind is K.DISCONNECT:
            line.abort()

    async def _put_late(self, line: Line, frame: bytes, delay_s: float) -> None:
        await self.faults.sleep(delay_s)
        if line in self.lines:
            line.put(frame)

    async def _release(self, line: Line, frame: bytes) -> None:
        """Send a frame that nothing has overtaken."""
        await self.faults.sleep(HELD_S)
        if frame in line.held and line in self.lines:
            line.held.remove(frame)
            line.put(frame)

    def _spawn(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _request(line: Line, message: Mapping[str, Any]) -> WireRequest:
    parameters = message.get("params")
    args = message.get("args")
    if isinstance(args, list) and args and isinstance(args[0], Mapping):
        parameters = args[0]
    body = parameters if isinstance(parameters, Mapping) else {}
    key = line.whose() or str(body.get("apiKey") or "")
    return WireRequest(
        method="WS",
        path=f"{line.path}/{operation_of(message)}",
        headers={"X-MBX-APIKEY": key},
        body=orjson.dumps(body, default=str),
        remote=line.address,
    )


def _meets(rule: FaultRule, line: Line) -> bool:
    return rule.match.meets_socket(
        exchange=line.exchange, api_key=line.whose(), address=line.address, path=line.path
    )

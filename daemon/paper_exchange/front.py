"""The lean way in: plain keep-alive requests to the exchanges, read without a framework.

An order costs the framework's machinery more than its matching, so requests that look as every
client writes them are read here and answered at once. Whatever is unusual (upgrades to sockets,
chunked or oversized bodies, odd syntax, paths that no exchange has, a planned fault) hands the
whole connection with the bytes that came over to aiohttp, which serves it from then on.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from email.utils import formatdate
from http import HTTPStatus
from typing import Final, cast

from multidict import CIMultiDict

from daemon.paper_exchange.entrance import Entrance
from daemon.paper_exchange.wire_call import WireAnswer, WireRequest

HEAD_MAX: Final = 8_190
BODY_MAX: Final = 1 << 16
"""Larger requests are left to aiohttp and its own limits."""
LINES_MAX: Final = 64
WAIT_S: Final = 5.0
"""A request that arrives in pieces is aiohttp's after this time, with its limits on slow ones."""
IDLE_S: Final = 3_600.0
METHODS: Final = frozenset({"GET", "POST", "PUT", "DELETE"})

_REQUEST_LINE: Final = re.compile(rb"([A-Z]+) (/[A-Za-z0-9_./-]*)(?:\?([\x21-\x7e]*))? HTTP/1\.1")
_HEADER: Final = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\x20-\x7e\t]*)")
_UNUSUAL: Final = frozenset(
    {"transfer-encoding", "expect", "upgrade", "content-encoding", "trailer"}
)

Factory = Callable[[], asyncio.Protocol]


class Front:
    """All connections that are read here.

    Args:
        others: makes the protocol that serves what is unusual.
    """

    def __init__(self, entrance: Entrance, others: Factory) -> None:
        self.entrance = entrance
        self.others = others
        self.connections: set[Connection] = set()
        self._date = b""
        self._date_s = 0

    def accept(self) -> Connection:
        """Make the protocol of a new connection."""
        return Connection(self)

    def close(self) -> None:
        """Close every connection that is still read here."""
        for connection in list(self.connections):
            connection.close()

    def date(self) -> bytes:
        """Return the Date header's value."""
        now_s = int(time.time())
        if now_s != self._date_s:
            self._date_s = now_s
            self._date = formatdate(now_s, usegmt=True).encode()
        return self._date


class Connection(asyncio.Protocol):
    """One connection, as long as what comes is usual."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._buffer = b""
        self._remote = ""
        self._transport: asyncio.Transport | None = None
        self._is_paused = False
        self._timer: asyncio.TimerHandle | None = None
        self._last_s = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to read."""
        # uvloop's transports only look like asyncio's.
        self._transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername")
        self._remote = str(peer[0]) if peer else ""
        self._front.connections.add(self)
        self._last_s = asyncio.get_running_loop().time()
        self._watch(IDLE_S)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._forget()

    def data_received(self, data: bytes) -> None:
        """Answer every whole request that has come."""
        self._buffer = self._buffer + data if self._buffer else data
        self._work()

    def pause_writing(self) -> None:
        """Read no further while the client does not take its answers."""
        assert self._transport is not None
        self._is_paused = True
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        """Go on reading."""
        assert self._transport is not None
        self._is_paused = False
        self._transport.resume_reading()
        self._work()

    def close(self) -> None:
        """Close the connection once its answers are written."""
        if self._transport is not None:
            self._transport.close()

    def _work(self) -> None:
        while self._buffer and not self._is_paused:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0 and len(self._buffer) < HEAD_MAX:
                self._watch(WAIT_S)
                return
            found = _read_head(self._buffer[:end]) if 0 < end < HEAD_MAX else None
            if found is None:
                self._hand_over()
                return
            request, length = found
            begin = end + 4
            if len(self._buffer) < begin + length:
                self._watch(WAIT_S)
                return
            request.body = self._buffer[begin : begin + length]
            request.remote = self._remote
            answer = self._front.entrance.answer_now(request)
            if answer is None:
                self._hand_over()
                return
            self._buffer = self._buffer[begin + length :]
            self._write(answer)
        self._last_s = asyncio.get_running_loop().time()

    def _write(self, answer: WireAnswer) -> None:
        assert self._transport is not None
        head = [
            f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}\r\n"
            f"Content-Type: {answer.content_type}\r\nContent-Length: {len(answer.body)}\r\n"
        ]
        head += [f"{name}: {value}\r\n" for name, value in answer.headers.items()]
        self._transport.write(
            b"%bDate: %b\r\n\r\n%b" % ("".join(head).encode(), self._front.date(), answer.body)
        )

    def _watch(self, seconds: float) -> None:
        """Look again later whether the connection moves on."""
        if self._timer is not None:
            if seconds == IDLE_S:
                return
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._look, seconds)

    def _look(self, seconds: float) -> None:
        self._timer = None
        idle_s = asyncio.get_running_loop().time() - self._last_s
        if self._buffer and not self._is_paused:
            self._hand_over()
        elif idle_s >= IDLE_S:
            self.close()
        else:
            self._watch(IDLE_S)

    def _hand_over(self) -> None:
        """Let aiohttp serve the connection from the request on that is not ours."""
        transport, data = self._transport, self._buffer
        assert transport is not None
        self._forget()
        other = self._front.others()
        transport.set_protocol(other)
        other.connection_made(transport)
        other.data_received(data)

    def _forget(self) -> None:
        self._front.connections.discard(self)
        self._buffer = b""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _read_head(head: bytes) -> tuple[WireRequest, int] | None:
    """Read request line and headers; None when anything about them is unusual."""
    lines = head.split(b"\r\n")
    line = _REQUEST_LINE.fullmatch(lines[0])
    if line is None or len(lines) > LINES_MAX:
        return None
    method, path, query = line.groups(b"")
    headers: CIMultiDict[str] = CIMultiDict()
    length = 0
    for row in lines[1:]:
        found = _HEADER.fullmatch(row)
        if found is None:
            return None
        name, value = found[1].decode(), found[2].decode().strip(" \t")
        word = name.lower()
        if word == "content-length":
            if word in headers or not value.isdecimal() or len(value) > 9:
                return None
            length = int(value)
        elif word in _UNUSUAL or (word == "connection" and value.lower() != "keep-alive"):
            return None
        headers.add(name, value)
    verb = method.decode()
    if verb not in METHODS or length > BODY_MAX:
        return None
    request = WireRequest(method=verb, path=path.decode(), query=query.decode(), headers=headers)
    return request, length

"""One connection to an exchange: one request at a time, and none after a doubt."""

import asyncio
from typing import cast

from daemon.exchanges.raw_answer import AnswerReader, BrokenAnswer
from daemon.exchanges.transport import RawResponse, SentUnknown


class RawConnection(asyncio.Protocol):
    """A kept connection.

    Attributes:
        is_open: another request may be written.
        idle_since: the loop's time at which the last answer, or the connection itself, was whole.
        lost: done once the socket is closed.
    """

    __slots__ = (
        "_answer", "_body_bytes_max", "_loop", "_reader", "_timer", "_transport", "idle_since",
        "is_open", "lost",
    )  # fmt: skip

    def __init__(self, loop: asyncio.AbstractEventLoop, body_bytes_max: int) -> None:
        self._loop = loop
        self._body_bytes_max = body_bytes_max
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[RawResponse] | None = None
        self._reader: AnswerReader | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.is_open = False
        self.idle_since = loop.time()
        self.lost: asyncio.Future[None] = loop.create_future()

    def exchange(self, raw: bytes, *, timeout_s: float) -> asyncio.Future[RawResponse]:
        """Write a request; from here on every failure is SentUnknown."""
        assert self.is_open
        assert self._answer is None
        assert self._transport is not None
        answer = self._answer = self._loop.create_future()
        self._reader = AnswerReader(self._body_bytes_max)
        self._timer = self._loop.call_later(timeout_s, self._time_out)
        self._transport.write(raw)
        return answer

    def abort(self, reason: str = "Aborted") -> None:
        """Close at once; a request under way fails with the reason."""
        self.is_open = False
        answer = self._take_answer()
        if answer is not None and not answer.done():
            answer.set_exception(SentUnknown(reason))
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports only look like asyncio's.
        self._transport = cast(asyncio.Transport, transport)
        self.is_open = True

    def data_received(self, data: bytes) -> None:
        reader = self._reader
        if reader is None:
            self.abort()  # nobody asked: whose answer would the next one be?
            return
        try:
            response = reader.feed(data)
        except BrokenAnswer as error:
            self.abort(str(error))
            return
        if response is None:
            return
        if not reader.keeps_open:
            self.is_open = False
            assert self._transport is not None
            self._transport.close()
        answer = self._take_answer()
        self.idle_since = self._loop.time()
        if answer is not None and not answer.done():
            answer.set_result(response)

    def eof_received(self) -> bool:
        self.is_open = False
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.abort(f"ConnectionLost ({type(exc).__name__})" if exc else "ConnectionLost")
        if not self.lost.done():
            self.lost.set_result(None)

    def _take_answer(self) -> asyncio.Future[RawResponse] | None:
        if self._timer is not None:
            self._timer.cancel()
        answer, self._answer, self._reader, self._timer = self._answer, None, None, None
        return answer

    def _time_out(self) -> None:
        self.abort("Timeout: no whole answer")

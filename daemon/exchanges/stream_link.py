"""Keep one WebSocket standing: connect, greet, listen, notice silence, connect again.

A stream that stands is no proof that it tells everything: after every connection its owner is told
that there may be a gap, and fills it by REST.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from random import SystemRandom
from typing import Any, Protocol

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from daemon import metrics
from daemon.exchanges.connection_pace import ConnectionPace
from daemon.exchanges.transport import shared_ssl_context
from patriot_app.core.clock import Clock
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.errors import ExchangeError

LOGGER = logging.getLogger("patriot.streams")

STALE_AFTER_S = 60.0
PING_EVERY_S = 20.0
AGE_S_MAX = 23 * 3_600.0
"""Binance closes after 24 hours; we choose the moment ourselves."""
BACKOFF_FIRST_S = 0.5
BACKOFF_MAX_S = 30.0
OPEN_TIMEOUT_S = 10.0
MESSAGE_BYTES_MAX = 4 * 1024 * 1024
QUEUED_MESSAGES_MAX = 256
CONNECTING_AT_ONCE_MAX = 20


class StreamBroken(Exception):
    """The stream told us, or its silence did, that it is of no use any more."""


class StreamProtocol(Protocol):
    """One kind of stream: how to greet it and what its messages mean."""

    exchange: Exchange
    kind: str

    async def open_url(self) -> str:
        """Return where to connect, after whatever must be asked for first."""
        ...

    def greetings(self) -> list[dict[str, Any]]:
        """Return what to send once connected; each waits for `is_greeted`."""
        ...

    def is_greeted(self, message: Any) -> bool:
        """Tell whether a message answers a greeting.

        Raises:
            StreamBroken: it says no.
        """
        ...

    async def on_connected(self) -> None: ...

    async def on_message(self, message: Any) -> None: ...

    async def keep_alive(self) -> dict[str, Any] | None:
        """Do what is due; return a ping to send, None for the WebSocket's own."""
        ...


@dataclass(slots=True)
class Shared:
    """What all streams of a process share."""

    clock: Clock
    ssl_context: ssl.SSLContext
    connecting: asyncio.Semaphore
    random: Callable[[], float]
    pace: ConnectionPace
    ping_every_s: float = PING_EVERY_S
    stale_after_s: float = STALE_AFTER_S
    age_s_max: float = AGE_S_MAX


def shared_streams(clock: Clock, *, random: Callable[[], float] | None = None) -> Shared:
    """Return the shared parts, once per process."""
    return Shared(
        clock=clock,
        ssl_context=shared_ssl_context(),
        connecting=asyncio.Semaphore(CONNECTING_AT_ONCE_MAX),
        random=random or SystemRandom().random,
        pace=ConnectionPace(clock),
    )


class StreamLink:
    """One task that keeps one stream."""

    def __init__(
        self, protocol: StreamProtocol, shared: Shared, *, source_address: str | None = None
    ) -> None:
        self._protocol = protocol
        self._shared = shared
        self._source_address = source_address
        self._connection: ClientConnection | None = None
        self._last_heard = 0.0
        self.is_connected = False

    async def run(self) -> None:
        """Keep the stream until cancelled."""
        delay = BACKOFF_FIRST_S
        while True:
            began = self._shared.clock.monotonic()
            try:
                await self._stand()
            except (
                ExchangeError,
                StreamBroken,
                WebSocketException,
                OSError,
                TimeoutError,
            ) as error:
                LOGGER.info(
                    "stream lost", extra={"kind": self._protocol.kind, "why": type(error).__name__}
                )
            if self._shared.clock.monotonic() - began > BACKOFF_MAX_S:
                delay = BACKOFF_FIRST_S
            metrics.STREAM_RECONNECTS_TOTAL.labels(
                self._protocol.exchange.value, self._protocol.kind
            ).inc()
            await self._shared.clock.sleep(delay * (0.5 + self._shared.random()))
            delay = min(delay * 2, BACKOFF_MAX_S)

    async def send(self, message: dict[str, Any]) -> bool:
        """Send on the open stream; False if there is none now."""
        if self._connection is None or not self.is_connected:
            return False
        await self._connection.send(orjson.dumps(message), text=True)
        return True

    async def _stand(self) -> None:
        await self._shared.pace.admit(self._protocol.exchange, self._source_address)
        async with self._shared.connecting:
            url = await self._protocol.open_url()
            opening = connect(
                url,
                ssl=self._shared.ssl_context if url.startswith("wss") else None,
                local_addr=(self._source_address, 0) if self._source_address else None,
                compression=None,
                proxy=None,
                open_timeout=OPEN_TIMEOUT_S,
                close_timeout=1.0,
                ping_interval=None,
                max_size=MESSAGE_BYTES_MAX,
                max_queue=QUEUED_MESSAGES_MAX,
            )
            connection = await opening
        gauge = metrics.STREAM_CONNECTED.labels(self._protocol.exchange.value, self._protocol.kind)
        try:
            self._connection = connection
            self._heard()
            await self._greet(connection)
            self.is_connected = True
            gauge.inc()
            await self._protocol.on_connected()
            await self._listen(connection)
        finally:
            if self.is_connected:
                gauge.dec()
            self.is_connected = False
            self._connection = None
            await connection.close()

    async def _greet(self, connection: ClientConnection) -> None:
        for greeting in self._protocol.greetings():
            await connection.send(orjson.dumps(greeting), text=True)
            async with asyncio.timeout(OPEN_TIMEOUT_S):
                while True:
                    message = _parse(await connection.recv())
                    self._heard()
                    if self._protocol.is_greeted(message):
                        break
                    await self._protocol.on_message(message)

    async def _listen(self, connection: ClientConnection) -> None:
        clock, shared = self._shared.clock, self._shared
        began = clock.monotonic()
        next_ping = began + shared.ping_every_s
        events = metrics.STREAM_EVENTS_TOTAL.labels(
            self._protocol.exchange.value, self._protocol.kind
        )
        while True:
            try:
                async with asyncio.timeout(max(next_ping - clock.monotonic(), 0.0)):
                    raw = await connection.recv()
            except TimeoutError:
                raw = None
            now = clock.monotonic()
            if raw is not None:
                self._heard()
                events.inc()
                await self._protocol.on_message(_parse(raw))
            if now >= next_ping:
                if now - self._last_heard > shared.stale_after_s:
                    raise StreamBroken("silent")
                if now - began > shared.age_s_max:
                    raise StreamBroken("old")
                await self._ping(connection)
                next_ping = now + shared.ping_every_s

    async def _ping(self, connection: ClientConnection) -> None:
        message = await self._protocol.keep_alive()
        if message is not None:
            await connection.send(orjson.dumps(message), text=True)
            return
        asyncio.ensure_future(await connection.ping()).add_done_callback(self._on_pong)

    def _on_pong(self, pong: asyncio.Future[float]) -> None:
        # A connection that closes fails its waiting pongs; asking marks the failure as seen.
        if not pong.cancelled() and pong.exception() is None:
            self._heard()

    def _heard(self) -> None:
        self._last_heard = self._shared.clock.monotonic()


def _parse(raw: str | bytes) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise StreamBroken("not JSON") from error

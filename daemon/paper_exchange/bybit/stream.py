"""Bybit's websockets: signing in, subscribing, pings; the streams decide what is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final

from aiohttp import web

from daemon.paper_exchange.bybit.connection import IDLE_S, Connection, Json
from daemon.paper_exchange.bybit.errors import BybitError
from daemon.paper_exchange.bybit.private_stream import TOPICS, PrivateStream
from daemon.paper_exchange.bybit.public_stream import PublicStream
from daemon.paper_exchange.bybit.rest import BybitRest
from daemon.paper_exchange.bybit.trade_stream import TradeStream
from daemon.paper_exchange.events import Event
from daemon.paper_exchange.sockets import Sockets

ARGS_MAX: Final = 2000
"""Topics in one subscribe request."""
IDLE_LEAST_S: Final = 30.0
STATUS_TOPIC: Final = "system.status"


class BybitStreams:
    """The websocket endpoints of one engine."""

    def __init__(self, rest: BybitRest, wall_ms: Callable[[], int], sockets: Sockets) -> None:
        self._sockets = sockets
        self._gate = rest.gate
        self._wall_ms = wall_ms
        parts = rest.parts
        self._public = PublicStream(parts.market_data, wall_ms)
        self._private = PrivateStream(
            parts.engine,
            parts.history,
            parts.holdings,
            parts.positions,
            parts.disconnects,
            parts.visibility,
        )
        self._trade = TradeStream(rest.gate, parts.trading, wall_ms)
        self._connections: set[Connection] = set()

    def watch(self, event: Event) -> None:
        """Take an event of the engine; it must not raise or block."""
        self._public.watch(event)
        self._private.watch(event)

    async def serve_public(self, request: web.Request) -> web.WebSocketResponse:
        """Serve /v5/public/linear."""
        return await self._serve(request, self._handle_public)

    async def serve_other(self, request: web.Request) -> web.WebSocketResponse:
        """Serve the sockets of other products, where no topic has anything to tell."""
        handle = self._handle_option if request.path.endswith("/option") else self._handle_other
        return await self._serve(request, handle)

    async def serve_status(self, request: web.Request) -> web.WebSocketResponse:
        """Serve /v5/public/misc/status, where maintenance is announced; none is ever planned."""
        return await self._serve(request, self._handle_status)

    async def serve_private(self, request: web.Request) -> web.WebSocketResponse:
        """Serve /v5/private."""
        return await self._serve(request, self._handle_private)

    async def serve_trade(self, request: web.Request) -> web.WebSocketResponse:
        """Serve /v5/trade."""
        return await self._serve(request, self._trade.handle)

    async def close_all(self, app: web.Application) -> None:
        """Close every connection when the server stops."""
        for connection in list(self._connections):
            await connection.close()

    def abort_all(self) -> int:
        """Break every connection at once, as a bad network would; return how many."""
        connections = list(self._connections)
        for connection in connections:
            connection.abort()
        return len(connections)

    def count_listeners(self, topic: str) -> int:
        """Count the connections that are subscribed to a topic."""
        return sum(topic in connection.topics for connection in self._connections)

    async def _serve(
        self, request: web.Request, handle: Callable[[Connection, Json], bool]
    ) -> web.WebSocketResponse:
        self._sockets.admit("bybit", request)
        socket = web.WebSocketResponse(autoping=True, compress=False)
        await socket.prepare(request)
        connection = Connection(
            socket,
            request.transport,
            address=request.remote or "",
            idle_s=_idle_s(request.query.get("max_active_time", "")),
        )
        connection.line = line = self._sockets.open(
            "bybit", request, put=connection.put, whose=lambda: connection.api_key
        )
        self._connections.add(connection)
        writer = asyncio.create_task(connection.write())
        try:
            while (message := await connection.read()) is not None:
                work = partial(handle, connection, message)
                if await self._sockets.serve_message(line, message, work) is False:
                    await connection.flush()
                    break
        finally:
            self._sockets.close(line)
            self._connections.discard(connection)
            for stream in (self._public, self._private, self._trade):
                stream.forget(connection)
            writer.cancel()
            with suppress(asyncio.CancelledError):
                await writer
            await socket.close()
        return socket

    def _handle_public(self, connection: Connection, message: Json) -> bool:
        """Answer one request of the public stream; False ends the connection."""
        operation = message.get("op")
        if operation == "ping":
            connection.send_json(self._reply(connection, message, True, "pong"))
        elif operation == "subscribe":
            topics = _topics(message)
            unknown = [t for t in topics if not self._public.subscribe(connection, t)]
            self._confirm(connection, message, unknown)
            for topic in topics:
                if topic not in unknown:
                    self._public.snapshot(connection, topic)
        elif operation == "unsubscribe":
            for topic in _topics(message):
                self._public.unsubscribe(connection, topic)
            connection.send_json(self._reply(connection, message, True, ""))
        else:
            connection.send_json(self._reply(connection, message, False, "error:invalid op"))
        return True

    def _handle_other(self, connection: Connection, message: Json) -> bool:
        """Answer one request about spot or inverse contracts, of which there are none."""
        return self._handle_silent(connection, message, served=frozenset())

    def _handle_status(self, connection: Connection, message: Json) -> bool:
        """Answer one request about the exchange's own state."""
        return self._handle_silent(connection, message, served=frozenset({STATUS_TOPIC}))

    def _handle_silent(
        self, connection: Connection, message: Json, *, served: frozenset[str]
    ) -> bool:
        operation = message.get("op")
        if operation == "ping":
            connection.send_json(self._reply(connection, message, True, "pong"))
        elif operation == "subscribe":
            self._confirm(connection, message, [t for t in _topics(message) if t not in served])
        elif operation == "unsubscribe":
            connection.send_json(self._reply(connection, message, True, ""))
        else:
            connection.send_json(self._reply(connection, message, False, "error:invalid op"))
        return True

    def _handle_option(self, connection: Connection, message: Json) -> bool:
        """Answer one request about options, whose gateway has words of its own."""
        operation = message.get("op")
        if operation == "ping":
            connection.send_json({"args": [str(self._wall_ms())], "op": "pong"})
        elif operation in ("subscribe", "unsubscribe"):
            failed = _topics(message) if operation == "subscribe" else []
            topics = {"failTopics": failed, "successTopics": []}
            reply = {"success": True, "conn_id": connection.id, "data": topics}
            connection.send_json(_with_request_id(reply | {"type": "COMMAND_RESP"}, message))
        else:
            connection.send_json(self._reply(connection, message, False, "error:invalid op"))
        return True

    def _handle_private(self, connection: Connection, message: Json) -> bool:
        """Answer one request of the private stream; a failed login ends the connection."""
        operation = message.get("op")
        if operation == "ping":
            pong = {"op": "pong", "args": [str(self._wall_ms())], "conn_id": connection.id}
            connection.send_json(_with_request_id(pong, message))
        elif operation == "auth":
            return self._sign_in(connection, message)
        elif not connection.api_key:
            text = "Request not authorized"
            connection.send_json(self._reply(connection, message, False, text))
        elif operation == "subscribe":
            unknown = [topic for topic in _topics(message) if topic not in TOPICS]
            self._private.subscribe(connection, _topics(message))
            self._confirm(connection, message, unknown)
        elif operation == "unsubscribe":
            self._private.unsubscribe(connection, _topics(message))
            connection.send_json(self._reply(connection, message, True, ""))
        else:
            connection.send_json(self._reply(connection, message, False, "error:invalid op"))
        return True

    def _sign_in(self, connection: Connection, message: Json) -> bool:
        try:
            account = self._gate.sign_in_stream(
                message.get("args"), address=connection.address, now_ms=self._wall_ms()
            )
        except BybitError as error:
            connection.send_json(self._reply(connection, message, False, error.message))
            return False
        if connection.api_key:
            self._private.forget(connection)
        connection.api_key = account.api_key
        self._private.join(connection)
        connection.send_json(self._reply(connection, message, True, ""))
        return True

    def _confirm(self, connection: Connection, message: Json, unknown: list[str]) -> None:
        if unknown:
            text = f"error:handler not found,topic:{unknown[0]}"
            connection.send_json(self._reply(connection, message, False, text))
        else:
            connection.send_json(self._reply(connection, message, True, ""))

    def _reply(self, connection: Connection, message: Json, success: bool, text: str) -> Json:
        reply: Json = {
            "success": success,
            "ret_msg": text,
            "conn_id": connection.id,
            "op": str(message.get("op", ""))[:64],
        }
        return _with_request_id(reply, message)


def _with_request_id(reply: Json, message: Json) -> Json:
    """Repeat the client's request id, a number or a word, where it sent one."""
    return reply | ({"req_id": message["req_id"]} if "req_id" in message else {})


def _topics(message: Json) -> list[str]:
    args = message.get("args")
    return [str(arg) for arg in args[:ARGS_MAX]] if isinstance(args, list) else []


def _idle_s(wanted: str) -> float:
    """Read max_active_time (30s to 600s, or minutes as 1m); the longest time by default."""
    number, unit = wanted[:-1], wanted[-1:]
    if not (number.isascii() and number.isdigit() and len(number) <= 3 and unit in ("s", "m")):
        return IDLE_S
    return min(max(float(number) * (60 if unit == "m" else 1), IDLE_LEAST_S), IDLE_S)

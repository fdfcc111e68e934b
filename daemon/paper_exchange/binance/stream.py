"""The WebSocket side of the Binance dialect: connections and what they asked for.

Three groups have their own paths: ``/public`` (book), ``/market`` (candles, mark prices, tickers)
and ``/private`` (user data). A stream asked for in another group stays silent, and so do the
retired paths without a group.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, Final

import orjson
from aiohttp import WSMsgType, web

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.binance.call import Dialect
from daemon.paper_exchange.binance.listen_keys import account_of, is_alive

LARGEST_SUBSCRIPTION: Final = 1024
MESSAGES_A_SECOND: Final = 10
QUEUED_FRAMES: Final = 20_000
PING_S: Final = 180.0
LEGACY: Final = "legacy"
"""The paths without a group, when they are served at all: every stream."""
_BOOK_WORDS: Final = ("bookTicker", "depth", "trade")


class Connection:
    """One socket: its subscriptions and the frames that wait to be sent.

    A client that does not read loses its connection, not the exchange its memory.
    """

    def __init__(self, *, group: str, wrapped: bool) -> None:
        self.group = group
        self.wrapped = wrapped
        self.names: set[str] = set()
        self.account: Account | None = None
        self.listen_key = ""
        self.overflown = False
        self._queue: asyncio.Queue[bytes] = asyncio.Queue(QUEUED_FRAMES)

    def send(self, frame: bytes) -> None:
        """Queue a frame."""
        try:
            self._queue.put_nowait(frame)
        except asyncio.QueueFull:
            self.overflown = True

    def send_data(self, name: str, payload: bytes) -> None:
        """Queue a stream's payload, wrapped where the path says so."""
        if self.wrapped:
            payload = b'{"stream":%s,"data":%s}' % (orjson.dumps(name), payload)
        self.send(payload)

    def serves(self, name: str) -> bool:
        """Tell whether the connection's group has a stream."""
        word = name.partition("@")[2]
        is_book = any(word.startswith(book) for book in _BOOK_WORDS)
        return self.group in {"public" if is_book else "market", LEGACY}

    async def write(self, socket: web.WebSocketResponse) -> None:
        """Send queued frames until the socket closes."""
        while not self.overflown:
            frame = await self._queue.get()
            await socket.send_str(frame.decode())
        await socket.close(code=1008, message=b"client too slow")


class StreamHub:
    """All connections, by stream name and by account."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.by_name: dict[str, set[Connection]] = {}
        self.by_account: dict[str, set[Connection]] = {}
        self._sockets: set[web.WebSocketResponse] = set()

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one connection until it closes."""
        group = request.match_info.get("group", "")
        if not group and self.dialect.options.legacy_streams:
            group = LEGACY
        wrapped = request.path.rstrip("/").endswith("/stream")
        connection = Connection(group=group, wrapped=wrapped)
        socket = web.WebSocketResponse(heartbeat=PING_S, max_msg_size=1 << 20)
        await socket.prepare(request)
        self._sockets.add(socket)
        names = [request.match_info.get("names", ""), request.query.get("streams", "")]
        wanted = [name for part in names for name in part.split("/") if name]
        self._subscribe(connection, wanted)
        self._bind(connection, request.query.get("listenKey", ""))
        writer = asyncio.create_task(connection.write(socket))
        try:
            await self._read(connection, socket)
        finally:
            writer.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await writer
            self._sockets.discard(socket)
            self._forget(connection)
        return socket

    async def close(self) -> None:
        """Close every connection."""
        for socket in list(self._sockets):
            await socket.close(code=1001, message=b"server shutdown")

    def publish(self, name: str, payload: dict[str, Any] | list[dict[str, Any]]) -> None:
        """Send a market event (or a list of them) to those who asked for it."""
        data = orjson.dumps(payload)
        for connection in self.by_name.get(name, ()):
            connection.send_data(name, data)

    def publish_to_account(self, account: Account, payload: dict[str, Any]) -> None:
        """Send a user event to the account's streams."""
        data = orjson.dumps(payload)
        for connection in self.by_account.get(account.api_key, ()):
            connection.send_data(connection.listen_key, data)

    def expire_keys(self, market_ms: int) -> None:
        """Tell the streams whose key has ended, and cut them off."""
        now_ms = self.dialect.host.wall_ms()
        for connections in list(self.by_account.values()):
            for connection in list(connections):
                account, key = connection.account, connection.listen_key
                assert account is not None
                if is_alive(account, now_ms) and account.listen_key == key:
                    continue
                frame = {"e": "listenKeyExpired", "E": market_ms, "listenKey": key}
                connection.send_data(key, orjson.dumps(frame))
                self._unbind(connection)

    async def _read(self, connection: Connection, socket: web.WebSocketResponse) -> None:
        loop = asyncio.get_running_loop()
        second, messages = 0, 0
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            now = int(loop.time())
            messages = messages + 1 if now == second else 1
            second = now
            if messages > MESSAGES_A_SECOND:
                await socket.close(code=1008, message=b"Too many requests")
                return
            connection.send(orjson.dumps(self._answer(connection, message.data)))

    def _answer(self, connection: Connection, text: str) -> dict[str, Any]:
        try:
            message = orjson.loads(text)
            method, number = message["method"], message.get("id")
            names = [str(name) for name in message.get("params") or []]
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            return {"error": {"code": 3, "msg": "Invalid JSON: expected an object"}}
        if method == "SUBSCRIBE":
            if len(connection.names) + len(names) > LARGEST_SUBSCRIPTION:
                return {"error": {"code": 2, "msg": "Too many streams"}, "id": number}
            self._subscribe(connection, names)
        elif method == "UNSUBSCRIBE":
            for name in names:
                connection.names.discard(name)
                self.by_name.get(name, set()).discard(connection)
        elif method == "LIST_SUBSCRIPTIONS":
            return {"result": sorted(connection.names), "id": number}
        else:
            return {"error": {"code": 2, "msg": f"Invalid request: method {method}"}, "id": number}
        return {"result": None, "id": number}

    def _subscribe(self, connection: Connection, names: list[str]) -> None:
        for name in names:
            if "@" not in name and not name.startswith("!"):
                self._bind(connection, name)
                continue
            connection.names.add(name)
            if connection.serves(name):
                self.by_name.setdefault(name, set()).add(connection)

    def _bind(self, connection: Connection, listen_key: str) -> None:
        """Connect a socket with the account of a key; an unknown key stays silent."""
        if not listen_key or connection.group not in {"private", LEGACY}:
            return
        now_ms = self.dialect.host.wall_ms()
        account = account_of(self.dialect.engine, listen_key, now_ms)
        if account is None:
            return
        connection.account, connection.listen_key = account, listen_key
        self.by_account.setdefault(account.api_key, set()).add(connection)

    def _unbind(self, connection: Connection) -> None:
        if connection.account is not None:
            bound = self.by_account.get(connection.account.api_key, set())
            bound.discard(connection)
            if not bound:
                self.by_account.pop(connection.account.api_key, None)
        connection.account, connection.listen_key = None, ""

    def _forget(self, connection: Connection) -> None:
        self._unbind(connection)
        for name in connection.names:
            listeners = self.by_name.get(name, set())
            listeners.discard(connection)
            if not listeners:
                self.by_name.pop(name, None)

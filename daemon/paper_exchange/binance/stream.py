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
from aiohttp import web

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.binance.call import Dialect
from daemon.paper_exchange.binance.listen_keys import account_of, is_alive
from daemon.paper_exchange.binance.stream_names import read_name
from daemon.paper_exchange.binance.stream_requests import MAX_NAMES, answer_message
from daemon.paper_exchange.binance.web_socket import Socket

LEGACY: Final = "legacy"
"""The paths without a group, when they are served at all: every stream."""


class Connection:
    """One socket's subscriptions."""

    def __init__(self, hub: StreamHub, *, group: str, wrapped: bool, socket: Socket) -> None:
        self._hub = hub
        self.group = group
        self.wrapped = wrapped
        self.socket = socket
        self.names: set[str] = set()
        self.account: Account | None = None
        self.listen_key = ""

    def whose(self) -> str:
        """Return the API key of the account that the socket listens to, '' for none."""
        return self.account.api_key if self.account is not None else ""

    def send_data(self, name: str, payload: bytes) -> None:
        """Queue a stream's payload, wrapped where the path or a property says so."""
        if self.wrapped:
            payload = b'{"stream":%s,"data":%s}' % (orjson.dumps(name), payload)
        self.socket.send(payload)

    def subscribe(self, names: list[str]) -> None:
        """Ask for streams."""
        self._hub.subscribe(self, names)

    def unsubscribe(self, names: list[str]) -> None:
        """End streams."""
        self._hub.unsubscribe(self, names)

    def serves(self, name: str) -> bool:
        """Tell whether the connection's group has a stream."""
        wanted = read_name(name)
        return wanted is not None and self.group in {wanted.group, LEGACY}


class StreamHub:
    """All connections, by stream name and by account."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.by_name: dict[str, set[Connection]] = {}
        self.by_account: dict[str, set[Connection]] = {}
        self._sockets: set[Socket] = set()

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one connection until it closes."""
        group = request.match_info.get("group", "")
        if not group and self.dialect.options.legacy_streams:
            group = LEGACY
        options = self.dialect.options
        socket = Socket(self.dialect.host.sockets, ping_s=options.ping_s, life_s=options.life_s)
        wrapped = request.path.rstrip("/").endswith("/stream")
        connection = Connection(self, group=group, wrapped=wrapped, socket=socket)
        await socket.open(request, whose=connection.whose)
        self._sockets.add(socket)
        try:
            names = [request.match_info.get("names", ""), request.query.get("streams", "")]
            wanted = [name for part in names for name in part.split("/") if name]
            if len(wanted) > MAX_NAMES:
                await socket.close(1008, b"Too many streams")
                return socket.response
            self.subscribe(connection, wanted)
            self._bind(connection, request.query.get("listenKey", ""))
            await socket.run(lambda text: answer_message(connection, text))
        finally:
            socket.leave()
            self._sockets.discard(socket)
            self._forget(connection)
        return socket.response

    async def close(self) -> None:
        """Close every connection."""
        sockets = [socket.close(1001, b"server shutdown") for socket in self._sockets]
        with contextlib.suppress(ConnectionError):
            await asyncio.gather(*sockets)

    def publish(self, name: str, payload: dict[str, Any] | list[dict[str, Any]]) -> None:
        """Send a market event (or a list of them) to those who asked for it."""
        listeners = self.by_name.get(name)
        if not listeners:
            return
        data = orjson.dumps(payload)
        for connection in listeners:
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

    def subscribe(self, connection: Connection, names: list[str]) -> None:
        """Ask for streams; a name without @ is a listen key."""
        for name in names:
            if "@" not in name and not name.startswith("!"):
                self._bind(connection, name)
                continue
            connection.names.add(name)
            if connection.serves(name):
                self.by_name.setdefault(name, set()).add(connection)

    def unsubscribe(self, connection: Connection, names: list[str]) -> None:
        """End streams; those that never were are no error."""
        for name in names:
            if name and name == connection.listen_key:
                self._unbind(connection)
            connection.names.discard(name)
            self._drop(connection, name)

    def _bind(self, connection: Connection, listen_key: str) -> None:
        """Connect a socket with the account of a key; an unknown key stays silent."""
        if not listen_key or connection.group not in {"private", LEGACY}:
            return
        now_ms = self.dialect.host.wall_ms()
        account = account_of(self.dialect.engine, listen_key, now_ms)
        if account is None:
            return
        self._unbind(connection)
        connection.account, connection.listen_key = account, listen_key
        self.by_account.setdefault(account.api_key, set()).add(connection)

    def _unbind(self, connection: Connection) -> None:
        if connection.account is not None:
            bound = self.by_account.get(connection.account.api_key, set())
            bound.discard(connection)
            if not bound:
                self.by_account.pop(connection.account.api_key, None)
        connection.account, connection.listen_key = None, ""

    def _drop(self, connection: Connection, name: str) -> None:
        listeners = self.by_name.get(name)
        if listeners is not None:
            listeners.discard(connection)
            if not listeners:
                del self.by_name[name]

    def _forget(self, connection: Connection) -> None:
        self._unbind(connection)
        for name in connection.names:
            self._drop(connection, name)

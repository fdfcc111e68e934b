"""Orders and cancels over our own lean HTTP/1.1: a third of the CPU of a general client.

What it leaves out is what an order must not have: retries, redirects, cookies, proxies, pipelining,
compression. A request is written once to a connection that is known to stand; whatever happens after
that is SentUnknown, whatever happens before is NotSent.
"""

import asyncio
import socket
import ssl
from collections import deque
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from daemon.exchanges.raw_connection import RawConnection
from daemon.exchanges.transport import (
    BODY_BYTES_MAX,
    CONNECT_LIMIT_S,
    CONNECTIONS_MAX,
    DNS_CACHE_S,
    KEEP_ALIVE_S,
    HttpRequest,
    NotSent,
    RawResponse,
    shared_ssl_context,
)

_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
"""Methods that state the length of their body even when it is empty."""
_PORTS = {"http": 80, "https": 443}
_CLOSE_LIMIT_S = 1.0


@dataclass(slots=True, eq=False)
class _Origin:
    """One exchange host as seen from one source address, and its kept connections.

    Attributes:
        places: one for each connection that may exist; a request holds one.
        idle: oldest first; the youngest is used again first, so that the others may grow old.
    """

    host: str
    port: int
    is_tls: bool
    head: str
    local_address: str | None
    places: asyncio.Semaphore
    idle: deque[RawConnection] = field(default_factory=deque)
    addresses: list[str] = field(default_factory=list)
    looked_up_at: float = 0.0
    look_up: asyncio.Lock = field(default_factory=asyncio.Lock)


class RawTransport:
    """Keeps connections per exchange host and source address."""

    def __init__(
        self,
        *,
        connections_max: int = CONNECTIONS_MAX,
        body_bytes_max: int = BODY_BYTES_MAX,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._connections_max = connections_max
        self._body_bytes_max = body_bytes_max
        self._ssl = ssl_context or shared_ssl_context()
        self._origins: dict[tuple[str, str | None], _Origin] = {}
        self._connections: set[RawConnection] = set()

    async def send(
        self, request: HttpRequest, *, timeout_s: float, local_address: str | None = None
    ) -> RawResponse:
        slash = request.url.find("/", 8)
        if slash < 0:
            raise NotSent("The URL has no path")
        origin = self._origin(request.url[:slash], local_address)
        raw = _encode(request, request.url[slash:], origin.head)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        if origin.places.locked():
            await _await_place(origin, deadline)
        else:
            await origin.places.acquire()
        try:
            connection = _take_idle(origin, loop.time() - KEEP_ALIVE_S)
            if connection is None:
                connection = await self._connect(origin, deadline)
            timeout_s = deadline - loop.time()
            try:
                return await connection.exchange(raw, timeout_s=timeout_s)
            except asyncio.CancelledError:
                connection.abort()  # its answer may still come, and must meet nobody else
                raise
            finally:
                if connection.is_open:
                    origin.idle.append(connection)
        finally:
            origin.places.release()

    async def prewarm(self, url: str, *, connections: int, local_address: str | None) -> None:
        """Open connections until so many are idle; sends nothing, so it costs no weight."""
        origin = self._origin(url[: url.find("/", 8)], local_address)
        wanted = min(connections, self._connections_max) - len(origin.idle)
        await asyncio.gather(
            *(self._open_idle(origin) for _ in range(wanted)), return_exceptions=True
        )

    async def close(self) -> None:
        self._origins.clear()
        lost = [connection.lost for connection in self._connections]
        for connection in list(self._connections):
            connection.abort("The transport was closed")
        if lost:
            await asyncio.wait(lost, timeout=_CLOSE_LIMIT_S)

    def _origin(self, address: str, local_address: str | None) -> _Origin:
        origin = self._origins.get((address, local_address))
        if origin is None:
            parts = urlsplit(address)
            if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc:
                raise NotSent("The URL names no host to send to")
            origin = self._origins[address, local_address] = _Origin(
                host=parts.hostname,
                port=parts.port or _PORTS[parts.scheme],
                is_tls=parts.scheme == "https",
                head=f"Host: {parts.netloc}",
                local_address=local_address,
                places=asyncio.Semaphore(self._connections_max),
            )
        return origin

    async def _open_idle(self, origin: _Origin) -> None:
        async with origin.places:
            deadline = asyncio.get_running_loop().time() + CONNECT_LIMIT_S
            origin.idle.append(await self._connect(origin, deadline))

    async def _connect(self, origin: _Origin, deadline: float) -> RawConnection:
        """Open a connection.

        Raises:
            NotSent: it does not stand in time; no byte of a request has left.
        """
        now = asyncio.get_running_loop().time()
        until = min(deadline, now + CONNECT_LIMIT_S)
        try:
            async with asyncio.timeout_at(until):
                return await self._dial(origin, until)
        except (OSError, UnicodeError) as error:
            # TimeoutError, every ssl.SSLError and socket.gaierror are OSErrors.
            raise NotSent(f"No connection: {type(error).__name__}") from error

    async def _dial(self, origin: _Origin, until: float) -> RawConnection:
        """Try the host's addresses in turn, each with its share of the time that is left."""
        loop = asyncio.get_running_loop()
        addresses = await _look_up(origin)
        for tried, address in enumerate(addresses):
            share_s = (until - loop.time()) / (len(addresses) - tried)
            try:
                async with asyncio.timeout(share_s):
                    _, connection = await loop.create_connection(
                        lambda: RawConnection(loop, self._body_bytes_max),
                        address,
                        origin.port,
                        ssl=self._ssl if origin.is_tls else None,
                        server_hostname=origin.host if origin.is_tls else None,
                        local_addr=(origin.local_address, 0) if origin.local_address else None,
                    )
            except ssl.SSLError:
                raise  # another address would show the same certificate
            except OSError:
                if tried == len(addresses) - 1:
                    raise
            else:
                return self._remember(connection)
        raise OSError("The host has no address of the source's family")

    def _remember(self, connection: RawConnection) -> RawConnection:
        self._connections.add(connection)
        connection.lost.add_done_callback(lambda _: self._connections.discard(connection))
        return connection


async def _await_place(origin: _Origin, deadline: float) -> None:
    try:
        async with asyncio.timeout_at(deadline):
            await origin.places.acquire()
    except TimeoutError as error:
        raise NotSent("Timeout: no connection became free") from error


async def _look_up(origin: _Origin) -> list[str]:
    loop = asyncio.get_running_loop()
    async with origin.look_up:
        if not origin.addresses or loop.time() - origin.looked_up_at > DNS_CACHE_S:
            family = socket.AF_UNSPEC
            if origin.local_address:
                family = socket.AF_INET6 if ":" in origin.local_address else socket.AF_INET
            found = await loop.getaddrinfo(
                origin.host, origin.port, family=family, type=socket.SOCK_STREAM
            )
            origin.addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
            origin.looked_up_at = loop.time()
        return origin.addresses


def _take_idle(origin: _Origin, oldest_allowed: float) -> RawConnection | None:
    """Return a connection that still stands; one found closed lost nothing."""
    idle = origin.idle
    while idle and (idle[0].idle_since < oldest_allowed or not idle[0].is_open):
        idle.popleft().abort()
    while idle:
        connection = idle.pop()
        if connection.is_open and connection.idle_since >= oldest_allowed:
            return connection
        connection.abort()
    return None


def _encode(request: HttpRequest, target: str, host_line: str) -> bytes:
    """Return the bytes of a request.

    Raises:
        NotSent: a part would be read as something else than it is.
    """
    lines = [
        f"{request.method} {target} HTTP/1.1",
        host_line,
        "Accept: */*",
        "Accept-Encoding: identity",
    ]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    body = b"" if request.body is None else request.body.encode()
    if body or request.method in _WITH_BODY:
        lines.append(f"Content-Length: {len(body)}")
    text = "".join(lines)
    # A line break or a space in a key or an address would be a second header or request.
    if not (text.isascii() and text.isprintable()) or " " in target or "#" in target:
        raise NotSent("The request holds characters that may not be sent")
    lines.append("\r\n")
    return "\r\n".join(lines).encode() + body

"""Carry one signed request to an exchange and the raw answer back; never send anything twice.

Whether bytes may have left decides what a failure means, so it is in the error's type: `NotSent`
for a connection that never stood, `SentUnknown` for everything after.
"""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import aiohttp
import certifi
from yarl import URL

BODY_BYTES_MAX = 32 * 1024 * 1024
"""The whole catalogue of an exchange is about 3 MB; more than this is not an answer."""
CONNECTIONS_MAX = 1_000
KEEP_ALIVE_S = 50.0
"""Shorter than the exchanges keep theirs: whoever closes first never sends on a dead connection."""
DNS_CACHE_S = 300
CONNECT_LIMIT_S = 5.0


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request exactly as it goes out; the URL is already encoded and signed."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: str | None


@dataclass(frozen=True, slots=True)
class RawResponse:
    """An answer as it came; header names are matched without regard to case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class TransportError(Exception):
    """No whole answer came."""


class NotSent(TransportError):
    """The connection was refused or never stood: no byte of the request has left."""


class SentUnknown(TransportError):
    """Bytes may have left: the exchange may have acted on them."""


class Transport(Protocol):
    """The way to an exchange; the simulation brings its own."""

    async def send(
        self, request: HttpRequest, *, timeout_s: float, local_address: str | None = None
    ) -> RawResponse:
        """Send once.

        Raises:
            NotSent: nothing left this machine.
            SentUnknown: something may have.
        """
        ...

    async def prewarm(self, url: str, *, connections: int, local_address: str | None) -> None:
        """Open connections ahead of need."""
        ...

    async def close(self) -> None: ...


def shared_ssl_context() -> ssl.SSLContext:
    """Return one context for every session: building one costs 17 ms."""
    return ssl.create_default_context(cafile=certifi.where())


class AiohttpTransport:
    """One aiohttp session per exchange host and source address."""

    def __init__(
        self, *, connections_max: int = CONNECTIONS_MAX, body_bytes_max: int = BODY_BYTES_MAX
    ) -> None:
        assert connections_max >= 300
        self._connections_max = connections_max
        self._body_bytes_max = body_bytes_max
        self._ssl = shared_ssl_context()
        self._sessions: dict[tuple[str, str | None], aiohttp.ClientSession] = {}
        self._timeouts: dict[float, aiohttp.ClientTimeout] = {}

    async def send(
        self, request: HttpRequest, *, timeout_s: float, local_address: str | None = None
    ) -> RawResponse:
        session = self._session(request.url, local_address)
        try:
            async with session.request(
                request.method,
                # Encoded already: quoting it again would break the signature.
                URL(request.url, encoded=True),
                headers=request.headers,
                data=request.body,
                timeout=self._timeout(timeout_s),
                allow_redirects=False,
            ) as response:
                body = await self._read(response)
                return RawResponse(status=response.status, headers=response.headers, body=body)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSent(_describe(error)) from error
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise SentUnknown(_describe(error)) from error

    async def prewarm(self, url: str, *, connections: int, local_address: str | None) -> None:
        request = HttpRequest("GET", url, {}, None)
        await asyncio.gather(
            *(
                self.send(request, timeout_s=CONNECT_LIMIT_S, local_address=local_address)
                for _ in range(min(connections, self._connections_max))
            ),
            return_exceptions=True,
        )

    async def close(self) -> None:
        sessions, self._sessions = list(self._sessions.values()), {}
        for session in sessions:
            await session.close()

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        length = response.content_length
        if length is not None and length > self._body_bytes_max:
            raise SentUnknown(f"The answer has {length} bytes, at most {self._body_bytes_max}")
        chunks: list[bytes] = []
        total = 0
        async for chunk in response.content.iter_any():
            total += len(chunk)
            if total > self._body_bytes_max:
                raise SentUnknown(f"The answer is longer than {self._body_bytes_max} bytes")
            chunks.append(chunk)
        return b"".join(chunks)

    def _session(self, url: str, local_address: str | None) -> aiohttp.ClientSession:
        scheme, _, rest = url.partition("://")
        key = (f"{scheme}://{rest.partition('/')[0]}", local_address)
        session = self._sessions.get(key)
        if session is None:
            session = self._sessions[key] = self._open(local_address)
        return session

    def _open(self, local_address: str | None) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            ssl=self._ssl,
            limit=self._connections_max,
            limit_per_host=0,
            keepalive_timeout=KEEP_ALIVE_S,
            ttl_dns_cache=DNS_CACHE_S,
            local_addr=(local_address, 0) if local_address else None,
        )
        session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=True,
            raise_for_status=False,
            skip_auto_headers=("User-Agent", "Content-Type"),
        )
        # aiohttp sends DELETE, PUT and GET once more by itself when a kept connection turns out to
        # be closed (client.py, retry_persistent_connection); a cancel would then go out twice. There
        # is no public switch; aiohttp's own test client turns it off the same way.
        assert session._retry_connection is True
        session._retry_connection = False
        return session

    def _timeout(self, timeout_s: float) -> aiohttp.ClientTimeout:
        timeout = self._timeouts.get(timeout_s)
        if timeout is None:
            timeout = self._timeouts[timeout_s] = aiohttp.ClientTimeout(
                total=timeout_s, sock_connect=min(timeout_s, CONNECT_LIMIT_S)
            )
        return timeout


def _describe(error: BaseException) -> str:
    """Name the failure without its text, which may hold a signed URL."""
    cause = getattr(error, "os_error", None)
    return type(error).__name__ + (f" ({type(cause).__name__})" if cause is not None else "")

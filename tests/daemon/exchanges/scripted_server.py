"""A server on a real socket that does to a request exactly what a test says, and remembers it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import orjson


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    peer: str


Script = Callable[[Seen], bytes | None]
"""Raw bytes to answer with; None closes the connection without a word."""


def answer(status: int, body: bytes, *, headers: str = "", length: int | None = None) -> bytes:
    """Return a whole HTTP answer."""
    size = len(body) if length is None else length
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {size}\r\n"
    return (head + headers + "\r\n").encode() + body


def json_answer(document: object, *, status: int = 200, headers: str = "") -> bytes:
    """Return an answer with a JSON body."""
    return answer(status, orjson.dumps(document), headers=headers)


@dataclass(slots=True)
class ScriptedServer:
    """A running server; set `script` before a request comes."""

    url: str = ""
    script: Script = field(default=lambda _seen: json_answer({}))
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0
    close_after_answer: bool = False
    reset_after_answer: bool = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        peer = writer.get_extra_info("peername")[0]
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                lines = head.decode().split("\r\n")
                method, target, _ = lines[0].split(" ")
                headers = {
                    name.lower(): value
                    for name, _, value in (line.partition(": ") for line in lines[1:] if line)
                }
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                request = Seen(method, target, headers, body, peer)
                self.seen.append(request)
                raw = self.script(request)
                if raw is None:
                    break
                writer.write(raw)
                await writer.drain()
                if self.reset_after_answer:
                    writer.transport.abort()
                if self.close_after_answer or self.reset_after_answer:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client has gone
        finally:
            writer.close()


@asynccontextmanager
async def scripted_server(
    ssl_context: ssl.SSLContext | None = None,
) -> AsyncIterator[ScriptedServer]:
    """Run one on a free port of the loopback."""
    scripted = ScriptedServer()
    server = await asyncio.start_server(scripted.serve, "127.0.0.1", 0, ssl=ssl_context)
    scheme = "https" if ssl_context else "http"
    scripted.url = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield scripted
    finally:
        server.close()
        await server.wait_closed()

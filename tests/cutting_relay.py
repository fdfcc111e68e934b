"""A wire to PostgreSQL that breaks right after a chosen commit, before its answer comes back."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import psycopg

from tests.database import Server

COMMITTED = b"COMMIT\x00"


@dataclass
class CuttingRelay:
    """Passes every byte on; once a statement was seen, the answer to its commit is kept back.

    Attributes:
        port: where the role connects, on loopback.
        cuts: how many connections were broken.
    """

    socket: str
    statement: bytes
    port: int = 0
    cuts: int = 0
    _seen: set[int] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_unix_connection(self.socket)
        both = (writer, far_writer)
        await asyncio.gather(
            self._ask(reader, far_writer, id(writer)),
            self._answer(far_reader, writer, id(writer), both),
        )

    async def _ask(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, name: int
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(1_000_000):
                if self.cuts == 0 and self.statement in data:
                    self._seen.add(name)
                writer.write(data)
                await writer.drain()
        writer.close()

    async def _answer(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        name: int,
        both: tuple[asyncio.StreamWriter, asyncio.StreamWriter],
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(1_000_000):
                if name in self._seen and COMMITTED in data:
                    self._seen.discard(name)
                    self.cuts += 1
                    for end in both:
                        end.transport.abort()
                    return
                writer.write(data)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def cutting_relay(server: Server, *, statement: str) -> AsyncIterator[CuttingRelay]:
    """Stand between a role and the server; break the first connection that commits `statement`."""
    folder = psycopg.conninfo.conninfo_to_dict(server.uri)["host"]
    relay = CuttingRelay(f"{folder}/.s.PGSQL.5432", statement.encode())
    listening = await asyncio.start_server(relay.serve, "127.0.0.1", 0)
    relay.port = listening.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        listening.close()

"""A mail server for tests: keeps what it takes, refuses what it is told to refuse."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class Post:
    """What arrived, and how the server behaves.

    Attributes:
        refusals: answer to the next deliveries to an address, "550 no such box" for example.
        is_deaf: hang up on whoever connects.
        wants_login: ask for a login, refuse it and repeat in the answer what was sent.
    """

    url: str = ""
    letters: list[EmailMessage] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)
    is_deaf: bool = False
    wants_login: bool = False
    connections: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            if not self.is_deaf:
                await self._talk(reader, writer)
        finally:
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())
            await writer.drain()

        await say("220 ready")
        while line := (await reader.readline()).decode().strip():
            verb = line.split(maxsplit=1)[0].upper()
            if verb == "EHLO" and self.wants_login:
                await say("250-ready\r\n250 AUTH PLAIN")
            elif verb == "AUTH":
                await say(f"535 not with {line}")
            elif verb == "RCPT":
                address = line.partition("<")[2].partition(">")[0]
                await say(self.refusals.get(address, "250 fine"))
            elif verb == "DATA":
                await say("354 go on")
                raw = await reader.readuntil(b"\r\n.\r\n")
                letter = message_from_bytes(raw[:-5], policy=policy.default)
                assert isinstance(letter, EmailMessage)
                self.letters.append(letter)
                await say("250 taken")
            elif verb == "QUIT":
                await say("221 bye")
                return
            else:
                await say("250 fine")


@asynccontextmanager
async def running_post() -> AsyncIterator[Post]:
    """Serve on a free port of loopback."""
    post = Post()
    server = await asyncio.start_server(post.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    post.url = f"smtp://127.0.0.1:{port}"
    async with server:
        yield post

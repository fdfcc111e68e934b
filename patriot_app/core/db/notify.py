"""Wake others through PostgreSQL: NOTIFY inside a transaction, LISTEN with reconnect.

A notification is a hint and may be lost: every listener also polls.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence

import psycopg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from patriot_app.core.db.pipeline import Statement

COMMANDS = "patriot_command"
CHANGES = "patriot_change"
FAN_OUTS = "patriot_fan_out"
HALTS = "patriot_halt"

_NOTIFY = text("SELECT pg_notify(:channel, :payload)")
RECONNECT_S = 1.0


def statement(channel: str, payload: str = "") -> Statement:
    """Return what sends with a transaction, to be run together with others."""
    return _NOTIFY, {"channel": channel, "payload": payload}


async def notify(session: AsyncSession, channel: str, payload: str = "") -> None:
    """Send with the transaction: listeners hear it at commit, once."""
    await session.execute(_NOTIFY, {"channel": channel, "payload": payload})


@contextlib.asynccontextmanager
async def listening(
    url: str, *channels: str, poll_s: float
) -> AsyncIterator[AsyncIterator[tuple[str, str]]]:
    """Give (channel, payload) for ever; ("", "") after each `poll_s` of silence or a reconnect.

    The connection ends with the block, also where a listener is cancelled at what it heard.

    Args:
        url: as for create_engine; the driver name is removed.
    """
    async with contextlib.aclosing(_listen(url, channels, poll_s)) as notices:
        yield notices


async def _listen(
    url: str, channels: Sequence[str], poll_s: float
) -> AsyncGenerator[tuple[str, str]]:
    plain = url.replace("postgresql+psycopg://", "postgresql://")
    while True:
        with contextlib.suppress(psycopg.OperationalError):
            async with await psycopg.AsyncConnection.connect(plain, autocommit=True) as connection:
                for channel in channels:
                    await connection.execute(f'LISTEN "{channel}"')
                yield "", ""
                while True:
                    heard = False
                    waiting = connection.notifies(timeout=poll_s, stop_after=1)
                    async with contextlib.aclosing(waiting) as notices:
                        async for notice in notices:
                            heard = True
                            yield notice.channel, notice.payload
                    if not heard:
                        yield "", ""
        yield "", ""
        await asyncio.sleep(RECONNECT_S)

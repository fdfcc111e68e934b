"""Advisory locks, held to the end of the transaction, by namespace and id."""

import hashlib

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_LOCK = text("SELECT pg_advisory_xact_lock(:key)")


async def lock(session: AsyncSession, namespace: str, name: object) -> None:
    """Wait for and hold the lock of one thing until the transaction ends."""
    digest = hashlib.sha256(f"{namespace}|{name}".encode()).digest()[:8]
    await session.execute(_LOCK, {"key": int.from_bytes(digest, "big", signed=True)})

"""Answer a repeated request as the first time, for a day."""

from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from patriot_app.core.db.locks import lock

LASTS = timedelta(hours=24)

_RECALL = text(
    "SELECT answer FROM served_requests WHERE scope = :scope AND request_id = :request_id"
    " AND answered_at > :since"
)
_REMEMBER = text(
    "INSERT INTO served_requests (scope, request_id, answered_at, answer)"
    " VALUES (:scope, :request_id, :now, CAST(:answer AS jsonb))"
    " ON CONFLICT (scope, request_id) DO UPDATE"
    " SET answered_at = excluded.answered_at, answer = excluded.answer"
)
_FORGET = text("DELETE FROM served_requests WHERE answered_at < :before")


async def recall(
    session: AsyncSession, *, scope: str, request_id: str, now: datetime
) -> dict[str, Any] | None:
    """Return what this request was answered within the last day; None: it is new.

    The same request that arrives meanwhile waits until this transaction ends.
    """
    await lock(session, "request", f"{scope}|{request_id}")
    bound = {"scope": scope, "request_id": request_id, "since": now - LASTS}
    found = (await session.execute(_RECALL, bound)).scalar_one_or_none()
    return None if found is None else dict(found)


async def remember(
    session: AsyncSession, *, scope: str, request_id: str, answer: dict[str, Any], now: datetime
) -> None:
    """Keep the answer to a request for a day; older ones are forgotten."""
    await session.execute(_FORGET, {"before": now - LASTS})
    await session.execute(
        _REMEMBER,
        {
            "scope": scope,
            "request_id": request_id,
            "now": now,
            "answer": orjson.dumps(answer, default=str).decode(),
        },
    )

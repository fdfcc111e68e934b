"""Which keys are to be looked at now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.queries.reader import reading

# A submitted key is verified by its command; one whose command nobody carried out is taken up here.
_DUE = text(
    """
    SELECT c.id, c.account_id, c.status IN ('submitted', 'waiting') AS is_new
      FROM credentials AS c JOIN accounts AS a ON a.id = c.account_id
     WHERE a.shard = ANY(:shards) AND a.status <> 'disabled' AND c.api_key_ciphertext IS NOT NULL
       AND ((c.status = 'waiting' AND c.next_try_at <= :now)
         OR (c.status = 'submitted' AND c.created_at < :submitted_before)
         OR (c.status = 'verified' AND (c.next_try_at <= :now
              OR (c.next_try_at IS NULL AND c.checked_at < :checked_before))))
     ORDER BY is_new DESC, c.next_try_at NULLS LAST, c.checked_at NULLS FIRST, c.id LIMIT :count
    """
)
_IN_USE = text("SELECT id FROM credentials WHERE account_id = :account_id AND status = 'verified'")

_WITHOUT = text(
    "SELECT given.id FROM unnest(CAST(:accounts AS uuid[])) AS given(id) WHERE NOT EXISTS"
    " (SELECT 1 FROM credentials AS c WHERE c.account_id = given.id AND c.status = 'verified')"
)
_PERMISSIONS = text("SELECT permissions FROM credentials WHERE id = :id")
_IDENTITY = text(
    """
    SELECT coalesce((SELECT exchange_uid FROM account_states WHERE account_id = :id), '') AS uid,
           EXISTS (SELECT 1 FROM account_states AS other JOIN accounts AS mine ON mine.id = :id
                    WHERE other.exchange = mine.exchange AND other.mode = mine.mode
                      AND other.exchange_uid = :uid AND other.account_id <> mine.id
                      AND :uid <> '') AS is_taken
    """
)


@dataclass(frozen=True, slots=True)
class DueKey:
    """A key to look at; a new one was never admitted."""

    credential_id: UUID
    account_id: UUID
    is_new: bool


async def due(
    shards: Sequence[int],
    *,
    now: datetime,
    submitted_before: datetime,
    checked_before: datetime,
    count: int,
) -> list[DueKey]:
    """Return the keys of some shards that are due, new ones first."""
    bound = {
        "shards": list(shards),
        "now": now,
        "submitted_before": submitted_before,
        "checked_before": checked_before,
        "count": count,
    }
    async with reading(SYSTEM) as session:
        return [DueKey(*row) for row in await session.execute(_DUE, bound)]


async def in_use(account_id: UUID) -> UUID | None:
    """Return the verified key of an account."""
    async with reading(SYSTEM) as session:
        found = await session.execute(_IN_USE, {"account_id": account_id})
        credential_id: UUID | None = found.scalar_one_or_none()
        return credential_id


async def without_key(accounts: Sequence[UUID]) -> list[UUID]:
    """Return which of some accounts have no key that may be used."""
    async with reading(SYSTEM) as session:
        rows = await session.execute(_WITHOUT, {"accounts": list(accounts)})
        return [row.id for row in rows]


async def identity(account_id: UUID, *, exchange_uid: str) -> tuple[str, bool]:
    """Return whose exchange account earlier keys opened ("" if none), and if another has this."""
    async with reading(SYSTEM) as session:
        row = (await session.execute(_IDENTITY, {"id": account_id, "uid": exchange_uid})).one()
        return row.uid, row.is_taken


async def last_permissions(credential_id: UUID) -> Mapping[str, Any]:
    """Return what the last check stored of a key; empty if it was never asked."""
    async with reading(SYSTEM) as session:
        found = (await session.execute(_PERMISSIONS, {"id": credential_id})).scalar_one_or_none()
        return found or {}

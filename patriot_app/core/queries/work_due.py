"""Which accounts have waited longest to be read, and which do not agree with their exchange."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.queries.reader import reading


@dataclass(frozen=True, slots=True)
class PositionBreak:
    """A position on which we and the exchange do not agree; observed_at is wall time."""

    account_id: UUID
    symbol: str
    quantity: Decimal
    exchange_quantity: Decimal
    observed_at: datetime


async def accounts_due(
    shards: Sequence[int], *, seen_before: datetime, synced_before: datetime, count: int
) -> list[UUID]:
    """Return accounts not seen, or not completely read, since a wall time; oldest first."""
    statement = text(
        """
        SELECT state.account_id FROM account_states AS state
          JOIN accounts AS a ON a.id = state.account_id
         WHERE a.shard = ANY(:shards) AND a.status <> 'disabled'
           AND (state.observed_at IS NULL OR state.observed_at < :seen_before
                OR state.synced_at IS NULL OR state.synced_at < :synced_before)
         ORDER BY state.observed_at NULLS FIRST LIMIT :count
        """
    )
    async with reading(SYSTEM) as session:
        rows = await session.execute(
            statement,
            {
                "shards": list(shards),
                "seen_before": seen_before,
                "synced_before": synced_before,
                "count": count,
            },
        )
        return [row.account_id for row in rows]


async def accounts_not_ready(shards: Sequence[int], *, count: int) -> list[UUID]:
    """Return accounts that a take-over could not read, longest unseen first."""
    statement = text(
        """
        SELECT state.account_id FROM account_states AS state
          JOIN accounts AS a ON a.id = state.account_id
         WHERE a.shard = ANY(:shards) AND a.status <> 'disabled' AND NOT state.is_ready
         ORDER BY state.observed_at NULLS FIRST, state.account_id LIMIT :count
        """
    )
    async with reading(SYSTEM) as session:
        rows = await session.execute(statement, {"shards": list(shards), "count": count})
        return [row.account_id for row in rows]


async def ledgers_due(
    shards: Sequence[int],
    *,
    moved: Collection[UUID],
    moved_before: datetime,
    read_before: datetime,
    count: int,
) -> list[UUID]:
    """Return accounts whose ledger is due, longest ago first.

    Args:
        moved: accounts with news; due if read before `moved_before` (wall time).
        read_before: wall time; a ledger read before it is due without news.
    """
    statement = text(
        """
        SELECT a.id FROM accounts AS a LEFT JOIN ledger_cursors AS c ON c.account_id = a.id
         WHERE a.shard = ANY(:shards) AND a.status <> 'disabled'
           AND (c.read_at IS NULL OR c.read_at < :read_before
                OR (a.id = ANY(:moved) AND c.read_at < :moved_before))
         ORDER BY c.read_at NULLS FIRST LIMIT :count
        """
    )
    async with reading(SYSTEM) as session:
        rows = await session.execute(
            statement,
            {
                "shards": list(shards),
                "moved": list(moved),
                "moved_before": moved_before,
                "read_before": read_before,
                "count": count,
            },
        )
        return [row.id for row in rows]


async def position_breaks(shards: Sequence[int]) -> list[PositionBreak]:
    """Return positions whose fills do not add up to what the exchange shows, nothing in flight."""
    statement = text(
        """
        SELECT p.account_id, p.symbol, p.quantity, p.exchange_quantity, p.observed_at
          FROM positions AS p JOIN accounts AS a ON a.id = p.account_id
         WHERE a.shard = ANY(:shards) AND p.exchange_quantity IS NOT NULL
           AND p.quantity <> p.exchange_quantity AND p.updated_at < p.observed_at
           AND NOT EXISTS (
               SELECT 1 FROM attempts AS t JOIN intents AS i ON i.id = t.intent_id
                WHERE t.account_id = p.account_id AND i.symbol = p.symbol
                  AND t.state IN ('sending', 'unknown', 'quarantined'))
        """
    )
    async with reading(SYSTEM) as session:
        rows = await session.execute(statement, {"shards": list(shards)})
        return [PositionBreak(**row._mapping) for row in rows]

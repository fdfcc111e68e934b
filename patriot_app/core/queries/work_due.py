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


@dataclass(frozen=True, slots=True)
class WalletDrift:
    """By how much a wallet left its ledger within the day, in USDT."""

    account_id: UUID
    drift: Decimal
    difference: Decimal
    equity: Decimal | None


@dataclass(frozen=True, slots=True)
class OutsideTrade:
    """Trades of one order that was not ours; the quantity is signed."""

    account_id: UUID
    symbol: str
    exchange_order_id: str
    quantity: Decimal
    price: Decimal


async def wallet_drifts(shards: Sequence[int]) -> list[WalletDrift]:
    """Return wallets that their ledgers do not explain."""
    statement = text(
        """
        SELECT c.account_id, c.tie_out_difference - coalesce(c.day_difference, 0) AS drift,
               c.tie_out_difference AS difference, s.equity
          FROM ledger_cursors AS c JOIN accounts AS a ON a.id = c.account_id
          LEFT JOIN account_states AS s ON s.account_id = a.id
         WHERE a.shard = ANY(:shards) AND c.tied_at IS NOT NULL
           AND c.tie_out_difference <> coalesce(c.day_difference, 0)
        """
    )
    async with reading(SYSTEM) as session:
        rows = await session.execute(statement, {"shards": list(shards)})
        return [WalletDrift(**row._mapping) for row in rows]


async def outside_trades(shards: Sequence[int], *, since: datetime) -> list[OutsideTrade]:
    """Return trades that were not ours and that nobody has explained yet.

    Args:
        since: wall time from which trades are looked at.
    """
    statement = text(
        """
        SELECT f.account_id, f.symbol, f.exchange_order_id,
               sum(CASE f.side WHEN 'BUY' THEN f.quantity ELSE -f.quantity END) AS quantity,
               sum(f.quantity * f.price) / sum(f.quantity) AS price
          FROM fills AS f JOIN accounts AS a ON a.id = f.account_id
         WHERE f.attempt_id IS NULL AND f.leg_id IS NULL AND f.source <> 'adjustment'
           AND f.received_at > :since AND a.shard = ANY(:shards)
           AND NOT EXISTS (SELECT 1 FROM discrepancies AS d WHERE d.account_id = f.account_id
                AND d.kind = 'foreign_trade' AND d.subject = f.exchange_order_id)
         GROUP BY f.account_id, f.symbol, f.exchange_order_id
         ORDER BY f.account_id, f.symbol LIMIT 200
        """
    )
    async with reading(SYSTEM) as session:
        rows = await session.execute(statement, {"shards": list(shards), "since": since})
        return [OutsideTrade(**row._mapping) for row in rows]

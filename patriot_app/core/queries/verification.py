"""What our tables say of one account, for the comparison with its exchange."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.queries.reader import reading

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class AccountBooks:
    """Everything of one account, read in one snapshot.

    Attributes:
        wallet_opening: wallet before the first ledger row.
        complete_until: market time up to which the ledger is complete.
    """

    orders: tuple[Row, ...]
    fills: tuple[Row, ...]
    positions: tuple[Row, ...]
    ledger: tuple[Row, ...]
    wallet_opening: Any
    complete_until: datetime | None


_ORDERS = """
    SELECT a.client_order_id, i.symbol, i.side, a.state, a.filled_quantity
      FROM attempts AS a JOIN intents AS i ON i.id = a.intent_id
     WHERE a.account_id = :id AND i.leg <> 'cancel'
       AND a.state NOT IN ('created', 'void', 'absent', 'expired_unseen')
"""
_FILLS = """
    SELECT symbol, exchange_trade_id, exchange_order_id, side, quantity, price, commission
      FROM fills WHERE account_id = :id AND source <> 'adjustment'
"""
_POSITIONS = "SELECT symbol, quantity FROM positions WHERE account_id = :id AND quantity <> 0"
_LEDGER = """
    SELECT row_type, exchange_row_id, symbol, asset, amount, occurred_at
      FROM ledger_rows WHERE account_id = :id
"""
_CURSOR = "SELECT opening_wallet, complete_until FROM ledger_cursors WHERE account_id = :id"


async def account_ids() -> list[tuple[UUID, str]]:
    """Return all accounts with a verified key, named by client and label."""
    async with reading(SYSTEM) as session:
        rows = await session.execute(
            text(
                "SELECT a.id, u.name || ', ' || a.label AS name FROM accounts AS a"
                " JOIN users AS u ON u.id = a.client_id"
                " JOIN credentials AS c ON c.account_id = a.id AND c.status = 'verified'"
                " ORDER BY a.exchange, u.name, a.label, a.id"
            )
        )
        return [(row.id, row.name) for row in rows]


async def books(account_id: UUID) -> AccountBooks:
    """Return what we know of an account, all of one moment."""
    async with reading(SYSTEM, snapshot=True) as session:

        async def rows(statement: str) -> tuple[Row, ...]:
            found = await session.execute(text(statement), {"id": account_id})
            return tuple(dict(row._mapping) for row in found)

        cursor = (await session.execute(text(_CURSOR), {"id": account_id})).first()
        return AccountBooks(
            orders=await rows(_ORDERS),
            fills=await rows(_FILLS),
            positions=await rows(_POSITIONS),
            ledger=await rows(_LEDGER),
            wallet_opening=0 if cursor is None else cursor.opening_wallet,
            complete_until=None if cursor is None else cursor.complete_until,
        )


async def symbols(account_id: UUID) -> list[str]:
    """Return the symbols that an account was ever meant to trade, or did."""
    statement = """
        SELECT symbol FROM allocations WHERE account_id = :id
        UNION SELECT symbol FROM fills WHERE account_id = :id
        UNION SELECT symbol FROM intents WHERE account_id = :id ORDER BY 1
    """
    async with reading(SYSTEM) as session:
        rows = await session.execute(text(statement), {"id": account_id})
        return [row.symbol for row in rows]


async def first_row_at(account_id: UUID) -> datetime | None:
    """Return the market time of the oldest money row or trade that we know of an account."""
    statement = """
        SELECT least((SELECT min(occurred_at) FROM ledger_rows WHERE account_id = :id),
                     (SELECT min(traded_at) FROM fills WHERE account_id = :id)) AS at
    """
    async with reading(SYSTEM) as session:
        row = (await session.execute(text(statement), {"id": account_id})).one()
        first: datetime | None = row.at
        return first

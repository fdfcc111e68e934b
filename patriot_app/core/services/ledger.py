"""Ingest every money row of an exchange once, and tie the sum to the wallet (FEES.md)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text

from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.events import (
    ExternalFlowSeen,
    LedgerDidNotTie,
    LedgerGapFound,
    LedgerRowDiffered,
    UnknownLedgerType,
)
from patriot_app.core.domain.ledger import (
    SERVED_FOR,
    WALLET_ASSET,
    LedgerClass,
    LedgerRowReport,
    classify,
)
from patriot_app.core.domain.periods import day_of
from patriot_app.core.ids import new_id
from patriot_app.core.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class LedgerPosition:
    """How far an account has been read.

    Attributes:
        opening_wallet: wallet before the first row; meaningful once is_tied.
    """

    cursor: str
    rows_total: Decimal
    opening_wallet: Decimal
    is_tied: bool


_INSERT = text(
    """
    INSERT INTO ledger_rows (id, account_id, row_type, exchange_row_id, symbol, asset,
           classification, amount, trade_id, details, occurred_at)
    SELECT given.id, :account_id, given.row_type, given.row_id, given.symbol, given.asset,
           coalesce(decided.classification, given.classification), given.amount, given.trade_id, given.details, given.occurred_at
      FROM unnest(CAST(:id AS uuid[]), CAST(:row_type AS text[]), CAST(:row_id AS text[]),
                  CAST(:symbol AS text[]), CAST(:asset AS text[]),
                  CAST(:classification AS text[]), CAST(:amount AS numeric[]),
                  CAST(:trade_id AS text[]), CAST(:details AS text[]),
                  CAST(:occurred_at AS timestamptz[]))
           AS given(id, row_type, row_id, symbol, asset, classification, amount, trade_id,
                    details, occurred_at)
      LEFT JOIN ledger_types AS decided
        ON decided.exchange = :exchange AND decided.row_type = given.row_type
       AND given.classification = 'unknown'
    ON CONFLICT DO NOTHING
    RETURNING classification, amount, asset, row_type, exchange_row_id, symbol, occurred_at
    """
)
_ADVANCE = text(
    """
    INSERT INTO ledger_cursors AS c (account_id, cursor, rows_total, complete_until, read_at)
    VALUES (:account_id, :cursor, :added, :complete_until, :now)
    ON CONFLICT (account_id) DO UPDATE
       SET cursor = excluded.cursor, rows_total = c.rows_total + :added,
           gap_from = CASE WHEN c.complete_until < excluded.complete_until - CAST(:served AS interval)
                           THEN coalesce(c.gap_from, c.complete_until) ELSE c.gap_from END,
           complete_until = coalesce(excluded.complete_until, c.complete_until),
           read_at = excluded.read_at, stale_since = NULL
    RETURNING gap_from, gap_from = (SELECT complete_until FROM ledger_cursors
                                     WHERE account_id = :account_id) AS is_new_gap
    """
)


_REOPEN = text(
    "UPDATE ledger_days SET state = 'waiting'"
    " WHERE account_id = :account_id AND day = ANY(:days) AND state <> 'waiting'"
)
_DIFFERING = text(
    """
    SELECT given.row_type, given.row_id, given.amount AS told, stored.amount
      FROM unnest(CAST(:row_type AS text[]), CAST(:row_id AS text[]), CAST(:symbol AS text[]),
                  CAST(:asset AS text[]), CAST(:amount AS numeric[]))
           AS given(row_type, row_id, symbol, asset, amount)
      JOIN ledger_rows AS stored ON stored.account_id = :account_id
       AND stored.row_type = given.row_type AND stored.exchange_row_id = given.row_id
       AND stored.symbol = given.symbol AND stored.asset = given.asset
     WHERE stored.amount <> given.amount
    """
)
_COMPARED = text(
    """
    INSERT INTO ledger_days (account_id, day, wallet, difference_total, compared_at)
    VALUES (:account_id, :day, :wallet, :difference, :at)
    ON CONFLICT (account_id, day) DO UPDATE
       SET wallet = excluded.wallet, difference_total = excluded.difference_total,
           compared_at = excluded.compared_at, state = 'waiting'
    """
)
_UTC = ZoneInfo("UTC")


async def position(uow: UnitOfWork, account_id: UUID) -> LedgerPosition:
    """Return where to go on reading; locks the account's cursor until the end."""
    row = (
        await uow.session.execute(
            text("SELECT * FROM ledger_cursors WHERE account_id = :id FOR UPDATE"),
            {"id": account_id},
        )
    ).first()
    if row is None:
        return LedgerPosition(
            cursor="", rows_total=Decimal(0), opening_wallet=Decimal(0), is_tied=False
        )
    return LedgerPosition(
        cursor=row.cursor,
        rows_total=row.rows_total,
        opening_wallet=row.opening_wallet,
        is_tied=row.tied_at is not None,
    )


async def ingest(
    uow: UnitOfWork,
    account_id: UUID,
    exchange: Exchange,
    rows: Sequence[LedgerRowReport],
    *,
    cursor: str,
    complete_until: datetime | None,
) -> list[LedgerRowReport]:
    """Store rows once and advance the cursor; return the wallet's flows among the new ones.

    Args:
        cursor: behind the last of the rows.
        complete_until: market time up to which nothing can be missing; None keeps the old one.
    """
    fresh = await _insert(uow, account_id, exchange, rows)
    for classification, row in fresh:
        if classification == LedgerClass.EXTERNAL_FLOW:
            uow.record(
                ExternalFlowSeen(
                    account_id=account_id,
                    amount=row.amount,
                    asset=row.asset,
                    row_type=row.row_type,
                )
            )
        elif classification == LedgerClass.UNKNOWN:
            uow.record(UnknownLedgerType(account_id=account_id, row_type=row.row_type))
    # The wallet is one asset's; rows of another one are kept and explain nothing of it.
    in_wallet = [(kind, row) for kind, row in fresh if row.asset == WALLET_ASSET]
    added = sum((row.amount for _, row in in_wallet), Decimal(0))
    advanced = await uow.session.execute(
        _ADVANCE,
        {
            "account_id": account_id,
            "cursor": cursor,
            "added": added,
            "complete_until": complete_until,
            "served": SERVED_FOR[exchange],
            "now": uow.now,
        },
    )
    reached = advanced.one()
    if reached.is_new_gap:
        uow.record(LedgerGapFound(account_id=account_id, gap_from=reached.gap_from))
    if fresh:
        days = {day_of(row.occurred_at, zone=_UTC) for _, row in fresh}
        await uow.session.execute(_REOPEN, {"account_id": account_id, "days": sorted(days)})
    if len(fresh) < len(rows):
        await _compare(uow, account_id, rows)
    if added:
        uow.touch("ledger", "fees")
    return [row for kind, row in in_wallet if kind == LedgerClass.EXTERNAL_FLOW]


async def _insert(
    uow: UnitOfWork, account_id: UUID, exchange: Exchange, rows: Sequence[LedgerRowReport]
) -> list[tuple[str, LedgerRowReport]]:
    """Store what is not stored yet; return it with its classification."""
    if not rows:
        return []
    inserted = await uow.session.execute(
        _INSERT,
        {
            "account_id": account_id,
            "exchange": exchange.value,
            "id": [new_id() for _ in rows],
            "row_type": [row.row_type for row in rows],
            "row_id": [row.row_id for row in rows],
            "symbol": [row.symbol for row in rows],
            "asset": [row.asset for row in rows],
            "classification": [classify(exchange, row.row_type).value for row in rows],
            "amount": [row.amount for row in rows],
            "trade_id": [row.trade_id for row in rows],
            "details": [row.details for row in rows],
            "occurred_at": [row.occurred_at for row in rows],
        },
    )
    return [
        (
            row.classification,
            LedgerRowReport(
                row_type=row.row_type,
                row_id=row.exchange_row_id,
                symbol=row.symbol,
                asset=row.asset,
                amount=row.amount,
                occurred_at=row.occurred_at,
            ),
        )
        for row in inserted
    ]


async def _compare(uow: UnitOfWork, account_id: UUID, rows: Sequence[LedgerRowReport]) -> None:
    """Tell of rows that were told before with another amount; what is stored stays."""
    found = await uow.session.execute(
        _DIFFERING,
        {
            "account_id": account_id,
            "row_type": [row.row_type for row in rows],
            "row_id": [row.row_id for row in rows],
            "symbol": [row.symbol for row in rows],
            "asset": [row.asset for row in rows],
            "amount": [row.amount for row in rows],
        },
    )
    for row in found:
        uow.record(
            LedgerRowDiffered(
                account_id=account_id,
                row_type=row.row_type,
                row_id=row.row_id,
                amount=row.amount,
                told=row.told,
            )
        )


async def tie_out(
    uow: UnitOfWork,
    account_id: UUID,
    *,
    wallet_balance: Decimal,
    tolerance: Decimal,
    market_at: datetime,
) -> Decimal:
    """Compare the wallet with the sum of its rows; return wallet - (opening + rows).

    The first complete reading defines the opening wallet. A difference beyond the tolerance is
    recorded and shown; the caller decides what it stops.

    Args:
        market_at: when the wallet was read; its day keeps the last comparison.
    """
    found = await position(uow, account_id)
    opening = found.opening_wallet
    if not found.is_tied:
        opening = wallet_balance - found.rows_total
    difference = wallet_balance - opening - found.rows_total
    await uow.session.execute(
        text(
            "UPDATE ledger_cursors SET opening_wallet = :opening, tie_out_difference = :difference,"
            " tied_at = :now WHERE account_id = :id"
        ),
        {"opening": opening, "difference": difference, "now": uow.now, "id": account_id},
    )
    await uow.session.execute(
        _COMPARED,
        {
            "account_id": account_id,
            "day": day_of(market_at, zone=_UTC),
            "wallet": wallet_balance,
            "difference": difference,
            "at": market_at,
        },
    )
    if abs(difference) > tolerance:
        uow.record(LedgerDidNotTie(account_id=account_id, difference=difference))
    return difference

"""Accounts with their strategies, shares, margin in use and limits, as the check of a division needs."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from patriot_app.core.db.risk_rows import limits_of
from patriot_app.core.domain.allocation_changes import Divided, Holding
from patriot_app.core.domain.allocations import Division
from patriot_app.core.domain.risk_limits import LimitSubject, RiskLimit, resolve

DEFAULT_LEVERAGE = 5
_LIMITS = text("SELECT * FROM limits_over(:ids, :now)")
_HELD = text(
    """
    WITH held AS (
        SELECT l.account_id, l.deployment_id, max(l.share) AS share, count(*) AS symbols,
               array_agg(l.symbol) AS traded
          FROM allocations AS l
         WHERE l.released_at IS NULL AND l.account_id = ANY(:ids)
         GROUP BY 1, 2)
    SELECT a.id, a.client_id, a.label, st.equity, st.day_opening_equity, st.peak_equity,
           st.observed_at, h.deployment_id, d.strategy_id, d.name, h.share, h.symbols,
           v.parameters ->> 'leverage' AS leverage, coalesce(used.margin, 0) AS margin,
           coalesce(least.notional, 0) AS least_notional
      FROM held AS h JOIN accounts AS a ON a.id = h.account_id
      JOIN deployments AS d ON d.id = h.deployment_id
      JOIN strategy_versions AS v ON v.id = d.version_id
      LEFT JOIN account_states AS st ON st.account_id = a.id
      LEFT JOIN LATERAL (
           SELECT sum(abs(p.quantity) * coalesce(p.mark_price, p.entry_price)
                      * coalesce(i.contract_size, 1) / greatest(coalesce(p.leverage, 1), 1)) AS margin
             FROM positions AS p
             LEFT JOIN instruments AS i ON i.exchange = a.exchange AND i.symbol = p.symbol
            WHERE p.account_id = a.id AND p.deployment_id = d.id AND p.quantity <> 0) AS used ON true
      LEFT JOIN LATERAL (
           SELECT min(i.min_notional) AS notional FROM instruments AS i
            WHERE i.exchange = a.exchange AND i.symbol = ANY(h.traded)) AS least ON true
     ORDER BY a.id, d.name, d.id
    """
)


async def divided_accounts(
    session: AsyncSession, account_ids: Sequence[UUID], *, now: datetime
) -> dict[UUID, Divided]:
    """Return the accounts that follow at least one strategy and that the actor may see.

    Args:
        now: wall time; limits that expired before it bind no more.
    """
    ids = list(account_ids)
    limits = limits_of((await session.execute(_LIMITS, {"ids": ids, "now": now})).all())
    grouped: dict[UUID, list[Any]] = {}
    for row in await session.execute(_HELD, {"ids": ids}):
        grouped.setdefault(row.id, []).append(row)
    return {account_id: _account(rows, limits) for account_id, rows in grouped.items()}


def division_of(stored: dict[str, str]) -> dict[UUID, Decimal]:
    """Return a division as its row tells it."""
    return {UUID(key): Decimal(share) for key, share in stored.items()}


def stored_division(shares: Division) -> dict[str, str]:
    """Return a division as its row holds it."""
    return {str(key): format(share, "f") for key, share in shares.items()}


def _account(rows: list[Any], limits: list[RiskLimit]) -> Divided:
    first = rows[0]
    return Divided(
        account_id=first.id,
        client_id=first.client_id,
        label=first.label,
        equity=first.equity,
        day_opening_equity=first.day_opening_equity,
        peak_equity=first.peak_equity,
        observed_at=first.observed_at,
        holdings=tuple(
            Holding(
                deployment_id=row.deployment_id,
                strategy_id=row.strategy_id,
                name=row.name,
                share=row.share,
                symbols=row.symbols,
                leverage=int(row.leverage or DEFAULT_LEVERAGE),
                margin_used=row.margin,
                least_notional=row.least_notional,
                limits=resolve(
                    limits,
                    LimitSubject(
                        account_id=row.id, client_id=row.client_id, strategy_id=row.strategy_id
                    ),
                ),
            )
            for row in rows
        ),
    )

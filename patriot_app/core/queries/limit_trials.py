"""What a limit would do before it is set: tried on the orders of the last day and on what is held now."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from patriot_app.core.clock import SystemClock
from patriot_app.core.db.risk_rows import LIMITS_IN_FORCE, limits_of
from patriot_app.core.domain.breaches import excesses
from patriot_app.core.domain.dry_runs import DryRun, PastOrder, reviewed_of, try_limits
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.domain.risk_limits import (
    MEASURED,
    REVIEWED,
    LimitName,
    LimitScope,
    LimitSubject,
    RiskLimit,
    effective,
    validate_limit,
)
from patriot_app.core.queries.reader import desk_reading

ORDERS_MAX = 10_000
"""The newest of the day; more would hold the page up for a second."""
SPAN = timedelta(hours=24)
_SCOPED = {
    LimitScope.DESK: "",
    LimitScope.STRATEGY: " AND d.strategy_id = :scope_id",
    LimitScope.CLIENT: " AND a.client_id = :scope_id",
    LimitScope.ACCOUNT: " AND a.id = :scope_id",
}
# Signals are few and found by their time; their accounts follow by the key.
_ORDERS = """
    SELECT f.account_id, a.client_id, d.strategy_id, f.decided_at, f.reviewed
      FROM signals AS s
      JOIN deployments AS d ON d.id = s.deployment_id
      JOIN fan_out_accounts AS f ON f.signal_id = s.id
      JOIN accounts AS a ON a.id = f.account_id
     WHERE s.created_at > :since AND f.decided_at > :since AND f.reviewed IS NOT NULL{scoped}
     ORDER BY f.decided_at DESC, f.signal_id, f.account_id LIMIT :count
"""
_MEASURED = """
    SELECT m.account_id, a.client_id, m.figures
      FROM risk_measurements AS m JOIN accounts AS a ON a.id = m.account_id
     WHERE m.quarter > :lately AND NOT EXISTS (
           SELECT 1 FROM risk_measurements AS newer
            WHERE newer.account_id = m.account_id AND newer.quarter > m.quarter){scoped}
"""


@dataclass(frozen=True, slots=True)
class LimitTrial:
    """What a limit would do.

    Attributes:
        orders: of the last day; None where the limit refuses no orders.
        measured: accounts whose figure is known now; None where nothing is measured.
        breaching: of them, those that only this limit would find in breach.
    """

    orders: DryRun | None
    measured: int | None
    breaching: int


async def trial(actor: Actor, wanted: RiskLimit) -> LimitTrial:
    """Try a limit or an override without setting it.

    Raises:
        Invalid: by field, as setting it would.
    """
    validate_limit(wanted)
    now = SystemClock().now()
    async with desk_reading(actor) as session:
        present = limits_of(await session.execute(LIMITS_IN_FORCE, {"now": now}))
        changed = [one for one in present if not _is_replaced(one, wanted)] + [wanted]
        orders = None
        if wanted.name in REVIEWED:
            past = await _past(session, wanted, since=now - SPAN)
            orders = try_limits(past, present=present, changed=changed)
        if wanted.name not in MEASURED or wanted.scope is LimitScope.STRATEGY:
            return LimitTrial(orders, None, 0)
        rows = (await _read(session, _MEASURED, wanted, lately=now - timedelta(minutes=30))).all()
    known = [row for row in rows if wanted.name.value in row.figures]
    breaching = sum(
        _breaches(row, changed, wanted.name) and not _breaches(row, present, wanted.name)
        for row in known
    )
    return LimitTrial(orders, len(known), breaching)


async def _past(session: AsyncSession, wanted: RiskLimit, *, since: datetime) -> list[PastOrder]:
    rows = await _read(session, _ORDERS, wanted, since=since, count=ORDERS_MAX)
    found = [
        PastOrder(
            LimitSubject(row.account_id, row.client_id, row.strategy_id),
            row.decided_at,
            reviewed_of(row.reviewed),
        )
        for row in rows
    ]
    return found[::-1]


async def _read(session: AsyncSession, statement: str, wanted: RiskLimit, **bound: Any) -> Any:
    scoped = _SCOPED[wanted.scope]
    values = bound | ({"scope_id": wanted.scope_id} if scoped else {})
    # Only texts of this module are joined; the values are bound.
    return await session.execute(text(statement.format(scoped=scoped)), values)


def _is_replaced(one: RiskLimit, wanted: RiskLimit) -> bool:
    return (one.scope, one.scope_id, one.name, one.is_override) == (
        wanted.scope,
        wanted.scope_id,
        wanted.name,
        wanted.is_override,
    )


def _breaches(row: Any, limits: list[RiskLimit], name: LimitName) -> bool:
    subject = LimitSubject(account_id=_id(row.account_id), client_id=_id(row.client_id))
    value = Decimal(row.figures[name.value])
    return bool(excesses({name: value}, [effective(limits, name, subject)]))


def _id(value: Any) -> UUID:
    assert isinstance(value, UUID)
    return value

"""Limits: the newest row per scope and name is in force; replacing it keeps the old one."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.locks import lock
from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.domain.events import LimitOverridden, LimitOverrideEnded, LimitSet
from patriot_app.core.domain.risk_limits import (
    BreachReach,
    LimitName,
    LimitScope,
    Response,
    RiskLimit,
    validate_limit,
    validate_override,
)
from patriot_app.core.errors import NotFound, Refused
from patriot_app.core.ids import new_id
from patriot_app.core.schema.risk import RiskLimit as RiskLimitRow
from patriot_app.core.unit_of_work import UnitOfWork

_EXISTS = {
    LimitScope.STRATEGY: text("SELECT EXISTS (SELECT 1 FROM strategies WHERE id = :id)"),
    LimitScope.CLIENT: text("SELECT EXISTS (SELECT 1 FROM users WHERE id = :id)"),
    LimitScope.ACCOUNT: text("SELECT EXISTS (SELECT 1 FROM accounts WHERE id = :id)"),
}
_END = text(
    "UPDATE risk_limits SET ended_at = :now WHERE scope = :scope AND scope_id = :scope_id"
    " AND name = :name AND is_override = :is_override AND ended_at IS NULL RETURNING value"
)
_EXPIRE = text(
    "UPDATE risk_limits SET ended_at = expires_at WHERE is_override AND ended_at IS NULL"
    " AND expires_at <= :now RETURNING scope, scope_id, name, value"
)


async def set_limit(
    uow: UnitOfWork,
    *,
    scope: LimitScope,
    scope_id: UUID | None,
    name: LimitName,
    value: Decimal,
    reason: str,
    action: Response | None = None,
    reach: BreachReach = BreachReach.ACCOUNT,
) -> UUID:
    """Set a limit; it binds the next order, because the review reads it.

    Args:
        scope_id: strategy, client or account; None for the desk.
        action: of a breach, None for the usual; reach: whom it stops.

    Raises:
        Invalid: value out of range, no reason; NotFound: no such strategy, client or account.
    """
    validate_limit(
        RiskLimit(
            scope=scope, scope_id=scope_id, name=name, value=value, action=action, reach=reach
        )
    )
    previous = await _end(uow, scope, scope_id, name, reason=reason)
    limit_id = new_id()
    uow.session.add(
        RiskLimitRow(
            id=limit_id,
            scope=scope,
            scope_id=_key(scope_id),
            name=name,
            value=value,
            reason=reason,
            set_by=uow.actor.user_id,
            action=action,
            reach=reach,
        )
    )
    _record(uow, scope, scope_id, name, previous=previous, value=value, reason=reason)
    return limit_id


async def clear_limit(
    uow: UnitOfWork, *, scope: LimitScope, scope_id: UUID | None, name: LimitName, reason: str
) -> None:
    """Take a limit away, so that the wider scope's counts.

    Raises:
        Invalid: no reason; Refused: there is none.
    """
    previous = await _end(uow, scope, scope_id, name, reason=reason)
    if previous is None:
        raise Refused(f"{scope} has no limit of its own for {name}")
    _record(uow, scope, scope_id, name, previous=previous, value=None, reason=reason)


async def set_override(
    uow: UnitOfWork,
    *,
    scope: LimitScope,
    scope_id: UUID | None,
    name: LimitName,
    value: Decimal,
    expires_at: datetime,
    reason: str,
) -> UUID:
    """Let a value stand in for every limit of its name that a subject has, until it expires.

    It alone may loosen. Another one of the same scope and name takes its place.

    Raises:
        Invalid: value or end out of range, no reason; NotFound: no such scope.
    """
    wanted = RiskLimit(scope=scope, scope_id=scope_id, name=name, value=value, is_override=True)
    validate_limit(wanted)
    validate_override(expires_at, now=uow.now)
    previous = await _end(uow, scope, scope_id, name, reason=reason, is_override=True)
    if previous is not None:
        _tell_end(uow, scope, _key(scope_id), name, value=previous, reason=f"Replaced: {reason}")
    limit_id = new_id()
    uow.session.add(
        RiskLimitRow(
            id=limit_id,
            scope=scope,
            scope_id=_key(scope_id),
            name=name,
            value=value,
            reason=reason,
            set_by=uow.actor.user_id,
            is_override=True,
            expires_at=expires_at,
        )
    )
    uow.record(
        LimitOverridden(
            subject=scope_id,
            scope=scope.value,
            scope_id=_key(scope_id),
            name=name.value,
            value=value,
            expires_at=expires_at,
            reason=reason,
        )
    )
    uow.touch("risk")
    return limit_id


async def end_override(
    uow: UnitOfWork, *, scope: LimitScope, scope_id: UUID | None, name: LimitName, reason: str
) -> None:
    """End an override before its time.

    Raises:
        Invalid: no reason; Refused: there is none.
    """
    value = await _end(uow, scope, scope_id, name, reason=reason, is_override=True)
    if value is None:
        raise Refused(f"{scope} has no override of {name}")
    _tell_end(uow, scope, _key(scope_id), name, value=value, reason=reason)


async def expire_overrides(uow: UnitOfWork) -> int:
    """Close the rows of overrides that have expired, and tell of it; return how many there were.

    They bind no more from their end on, whether this runs or not.
    """
    rows = (await uow.session.execute(_EXPIRE, {"now": uow.now})).all()
    for row in rows:
        scope, name = LimitScope(row.scope), LimitName(row.name)
        _tell_end(uow, scope, row.scope_id, name, value=row.value, reason="It expired")
    return len(rows)


def _tell_end(
    uow: UnitOfWork,
    scope: LimitScope,
    scope_id: str,
    name: LimitName,
    *,
    value: Decimal,
    reason: str,
) -> None:
    uow.record(
        LimitOverrideEnded(
            subject=UUID(scope_id) if scope_id else None,
            scope=scope.value,
            scope_id=scope_id,
            name=name.value,
            value=value,
            reason=reason,
        )
    )
    uow.touch("risk")


async def _end(
    uow: UnitOfWork,
    scope: LimitScope,
    scope_id: UUID | None,
    name: LimitName,
    *,
    reason: str,
    is_override: bool = False,
) -> Decimal | None:
    """End the limit in force and return its value."""
    need_reason(reason)
    exists = _EXISTS.get(scope)
    if (
        exists is not None
        and not (await uow.session.execute(exists, {"id": scope_id})).scalar_one()
    ):
        raise NotFound(f"There is no {scope} {scope_id}")
    await lock(uow.session, "risk_limit", f"{scope}|{scope_id}|{name}")
    bound = {"now": uow.now, "scope": scope, "scope_id": _key(scope_id), "name": name}
    found = await uow.session.execute(_END, bound | {"is_override": is_override})
    value = found.scalar_one_or_none()
    assert value is None or isinstance(value, Decimal)
    return value


def _record(
    uow: UnitOfWork,
    scope: LimitScope,
    scope_id: UUID | None,
    name: LimitName,
    *,
    previous: Decimal | None,
    value: Decimal | None,
    reason: str,
) -> None:
    uow.record(
        LimitSet(
            subject=scope_id,
            scope=scope.value,
            scope_id=_key(scope_id),
            name=name.value,
            previous=previous,
            value=value,
            reason=reason,
        )
    )
    uow.touch("risk")


def _key(scope_id: UUID | None) -> str:
    return "" if scope_id is None else str(scope_id)

"""Limits: the newest row per scope and name is in force; replacing it keeps the old one."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.locks import lock
from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.domain.events import LimitSet
from patriot_app.core.domain.risk_limits import LimitName, LimitScope, RiskLimit, validate_limit
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
    " AND name = :name AND ended_at IS NULL RETURNING value"
)


async def set_limit(
    uow: UnitOfWork,
    *,
    scope: LimitScope,
    scope_id: UUID | None,
    name: LimitName,
    value: Decimal,
    reason: str,
) -> UUID:
    """Set a limit; it binds the next order, because the review reads it.

    Args:
        scope_id: strategy, client or account; None for the desk.

    Raises:
        Invalid: value out of range, no reason; NotFound: no such strategy, client or account.
    """
    validate_limit(RiskLimit(scope=scope, scope_id=scope_id, name=name, value=value))
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


async def _end(
    uow: UnitOfWork, scope: LimitScope, scope_id: UUID | None, name: LimitName, *, reason: str
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
    value = (await uow.session.execute(_END, bound)).scalar_one_or_none()
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

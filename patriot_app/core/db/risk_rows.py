"""Limits and halts in force, as rows of the database tell them."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.halts import Halt, HaltScope, TradingState
from patriot_app.core.domain.risk_limits import (
    BreachReach,
    LimitName,
    LimitScope,
    Response,
    RiskLimit,
)

LIMITS_IN_FORCE = text(
    "SELECT scope, scope_id, name, value, is_override, action, reach FROM risk_limits"
    " WHERE ended_at IS NULL AND (expires_at IS NULL OR expires_at > :now)"
)
"""Bound: now, wall time. An override that expired binds no more, whoever tidies it up."""


def limits_of(rows: Iterable[Any]) -> list[RiskLimit]:
    """Return the limits of rows of `LIMITS_IN_FORCE`."""
    return [
        RiskLimit(
            scope=LimitScope(row.scope),
            scope_id=UUID(row.scope_id) if row.scope_id else None,
            name=LimitName(row.name),
            value=row.value,
            is_override=row.is_override,
            action=None if row.action is None else Response(row.action),
            reach=BreachReach(row.reach),
        )
        for row in rows
    ]


def halts_of(rows: Iterable[Any]) -> list[Halt]:
    """Return the halts of rows with scope, scope_id, state and reason."""
    return [
        Halt(HaltScope(row.scope), row.scope_id, TradingState(row.state), row.reason)
        for row in rows
    ]

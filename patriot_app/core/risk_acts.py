"""How approved acts about limits are carried out."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from patriot_app.core.domain.risk_limits import BreachReach, LimitName, LimitScope, Response
from patriot_app.core.services import risk
from patriot_app.core.unit_of_work import UnitOfWork

Payload = Mapping[str, Any]


async def set_limit(uow: UnitOfWork, payload: Payload, reason: str) -> None:
    """Set a limit, or an override where the payload says when it expires."""
    expires_at, action = payload.get("expires_at", ""), payload.get("action", "")
    if expires_at:
        await risk.set_override(
            uow,
            **_which(payload),
            value=Decimal(payload["value"]),
            expires_at=datetime.fromisoformat(expires_at),
            reason=reason,
        )
        return
    await risk.set_limit(
        uow,
        **_which(payload),
        value=Decimal(payload["value"]),
        reason=reason,
        action=Response(action) if action else None,
        reach=BreachReach(payload.get("reach") or BreachReach.ACCOUNT),
    )


async def clear_limit(uow: UnitOfWork, payload: Payload, reason: str) -> None:
    """Take a limit away, or end an override early."""
    clear = risk.end_override if payload.get("is_override") else risk.clear_limit
    await clear(uow, **_which(payload), reason=reason)


def _which(payload: Payload) -> dict[str, Any]:
    scope_id = payload["scope_id"]
    return {
        "scope": LimitScope(payload["scope"]),
        "scope_id": UUID(scope_id) if scope_id else None,
        "name": LimitName(payload["name"]),
    }

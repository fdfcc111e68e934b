"""Tell PostgreSQL for whom a transaction runs, so that its policies show only what he may see."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from patriot_app.core.domain.permissions import Actor

_SET = text(
    "SELECT set_config('app.scope', :scope, true), set_config('app.current_user_id', :user_id, true)"
)

UNFENCED_ROLES = frozenset({"patriot_daemon"})
"""Roles that every policy lets through; whoever else connects is announced."""


def scope_of(actor: Actor) -> str:
    """Return "staff", "customer" or, before anybody is known, "sign_in"."""
    if actor.surface in {"sign_in", "daemon", "cli"}:
        return "staff" if actor.surface != "sign_in" else "sign_in"
    return "staff" if actor.is_staff else "customer"


async def apply_actor(session: AsyncSession, actor: Actor) -> None:
    """Set the actor for the rest of the transaction, where a policy asks for him."""
    if isinstance(session.bind, AsyncEngine) and session.bind.url.username in UNFENCED_ROLES:
        return
    user_id = str(actor.user_id) if actor.user_id is not None else ""
    await session.execute(_SET, {"scope": scope_of(actor), "user_id": user_id})

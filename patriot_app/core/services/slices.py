"""Later slices of orders that are sent in parts: which are due, and which are given up and why."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.slice_rules import WAITS, WITHDRAWN
from patriot_app.core.domain.entries import EntryScope
from patriot_app.core.unit_of_work import UnitOfWork

LATE = "Its time had passed before it could be sent"
_PLANNED = """
      FROM intents AS intent
      JOIN attempts AS attempt ON attempt.intent_id = intent.id AND attempt.state = 'created'
      JOIN accounts AS account ON account.id = intent.account_id
      LEFT JOIN account_states AS state ON state.account_id = account.id
     WHERE intent.shard = ANY(:shards) AND intent.slice > 1 AND intent.state = 'planned'
"""
_GIVEN_UP = text(
    f"""
    SELECT * FROM (
        SELECT attempt.id, CASE WHEN intent.deadline <= clock_timestamp() THEN :late
                                ELSE {WITHDRAWN} END AS reason
        {_PLANNED}) AS found
     WHERE reason IS NOT NULL ORDER BY reason, id
    """  # noqa: S608
)
_DUE = text(
    f"""
    SELECT attempt.id {_PLANNED}
       AND NOT {WAITS} AND intent.deadline > clock_timestamp()
     ORDER BY intent.starts_at, attempt.id
    """
)
_IN_SCOPE = text(
    f"""
    SELECT attempt.id {_PLANNED}
       AND (:scope = 'desk' OR (:scope = 'account' AND intent.account_id::text = :scope_id)
            OR (:scope = 'deployment' AND intent.deployment_id::text = :scope_id))
     ORDER BY attempt.id
    """
)


async def given_up(uow: UnitOfWork, shards: Sequence[int]) -> dict[str, list[UUID]]:
    """Return the slices that must not be sent any more, by the reason."""
    rows = await uow.session.execute(_GIVEN_UP, {"shards": list(shards), "late": LATE})
    found: dict[str, list[UUID]] = {}
    for row in rows:
        found.setdefault(row.reason, []).append(row.id)
    return found


async def due(uow: UnitOfWork, shards: Sequence[int]) -> list[UUID]:
    """Return the slices whose time has come, the oldest first."""
    return list((await uow.session.execute(_DUE, {"shards": list(shards)})).scalars())


async def in_scope(
    uow: UnitOfWork,
    shards: Sequence[int],
    scope: EntryScope = EntryScope.DESK,
    scope_id: str = "",
) -> list[UUID]:
    """Return the slices to come that a scope covers."""
    bound = {"shards": list(shards), "scope": scope.value, "scope_id": scope_id}
    return list((await uow.session.execute(_IN_SCOPE, bound)).scalars())

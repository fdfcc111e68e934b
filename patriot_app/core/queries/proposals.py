"""What waits for a second person, and what became of earlier proposals."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.permissions import Actor
from patriot_app.core.domain.proposals import Change, ProposalKind
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.reader import desk_reading
from patriot_app.core.queries.tables import Table, fetch

# A proposal that is too old counts as expired before anybody writes it down.
_STATE = "CASE WHEN p.state = 'proposed' AND p.expires_at <= now() THEN 'expired' ELSE p.state END"
_TABLE = Table(
    columns=(
        f"p.id, p.kind, p.subject, p.changes, {_STATE} AS state, p.reason, p.proposed_by, a.name,"
        " p.proposed_at, p.expires_at, coalesce(b.name, ''), p.decided_at, p.decision_reason,"
        " p.is_solo, p.outcome"
    ),
    source=(
        "proposals AS p JOIN users AS a ON a.id = p.proposed_by"
        " LEFT JOIN users AS b ON b.id = p.decided_by"
    ),
    sorts={"proposed_at": "p.proposed_at", "state": _STATE, "kind": "p.kind"},
    filters={"state": f"{_STATE} = :state", "kind": "p.kind = :kind"},
    search="p.subject ILIKE :pattern OR p.reason ILIKE :pattern OR a.name ILIKE :pattern",
    default=f"({_STATE} = 'proposed') DESC, p.proposed_at DESC, p.id DESC",
)
_WAITING = text(
    "SELECT count(*) FROM proposals WHERE state = 'proposed' AND expires_at > now()"
    " AND proposed_by <> :user_id AND kind = ANY(:kinds)"
)


@dataclass(frozen=True, slots=True)
class ProposalView:
    """One proposal with what it would change."""

    id: UUID
    kind: ProposalKind
    subject: str
    changes: tuple[Change, ...]
    state: str
    reason: str
    proposed_by_id: UUID
    proposed_by: str
    proposed_at: datetime
    expires_at: datetime
    decided_by: str
    decided_at: datetime | None
    decision_reason: str
    is_solo: bool
    outcome: str


async def page(actor: Actor, request: PageRequest) -> Page[ProposalView]:
    """Return one page of proposals, those that wait first.

    Filters: state, kind. Search: subject, reason, proposer.
    """
    async with desk_reading(actor) as session:
        rows, total = await fetch(session, _TABLE, request)
    items = tuple(
        ProposalView(
            row[0],
            ProposalKind(row[1]),
            row[2],
            tuple(Change(**change) for change in row[3]),
            *row[4:],
        )
        for row in rows
    )
    return Page(items=items, total=total, page=request.page, size=request.limit)


async def waiting_for(actor: Actor, kinds: list[str]) -> int:
    """Return how many proposals of others wait for the actor, of the kinds that he may decide."""
    async with desk_reading(actor) as session:
        bound = {"user_id": actor.user_id, "kinds": kinds}
        return int((await session.execute(_WAITING, bound)).scalar_one())

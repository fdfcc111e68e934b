"""Proposals in words."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from patriot_app.core.four_eyes import ACTS
from patriot_app.core.queries.proposals import ProposalView
from patriot_app.web import format
from patriot_app.web.format import Moment
from patriot_app.web.kit.status_badge import Statuses

KINDS = {kind.value: act.title for kind, act in ACTS.items()}
STATES: Statuses = {
    "proposed": ("warning", "Waiting"),
    "approved": ("info", "Approved"),
    "carried_out": ("positive", "Carried out"),
    "failed": ("danger", "Failed"),
    "rejected": ("neutral", "Rejected"),
    "withdrawn": ("neutral", "Withdrawn"),
    "expired": ("neutral", "Expired"),
}


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One line of what would change."""

    id: str
    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """One proposal; `can_` say what the person who looks may do with it."""

    id: str = ""
    kind: str = ""
    subject: str = ""
    state: str = ""
    reason: str = ""
    proposed_by: str = ""
    proposed: Moment = field(default_factory=Moment)
    expires: Moment = field(default_factory=Moment)
    decision: str = ""
    outcome: str = ""
    changes: list[ChangeRow] = field(default_factory=list)
    summary: str = ""
    can_decide: bool = False
    can_withdraw: bool = False


def proposal_row(
    view: ProposalView, *, now: datetime, me: UUID | None, may_approve: bool
) -> ProposalRow:
    """Return the row of a proposal as one person sees it."""
    is_waiting, is_own = view.state == "proposed", view.proposed_by_id == me
    changes = [
        ChangeRow(one.name, one.name, one.before or "–", one.after or "–") for one in view.changes
    ]
    return ProposalRow(
        id=str(view.id),
        kind=KINDS[view.kind.value],
        subject=view.subject,
        state=view.state,
        reason=view.reason,
        proposed_by=view.proposed_by,
        proposed=format.moment(view.proposed_at, now=now),
        expires=format.moment(view.expires_at if is_waiting else None, now=now),
        decision=_decision(view),
        outcome=view.outcome,
        changes=changes,
        summary="; ".join(f"{one.name}: {one.before} → {one.after}" for one in changes),
        can_decide=is_waiting and may_approve and not is_own,
        can_withdraw=is_waiting and is_own,
    )


def _decision(view: ProposalView) -> str:
    if view.is_solo:
        return f"{view.decided_by}, alone: four-eyes is off"
    said = f" ({view.decision_reason})" if view.decision_reason else ""
    return f"{view.decided_by}{said}" if view.decided_by else ""

"""Proposals: what waits for a second person, with its effect, and what became of the others."""

from typing import Any
from uuid import UUID

import reflex as rx

from patriot_app.core import four_eyes
from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.queries import events as event_queries
from patriot_app.core.queries import proposals as proposal_queries
from patriot_app.core.services import proposals
from patriot_app.core.settings import get_settings
from patriot_app.web import live
from patriot_app.web.actions import Ask, Confirmation, DialogMixin, perform, say
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.approvals.rows import ProposalRow, proposal_row
from patriot_app.web.parts.history_state import HistoryMixin
from patriot_app.web.table_state import TableMixin

TOPICS = "proposals"
VERBS = {"approve": "Approve", "reject": "Reject", "withdraw": "Withdraw"}


class ApprovalsState(TableMixin, DialogMixin, HistoryMixin, rx.State):
    """Proposals and the open one."""

    rows: list[ProposalRow] = []
    proposal: ProposalRow = ProposalRow()
    is_alone: bool = False

    _filter_names = ("state", "kind")

    @rx.event
    @requires(Permission.APPROVALS_READ)
    async def load(self) -> None:
        """Show what the address asks for."""
        self._read_address()
        self.is_alone = get_settings().four_eyes == "off"
        actor, now = current_actor(), SystemClock().now()
        try:
            page = await live.shared(
                live.scope_of(actor), TOPICS, proposal_queries.page, actor, self._page_request()
            )
            self._accept(
                page,
                [
                    proposal_row(
                        item,
                        now=now,
                        me=actor.user_id,
                        may_approve=four_eyes.may_approve(actor, item.kind),
                    )
                    for item in page.items
                ],
            )
            self.proposal = next(
                (row for row in self.rows if row.id == self.open_id), ProposalRow()
            )
            if not self.proposal.id:
                self.open_id = ""
                return
            await self._load_history(event_queries.timeline, UUID(self.proposal.id))
        except Exception as error:
            self._reject(error)

    @rx.event
    @requires(Permission.APPROVALS_READ, step_up=True)
    def ask_act(self, act: str, proposal_id: str) -> None:
        """Ask before a proposal is decided or taken back."""
        row = next((one for one in self.rows if one.id == proposal_id), None)
        if row is None or act not in VERBS:
            return
        effect = {
            "approve": f"Carried out at once. {row.summary}",
            "reject": f"{row.proposed_by} proposed it; nothing changes.",
            "withdraw": "Nothing changes.",
        }
        self._ask(
            Ask(
                act=act,
                subject=row.id,
                title=f"{VERBS[act]}: {row.kind.lower()}, {row.subject}?",
                consequence=effect[act],
                confirm_label=VERBS[act],
            )
        )

    @rx.event
    @requires(Permission.APPROVALS_READ, Confirmation, step_up=True)
    async def decide(self, form: Confirmation) -> Any:
        """Approve, reject or take back what was asked about."""
        if self.ask.act not in VERBS or not self._confirmed(form):
            return None
        proposal_id = UUID(self.ask.subject)
        if self.ask.act == "reject":
            outcome = await perform(
                four_eyes.reject, proposal_id, reason=form.reason, done="Proposal rejected"
            )
            return self._settle(outcome)
        if self.ask.act == "withdraw":
            outcome = await perform(proposals.withdraw, proposal_id, done="Proposal withdrawn")
            return self._settle(outcome)
        outcome = await perform(
            four_eyes.approve, proposal_id, reason=form.reason, done="Approved and carried out"
        )
        if outcome.ok and outcome.value:
            self._close_dialogs()
            return say(f"Approved, but not carried out: {outcome.value}", tone="danger")
        return self._settle(outcome)

"""Invitations: who was asked, and what became of it. The links never come here."""

from typing import Any

import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.queries import invitations as queries
from patriot_app.core.services import invitations
from patriot_app.web import live
from patriot_app.web.actions import Ask, Confirmation, DialogMixin, perform
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.invitations.rows import InvitationRow, invitation_row
from patriot_app.web.parts.addresses import id_of
from patriot_app.web.parts.permitted import lacking
from patriot_app.web.table_state import TableMixin

TOPICS = "clients notifications"


class InvitationsState(TableMixin, DialogMixin, rx.State):
    """Rows of the list."""

    rows: list[InvitationRow] = []
    blocked: str = ""

    _filter_names = ("state",)

    @rx.event
    @requires(Permission.CLIENTS_READ)
    async def load(self) -> None:
        """Show what the address asks for."""
        self._read_address()
        self.blocked = lacking(Permission.CLIENTS_WRITE)
        actor = current_actor()
        try:
            page = await live.shared(
                live.scope_of(actor), TOPICS, queries.page, actor, self._page_request()
            )
            now = SystemClock().now()
            self._accept(page, [invitation_row(item, now=now) for item in page.items])
        except Exception as error:
            self._reject(error)

    @rx.event
    @requires(Permission.CLIENTS_WRITE)
    def ask_revoke(self, invitation_id: str) -> None:
        """Ask before an invitation is withdrawn."""
        row = next((one for one in self.rows if one.id == invitation_id), None)
        if row is not None:
            self._ask(
                Ask(
                    act="revoke",
                    subject=row.id,
                    title=f"Withdraw the invitation of {row.name}?",
                    consequence=f"The link sent to {row.email} stops working at once.",
                    confirm_label="Withdraw",
                )
            )

    @rx.event
    @requires(Permission.CLIENTS_WRITE, Confirmation)
    async def revoke(self, form: Confirmation) -> Any:
        """Withdraw the invitation that was asked about."""
        if not self._confirmed(form):
            return None
        outcome = await perform(
            invitations.revoke,
            id_of(self.ask.subject),
            reason=form.reason,
            done="Invitation withdrawn",
        )
        return self._settle(outcome)

"""Everybody's API keys, and voiding one."""

from typing import Any
from uuid import UUID

import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.queries import sign_ins
from patriot_app.core.services import programs
from patriot_app.web import live
from patriot_app.web.actions import Ask, Confirmation, DialogMixin, perform
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.program_keys.rows import KeyRow, key_row
from patriot_app.web.table_state import TableMixin

TOPICS = "sign_ins"


class ProgramKeysState(TableMixin, DialogMixin, rx.State):
    """One page of keys and the question before one is voided."""

    rows: list[KeyRow] = []

    _filter_names = ("state",)

    @rx.event
    @requires(Permission.SIGN_INS_READ)
    async def load(self) -> None:
        """Show which programs may come in."""
        self._read_address()
        actor, now = current_actor(), SystemClock().now()
        try:
            page = await live.shared(
                live.scope_of(actor), TOPICS, sign_ins.keys, actor, self._page_request()
            )
            self._accept(page, [key_row(one, now=now) for one in page.items])
        except Exception as error:
            self._reject(error)

    @rx.event
    @requires(Permission.SIGN_INS_END, step_up=True)
    def ask_revoke(self, key_id: str, name: str) -> None:
        """Ask before a key is voided."""
        self._ask(
            Ask(
                act="revoke",
                subject=key_id,
                title=f"Revoke the key {name}?",
                consequence="The program that uses it is refused from its next request on, for"
                " good. Its person is told by the record and can make another.",
                confirm_label="Revoke key",
            )
        )

    @rx.event
    @requires(Permission.SIGN_INS_END, Confirmation, step_up=True)
    async def revoke(self, form: Confirmation) -> Any:
        """Void the key that was asked about."""
        if not self._confirmed(form):
            return None
        outcome = await perform(
            programs.revoke_key, UUID(self.ask.subject), reason=form.reason, done="Key revoked"
        )
        return self._settle(outcome)

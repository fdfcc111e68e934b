"""The browsers in which people are signed in, and putting a person out of all of his."""

from typing import Any
from uuid import UUID

import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.queries import sign_ins
from patriot_app.core.services import sessions
from patriot_app.web import live
from patriot_app.web.actions import Ask, Confirmation, DialogMixin, perform
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.open_sessions.rows import SessionRow, session_row
from patriot_app.web.table_state import TableMixin

TOPICS = "sign_ins sessions"


class OpenSessionsState(TableMixin, DialogMixin, rx.State):
    """One page of sessions and the question before somebody is put out."""

    rows: list[SessionRow] = []

    _filter_names = ("who",)

    @rx.event
    @requires(Permission.SIGN_INS_READ)
    async def load(self) -> None:
        """Show who is here."""
        self._read_address()
        actor, now = current_actor(), SystemClock().now()
        try:
            page = await live.shared(
                live.scope_of(actor), TOPICS, sign_ins.sessions, actor, self._page_request()
            )
            self._accept(page, [session_row(one, now=now) for one in page.items])
        except Exception as error:
            self._reject(error)

    @rx.event
    @requires(Permission.SIGN_INS_END, step_up=True)
    def ask_end(self, user_id: str, name: str) -> None:
        """Ask before a person is put out."""
        self._ask(
            Ask(
                act="end",
                subject=user_id,
                title=f"Put {name} out?",
                consequence=f"Every browser in which {name} is signed in closes at once. Signing in"
                " again stays possible: suspend a person who must stay out.",
                confirm_label="End all sessions",
            )
        )

    @rx.event
    @requires(Permission.SIGN_INS_END, Confirmation, step_up=True)
    async def end(self, form: Confirmation) -> Any:
        """Put the person out who was asked about."""
        if not self._confirmed(form):
            return None
        outcome = await perform(
            sessions.end_all_of,
            UUID(self.ask.subject),
            reason=form.reason,
            done="All sessions are ended",
        )
        return self._settle(outcome)

"""A client's own questions to the desk; whose they are comes from the session."""

from typing import Any

import pydantic
import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.domain.tickets import BODY_LENGTH_MAX, SUBJECT_LENGTH_MAX
from patriot_app.core.errors import NotFound
from patriot_app.core.queries import tickets as queries
from patriot_app.core.queries.page import Page
from patriot_app.core.services import tickets
from patriot_app.web import live
from patriot_app.web.actions import DialogMixin, perform
from patriot_app.web.auth import requires
from patriot_app.web.kit import TimelineEntry
from patriot_app.web.parts.addresses import id_of
from patriot_app.web.parts.ownership import owner
from patriot_app.web.parts.tickets import TicketRow, message_entries, ticket_row
from patriot_app.web.table_state import TableMixin

TOPICS = "tickets"


class QuestionForm(pydantic.BaseModel):
    """What a client wants to know."""

    subject: str = pydantic.Field(default="", max_length=SUBJECT_LENGTH_MAX)
    body: str = pydantic.Field(default="", max_length=BODY_LENGTH_MAX)


class MoreForm(pydantic.BaseModel):
    """What he adds."""

    body: str = pydantic.Field(default="", max_length=BODY_LENGTH_MAX)


class QuestionsState(TableMixin, DialogMixin, rx.State):
    """His questions and the open one."""

    rows: list[TicketRow] = []
    question: TicketRow = TicketRow()
    messages: list[TimelineEntry] = []

    @rx.event
    @requires(Permission.PORTAL_VIEW)
    async def load(self) -> None:
        """Show his questions, those without an end first."""
        self._read_address()
        try:
            found = await self._read(queries.own)
            now = SystemClock().now()
            page = Page(items=found, total=len(found), page=1, size=max(1, len(found)))
            self._accept(page, [ticket_row(one, now=now) for one in found])
            await self._load_question()
        except Exception as error:
            self._reject(error)

    @rx.event
    @requires(Permission.OWN_TICKETS_WRITE)
    def ask_form(self) -> None:
        """Let him ask."""
        self._open_form("ask")

    @rx.event
    @requires(Permission.OWN_TICKETS_WRITE, QuestionForm)
    async def send_question(self, form: QuestionForm) -> Any:
        """Hand the question over."""
        if self.form != "ask":
            return None
        outcome = await perform(
            tickets.open_ticket,
            subject=form.subject,
            body=form.body,
            done="The desk has your question",
        )
        if outcome.ok:
            await self.load()
        return self._settle(outcome)

    @rx.event
    @requires(Permission.OWN_TICKETS_WRITE)
    def more_form(self) -> None:
        """Let him go on with the open question."""
        self._open_form("more")

    @rx.event
    @requires(Permission.OWN_TICKETS_WRITE, MoreForm)
    async def send_more(self, form: MoreForm) -> Any:
        """Hand over what he adds; an answered or closed question is open again."""
        if self.form != "more" or not self.open_id:
            return None
        outcome = await perform(
            tickets.follow_up, id_of(self.open_id), body=form.body, done="The desk has your message"
        )
        if outcome.ok:
            await self.load()
        return self._settle(outcome)

    async def _load_question(self) -> None:
        if not self.open_id:
            return
        try:
            found = await self._read(queries.own_conversation, id_of(self.open_id))
        except NotFound:
            self.open_id = ""
            return
        now = SystemClock().now()
        self.question = ticket_row(found.ticket, now=now)
        self.messages = message_entries(found, now=now)

    async def _read(self, query: Any, *args: Any) -> Any:
        actor, client_id = owner()
        return await live.shared(str(client_id), TOPICS, query, actor, *args)

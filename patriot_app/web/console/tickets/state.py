"""Tickets: the table, the open question, and what the desk does with it."""

from collections.abc import Callable
from typing import Any

import pydantic
import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.domain.tickets import BODY_LENGTH_MAX
from patriot_app.core.errors import NotFound
from patriot_app.core.queries import tickets as queries
from patriot_app.core.queries.tickets import TicketView
from patriot_app.core.services import tickets
from patriot_app.web import live, table_export
from patriot_app.web.actions import DialogMixin, perform, toast
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.kit import TimelineEntry
from patriot_app.web.parts.addresses import id_of
from patriot_app.web.parts.permitted import lacking
from patriot_app.web.parts.tickets import TicketRow, message_entries, ticket_row
from patriot_app.web.table_state import TableMixin

TOPICS = "tickets"
COLUMNS: table_export.Columns[TicketView] = [
    (name, lambda row, name=name: getattr(row, name)) for name in TicketView.__dataclass_fields__
]


class AnswerForm(pydantic.BaseModel):
    """What the client is to read."""

    body: str = pydantic.Field(default="", max_length=BODY_LENGTH_MAX)


class TicketsState(TableMixin, DialogMixin, rx.State):
    """The table and the open question."""

    rows: list[TicketRow] = []
    ticket: TicketRow = TicketRow()
    messages: list[TimelineEntry] = []
    context: list[TimelineEntry] = []
    waiting: int = 0
    blocked: str = ""

    _filter_names = ("state", "taken", "surface")

    @rx.event
    @requires(Permission.TICKETS_READ)
    async def load(self) -> None:
        """Show what the address asks for."""
        self._read_address()
        self.blocked = lacking(Permission.TICKETS_ANSWER)
        try:
            page = await self._read(queries.page, self._page_request())
            now = SystemClock().now()
            self._accept(page, [ticket_row(one, now=now) for one in page.items])
            self.waiting = await self._read(queries.count_waiting)
            await self._load_ticket()
        except Exception as error:
            self._reject(error)

    @rx.event
    @requires(Permission.TICKETS_READ)
    async def export(self) -> Any:
        """Save the filtered questions as CSV."""
        text = await table_export.as_csv(
            queries.page, current_actor(), self._page_request(), COLUMNS
        )
        return table_export.download(text, name="tickets", now=SystemClock().now())

    @rx.event
    @requires(Permission.TICKETS_ANSWER)
    def answer_form(self) -> None:
        """Let the open question be answered."""
        self._open_form("answer")

    @rx.event
    @requires(Permission.TICKETS_ANSWER, AnswerForm)
    async def send_answer(self, form: AnswerForm) -> Any:
        """Send the answer."""
        if self.form != "answer" or not self.open_id:
            return None
        outcome = await perform(
            tickets.answer, id_of(self.open_id), body=form.body, done="Answer sent"
        )
        if outcome.ok:
            await self.load()
        return self._settle(outcome)

    @rx.event
    @requires(Permission.TICKETS_ANSWER)
    async def take(self) -> Any:
        """See to the open question, or leave it to others."""
        return await self._act(tickets.take, done="Kept who sees to it")

    @rx.event
    @requires(Permission.TICKETS_ANSWER)
    async def close_ticket(self) -> Any:
        """Settle the open question; its client may write again."""
        return await self._act(tickets.close, done="Question closed")

    @rx.event
    @requires(Permission.TICKETS_ANSWER)
    async def reopen_ticket(self) -> Any:
        """Open the closed question again."""
        return await self._act(tickets.reopen, done="Question open again")

    async def _act(self, service: Callable[..., Any], *, done: str) -> Any:
        if not self.open_id:
            return None
        outcome = await perform(service, id_of(self.open_id), done=done)
        await self.load()
        return toast(outcome)

    async def _load_ticket(self) -> None:
        if not self.open_id:
            return
        try:
            found = await self._read(queries.conversation, id_of(self.open_id))
        except NotFound:
            self.open_id = ""
            return
        now = SystemClock().now()
        self.ticket = ticket_row(found.ticket, now=now, context=found.context)
        self.messages = message_entries(found, now=now)
        said = enumerate(found.context.splitlines())
        self.context = [TimelineEntry(id=str(number), title=line) for number, line in said]

    async def _read(self, query: Any, *args: Any) -> Any:
        actor = current_actor()
        return await live.shared(live.scope_of(actor), TOPICS, query, actor, *args)

"""Questions to the desk in words: a row of the table and the messages of one."""

from dataclasses import dataclass, field
from datetime import datetime

from patriot_app.core.queries.tickets import Conversation, TicketView
from patriot_app.web import format
from patriot_app.web.format import Moment
from patriot_app.web.kit import TimelineEntry
from patriot_app.web.kit.status_badge import Statuses

DESK_STATES: Statuses = {
    "open": ("warning", "Waits for us"),
    "answered": ("positive", "Answered"),
    "closed": ("neutral", "Closed"),
}
OWN_STATES: Statuses = {
    "open": ("info", "With the desk"),
    "answered": ("positive", "Answered"),
    "closed": ("neutral", "Closed"),
}
SURFACES = {"bot": "Telegram", "portal": "Portal", "console": "Console", "api": "API"}
NOBODY = "Nobody yet"


@dataclass(frozen=True, slots=True)
class TicketRow:
    """One question; `can_` say which acts its state offers."""

    id: str = ""
    number: str = ""
    subject: str = ""
    state: str = ""
    client: str = ""
    client_id: str = ""
    surface: str = ""
    assignee: str = ""
    messages: str = ""
    context: str = ""
    asked: Moment = field(default_factory=Moment)
    opened: Moment = field(default_factory=Moment)
    is_closed: bool = False


def ticket_row(ticket: TicketView, *, now: datetime, context: str = "") -> TicketRow:
    """Show one question."""
    return TicketRow(
        id=str(ticket.id),
        number=f"#{ticket.number}",
        subject=ticket.subject,
        state=ticket.state,
        client=ticket.client,
        client_id=str(ticket.client_id),
        surface=SURFACES.get(ticket.surface, ticket.surface),
        assignee=ticket.assignee or NOBODY,
        messages=format.plural(ticket.messages, "message"),
        context=context,
        asked=format.moment(ticket.asked_at, now=now),
        opened=format.moment(ticket.created_at, now=now),
        is_closed=ticket.state == "closed",
    )


def message_entries(found: Conversation, *, now: datetime) -> list[TimelineEntry]:
    """Return the messages as a history, the newest first."""
    return [
        TimelineEntry(
            id=str(one.id),
            title=f"{one.author}, the desk" if one.is_staff else one.author,
            detail=one.body,
            tone="info" if one.is_staff else "neutral",
            at=format.moment(one.created_at, now=now),
        )
        for one in reversed(found.messages)
    ]

"""Questions that a person answers: asked by a client in a chat or on his page, answered by the desk."""

from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.loading import get_for_update
from patriot_app.core.db.locks import lock
from patriot_app.core.domain.events import (
    TicketAnswered,
    TicketAssigned,
    TicketClosed,
    TicketFollowedUp,
    TicketOpened,
    TicketReopened,
)
from patriot_app.core.domain.tickets import (
    LIVE_MAX,
    MESSAGES_MAX,
    MESSAGES_WITHIN,
    TOPIC,
    TRANSITIONS,
    TicketState,
    checked_body,
    checked_context,
    checked_subject,
)
from patriot_app.core.domain.transitions import advance
from patriot_app.core.errors import NotFound, Refused
from patriot_app.core.ids import new_id
from patriot_app.core.schema.tickets import Ticket, TicketMessage
from patriot_app.core.unit_of_work import UnitOfWork

_LIVE = text("SELECT count(*) FROM tickets WHERE client_id = :client_id AND state <> 'closed'")
_WRITTEN = text(
    "SELECT count(*) FROM ticket_messages AS m WHERE m.author_id = :author_id AND NOT m.is_staff"
    " AND m.created_at > :since"
)


async def open_ticket(
    uow: UnitOfWork, *, subject: str, body: str, context: str = ""
) -> tuple[UUID, int]:
    """Ask the desk as the client who acts; return the ticket and its number.

    Args:
        context: what was spoken of in the chat before.

    Raises:
        Invalid: too short, too long, or it holds what may be a secret; Refused: too many already.
    """
    client_id = _person(uow)
    subject, body = checked_subject(subject), checked_body(body)
    await _keep_pace(uow, client_id)
    live = await uow.session.execute(_LIVE, {"client_id": client_id})
    if live.scalar_one() >= LIVE_MAX:
        raise Refused(f"You have {LIVE_MAX} questions without an end; go on in one of them")
    ticket = Ticket(
        id=new_id(),
        client_id=client_id,
        state=TicketState.OPEN,
        subject=subject,
        surface=uow.actor.surface,
        context=checked_context(context),
        asked_at=uow.now,
    )
    uow.session.add(ticket)
    await uow.session.flush()
    await uow.session.refresh(ticket, ["number"])
    _write(uow, ticket.id, body, is_staff=False)
    uow.record(TicketOpened(subject=ticket.id, client_id=client_id, number=ticket.number))
    uow.touch(TOPIC)
    return ticket.id, ticket.number


async def follow_up(uow: UnitOfWork, ticket_id: UUID, *, body: str) -> None:
    """Write again as the client; an answered or closed ticket is open again.

    Raises:
        NotFound: it is not his; Invalid, Refused: as in `open_ticket`.
    """
    client_id = _person(uow)
    body = checked_body(body)
    await _keep_pace(uow, client_id)
    ticket = await get_for_update(uow.session, Ticket, ticket_id)
    if ticket.client_id != client_id:
        raise NotFound(f"Ticket {ticket_id} does not exist")
    ticket.state = advance(TRANSITIONS, ticket.state, TicketState.OPEN)
    ticket.asked_at = uow.now
    _write(uow, ticket.id, body, is_staff=False)
    uow.record(TicketFollowedUp(subject=ticket.id, client_id=client_id, number=ticket.number))
    uow.touch(TOPIC)


async def answer(uow: UnitOfWork, ticket_id: UUID, *, body: str) -> None:
    """Answer as the desk; the client is told on every channel that he wants.

    Raises:
        NotFound; Invalid; Refused: it is closed.
    """
    body = checked_body(body)
    ticket = await _of_desk(uow, ticket_id)
    if ticket.state is TicketState.CLOSED:
        raise Refused("This question is closed; open it again first")
    ticket.state = advance(TRANSITIONS, ticket.state, TicketState.ANSWERED)
    ticket.answered_at = uow.now
    if ticket.assignee_id is None:
        ticket.assignee_id = uow.actor.user_id
    _write(uow, ticket.id, body, is_staff=True)
    uow.record(
        TicketAnswered(
            subject=ticket.id, client_id=ticket.client_id, number=ticket.number, answer=body
        )
    )
    uow.touch(TOPIC)


async def take(uow: UnitOfWork, ticket_id: UUID) -> None:
    """Say that the actor sees to it, or, if he does already, that nobody does.

    Raises:
        NotFound; Refused: it is closed.
    """
    ticket = await _of_desk(uow, ticket_id)
    if ticket.state is TicketState.CLOSED:
        raise Refused("This question is closed")
    is_his = ticket.assignee_id == uow.actor.user_id
    ticket.assignee_id = None if is_his else uow.actor.user_id
    uow.record(
        TicketAssigned(
            subject=ticket.id,
            client_id=ticket.client_id,
            number=ticket.number,
            assignee="" if is_his else uow.actor.name,
        )
    )
    uow.touch(TOPIC)


async def close(uow: UnitOfWork, ticket_id: UUID) -> None:
    """Settle a question; the client may write again and open it.

    Raises:
        NotFound; Refused: it is closed already.
    """
    ticket = await _of_desk(uow, ticket_id)
    if ticket.state is TicketState.CLOSED:
        raise Refused("This question is closed already")
    ticket.state = advance(TRANSITIONS, ticket.state, TicketState.CLOSED)
    ticket.closed_at = uow.now
    uow.record(TicketClosed(subject=ticket.id, client_id=ticket.client_id, number=ticket.number))
    uow.touch(TOPIC)


async def reopen(uow: UnitOfWork, ticket_id: UUID) -> None:
    """Open a closed question again.

    Raises:
        NotFound; Refused: it is not closed.
    """
    ticket = await _of_desk(uow, ticket_id)
    if ticket.state is not TicketState.CLOSED:
        raise Refused("This question is not closed")
    ticket.state = advance(TRANSITIONS, ticket.state, TicketState.OPEN)
    ticket.asked_at = uow.now
    uow.record(TicketReopened(subject=ticket.id, client_id=ticket.client_id, number=ticket.number))
    uow.touch(TOPIC)


def _person(uow: UnitOfWork) -> UUID:
    if uow.actor.user_id is None:
        raise Refused("Sign in or connect this chat first")
    return uow.actor.user_id


async def _of_desk(uow: UnitOfWork, ticket_id: UUID) -> Ticket:
    if not uow.actor.is_staff:
        raise NotFound("There is no such page")
    return await get_for_update(uow.session, Ticket, ticket_id)


async def _keep_pace(uow: UnitOfWork, author_id: UUID) -> None:
    """Let one message of a client after the other in, and not too many."""
    await lock(uow.session, "tickets", str(author_id))
    bound = {"author_id": author_id, "since": uow.now - MESSAGES_WITHIN}
    written = await uow.session.execute(_WRITTEN, bound)
    if written.scalar_one() >= MESSAGES_MAX:
        raise Refused("You have written much within an hour; the desk has it all. Wait a little")


def _write(uow: UnitOfWork, ticket_id: UUID, body: str, *, is_staff: bool) -> None:
    uow.session.add(
        TicketMessage(
            id=new_id(),
            ticket_id=ticket_id,
            author_id=_person(uow),
            author=uow.actor.name,
            is_staff=is_staff,
            surface=uow.actor.surface,
            body=body,
            created_at=uow.now,
        )
    )

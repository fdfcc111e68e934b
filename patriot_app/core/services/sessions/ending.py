"""End sessions: one's own, all others of one's own, or those of a person who is to be put out.

Whoever listens for "sessions" closes the sockets of what has ended.
"""

from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain import events
from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.errors import NotFound, Refused
from patriot_app.core.unit_of_work import UnitOfWork

TOPIC = "sessions"

_OWNER = text("SELECT user_id FROM sessions WHERE id = :id")
_END = text(
    "UPDATE sessions SET ended_at = :now WHERE id = :id AND ended_at IS NULL RETURNING user_id"
)
_END_OTHERS = text(
    "UPDATE sessions SET ended_at = :now WHERE user_id = :user_id AND ended_at IS NULL"
    " AND id IS DISTINCT FROM :kept RETURNING id"
)


async def sign_out(uow: UnitOfWork, session_id: UUID) -> None:
    """End a session; ending it again changes nothing.

    Raises:
        Refused: it is another person's session and the actor is no staff.
    """
    owner = (await uow.session.execute(_OWNER, {"id": session_id})).scalar_one_or_none()
    if owner is None:
        return
    if owner != uow.actor.user_id and not uow.actor.is_staff:
        raise Refused("This session belongs to somebody else")
    await _end(uow, session_id, owner)


async def end_own(uow: UnitOfWork, session_id: UUID) -> None:
    """End one of the actor's own sessions.

    Raises:
        NotFound: there is none, or it is somebody else's, which is not told apart.
    """
    owner = (await uow.session.execute(_OWNER, {"id": session_id})).scalar_one_or_none()
    if owner is None or owner != uow.actor.user_id:
        raise NotFound("There is no such session of yours")
    await _end(uow, session_id, owner)


async def end_others(uow: UnitOfWork) -> int:
    """End all of the actor's sessions but the one he acts in; return how many."""
    assert uow.actor.user_id is not None
    return await _end_all(
        uow, uow.actor.user_id, kept=uow.actor.session_id, reason="Ended by the person"
    )


async def end_all_of(uow: UnitOfWork, user_id: UUID, *, reason: str) -> int:
    """Put a person out of every browser; return of how many.

    Raises:
        Invalid: no reason; Refused: the actor is no staff.
    """
    need_reason(reason)
    if not uow.actor.is_staff:
        raise Refused("Only staff may end another person's sessions")
    return await _end_all(uow, user_id, kept=None, reason=reason)


async def _end(uow: UnitOfWork, session_id: UUID, owner: UUID) -> None:
    ended = await uow.session.execute(_END, {"id": session_id, "now": uow.now})
    if ended.scalar_one_or_none() is not None:
        uow.record(events.SignedOut(client_id=owner))
        uow.touch(TOPIC, "sign_ins")


async def _end_all(uow: UnitOfWork, user_id: UUID, *, kept: UUID | None, reason: str) -> int:
    rows = await uow.session.execute(
        _END_OTHERS, {"now": uow.now, "user_id": user_id, "kept": kept}
    )
    count = len(rows.all())
    if count:
        uow.record(events.SessionsEnded(client_id=user_id, count=count, reason=reason))
        uow.touch(TOPIC, "sign_ins")
    return count

"""Open sessions, all text."""

from dataclasses import dataclass, field
from datetime import datetime

from patriot_app.core.queries.sign_ins import SessionOfPerson
from patriot_app.web import format
from patriot_app.web.format import Moment


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One signed-in browser."""

    id: str = ""
    user_id: str = ""
    name: str = ""
    roles: str = ""
    device: str = ""
    address: str = ""
    started: Moment = field(default_factory=Moment)
    seen: Moment = field(default_factory=Moment)
    ends: Moment = field(default_factory=Moment)


def session_row(one: SessionOfPerson, *, now: datetime) -> SessionRow:
    """Show one of them."""
    return SessionRow(
        id=str(one.id),
        user_id=str(one.user_id),
        name=one.name,
        roles=", ".join(format.label(role) for role in one.roles),
        device=one.device,
        address=one.ip or format.EMPTY,
        started=format.moment(one.started_at, now=now),
        seen=format.moment(one.last_seen_at, now=now),
        ends=format.moment(one.expires_at, now=now),
    )

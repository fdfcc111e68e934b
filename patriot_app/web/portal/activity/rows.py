"""What happened around a client, in his words."""

from dataclasses import dataclass, field
from datetime import datetime

from patriot_app.core.queries.events import EventView
from patriot_app.web import format
from patriot_app.web.format import Moment
from patriot_app.web.parts import history

OWN_SURFACES = frozenset({"portal", "sign_in", "api", "bot"})
"""Through these he acts himself; whoever acts elsewhere is the desk."""


@dataclass(frozen=True, slots=True)
class ActivityLine:
    """One thing that he did or that is told about him; the desk's addresses are its own."""

    id: str = ""
    title: str = ""
    detail: str = ""
    who: str = ""
    address: str = ""
    at: Moment = field(default_factory=Moment)


def activity_line(event: EventView, *, now: datetime) -> ActivityLine:
    """Show one of them."""
    is_own = event.surface in OWN_SURFACES
    address = str(event.payload.get("ip") or event.ip) if is_own else ""
    return ActivityLine(
        id=str(event.id),
        title=history.sentence(event.type),
        detail=history.told_of(event),
        who="You" if is_own else "The desk",
        address=address or format.EMPTY,
        at=history.moment_of(event, now=now),
    )

"""/ack: incidents that nobody sees to yet."""

from collections.abc import Sequence
from uuid import UUID

from daemon.telegram.screens.screen import Button, Press, Screen, Viewer
from patriot_app.core.queries import incidents
from patriot_app.core.queries.incidents import IncidentView
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.services import incidents as service
from patriot_app.core.unit_of_work import UnitOfWork

NAME = "ack"
SHOWN = 8


async def show(viewer: Viewer, args: tuple[str, ...]) -> Screen:
    """Read the open incidents."""
    found = await incidents.page(viewer.actor, PageRequest(size=20, filters={"state": "open"}))
    return screen(viewer, [one for one in found.items if one.acknowledged_at is None][:SHOWN])


def screen(viewer: Viewer, found: Sequence[IncidentView]) -> Screen:
    """Lay out the incidents with a button for each."""
    back = (Button(viewer.label("refresh"), NAME), Button(viewer.label("back"), "status"))
    if not found:
        return Screen(viewer.say("ack.none"), (back,))
    lines = [viewer.say("ack.title", count=len(found))]
    lines += [
        viewer.say(
            "ack.line",
            number=number,
            title=one.title,
            detail=one.detail[:200],
            ago=viewer.ago(one.opened_at),
        )
        for number, one in enumerate(found, start=1)
    ]
    seen = tuple(
        Button(f"✓ {number}", NAME, (str(one.id),), Press.DO)
        for number, one in enumerate(found, start=1)
    )
    return Screen("\n\n".join(lines), (seen, back))


async def acknowledge(uow: UnitOfWork, viewer: Viewer, args: tuple[str, ...]) -> str:
    """Say that the person sees to it: nobody further is woken."""
    await service.acknowledge(uow, UUID(args[0]))
    return viewer.say("ack.done")

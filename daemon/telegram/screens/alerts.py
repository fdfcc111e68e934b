"""/alerts: what a person was told and has not acknowledged yet, the gravest marked."""

from uuid import UUID

from daemon.telegram.screens.screen import Button, Press, Screen, Viewer, page_of, paging
from patriot_app.core.queries import notifications
from patriot_app.core.queries.notifications import NotificationView
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.services import notifications as service
from patriot_app.core.unit_of_work import UnitOfWork

NAME = "alerts"
PER_PAGE = 5
BODY_LENGTH_MAX = 400
MARKS = {"critical": "‼️", "warning": "⚠️"}


async def show(viewer: Viewer, args: tuple[str, ...]) -> Screen:
    """Read a page of what was not acknowledged; `args`: page."""
    request = PageRequest(page=page_of(args), size=PER_PAGE, filters={"unread": "yes"})
    return screen(viewer, await notifications.page(viewer.actor, request))


def screen(viewer: Viewer, found: Page[NotificationView]) -> Screen:
    """Lay out a page of alerts with a button for each."""
    if not found.items:
        return Screen(viewer.say("alerts.none"), ((Button(viewer.label("refresh"), NAME),),))
    blocks = [viewer.say("alerts.title", count=found.total)]
    for number, one in enumerate(found.items, start=1):
        blocks.append(
            viewer.say(
                "alerts.line",
                number=number,
                mark=MARKS.get(one.severity, "•"),
                title=one.title,
                ago=viewer.ago(one.created_at),
                body=one.body[:BODY_LENGTH_MAX],
            )
        )
    seen = tuple(
        Button(f"✓ {number}", NAME, (str(one.id),), Press.DO)
        for number, one in enumerate(found.items, start=1)
    )
    return Screen(
        "\n\n".join(blocks),
        (
            seen,
            *paging(viewer, NAME, page=found.page, total=found.total, size=found.size),
            (Button(viewer.label("alerts.all"), NAME, ("all",), Press.DO),),
        ),
    )


async def acknowledge(uow: UnitOfWork, viewer: Viewer, args: tuple[str, ...]) -> str:
    """Note that the person has seen one of his alerts, or all of them."""
    await service.mark_read(uow, None if args == ("all",) else [UUID(args[0])])
    return viewer.say("alerts.seen")

"""/pause and /resume of one's own accounts; who works at the desk resumes what was halted."""

from collections.abc import Sequence
from uuid import UUID

from daemon.telegram.screens import halts
from daemon.telegram.screens.screen import Button, Press, Screen, Viewer
from patriot_app.core.domain.telegram import QUESTION_LASTS
from patriot_app.core.queries import accounts
from patriot_app.core.queries.accounts import AccountSummary
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.services import own_pauses
from patriot_app.core.unit_of_work import UnitOfWork

PAUSE, RESUME = "pause", "resume"
ACCOUNTS_MAX = 20


async def show_pause(viewer: Viewer, args: tuple[str, ...]) -> Screen:
    """Read which of one's own accounts trade; with an id, ask before that one is paused."""
    return await _show(viewer, PAUSE, "active", args)


async def show_resume(viewer: Viewer, args: tuple[str, ...]) -> Screen:
    """Read what is paused; for the desk, what is halted."""
    if viewer.actor.is_staff:
        return await halts.show_halts(viewer, args)
    return await _show(viewer, RESUME, "suspended", args)


async def pause(uow: UnitOfWork, viewer: Viewer, args: tuple[str, ...]) -> str:
    """Open nothing more on one's own account."""
    return viewer.say("pause.done", label=await own_pauses.pause(uow, UUID(args[0])))


async def resume(uow: UnitOfWork, viewer: Viewer, args: tuple[str, ...]) -> str:
    """Let one's own account trade again."""
    return viewer.say("resume.done", label=await own_pauses.resume(uow, UUID(args[0])))


async def _show(viewer: Viewer, name: str, status: str, args: tuple[str, ...]) -> Screen:
    filters = {"client_id": str(viewer.person_id), "status": status}
    request = PageRequest(size=ACCOUNTS_MAX, filters=filters)
    found = (await accounts.page(viewer.actor, request)).items
    for one in found:
        if args and str(one.id) == args[0]:
            return ask_screen(viewer, name, one)
    return list_screen(viewer, name, found)


def list_screen(viewer: Viewer, name: str, found: Sequence[AccountSummary]) -> Screen:
    """Lay out the accounts that this can be done to."""
    back = (Button(viewer.label("nav.portfolio"), "portfolio"),)
    if not found:
        return Screen(viewer.say(f"{name}.none"), (back,))
    rows = tuple((Button(one.label[:40], name, (str(one.id),)),) for one in found)
    return Screen(viewer.say(f"{name}.choose"), (*rows, back))


def ask_screen(viewer: Viewer, name: str, one: AccountSummary) -> Screen:
    """Ask before it is done."""
    text = viewer.say(f"{name}.ask", label=one.label, count=one.open_positions)
    rows = (
        (
            Button(viewer.label(f"{name}.yes"), name, (str(one.id),), Press.DO),
            Button(viewer.label("cancel"), name),
        ),
    )
    return Screen(text, rows, lasts=QUESTION_LASTS)

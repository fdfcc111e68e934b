"""/help and /connect, and what /start says: who one is here, how far, and what one can do."""

from daemon.telegram.screens.screen import Button, Screen, Viewer
from patriot_app.core.domain.onboarding import Onboarding, StepState, is_complete, steps
from patriot_app.core.domain.permissions import Permission, can
from patriot_app.core.queries import onboarding
from patriot_app.core.settings import get_settings

CONNECT = "connect"
WEB = "web"
KEYS_PAGE = "/portfolio/keys"
MARKS = {
    StepState.DONE: "✅",
    StepState.NOW: "👉",
    StepState.WAITING: "⏳",
    StepState.PROBLEM: "❗",
    StepState.LATER: "▫️",
}


async def show_connect(viewer: Viewer, args: tuple[str, ...]) -> Screen:
    """Lead to the form for keys: no secret is typed into a chat."""
    link = get_settings().public_url + KEYS_PAGE
    rows = ((Button(viewer.label("nav.portfolio"), "portfolio"),),)
    return Screen(viewer.say("connect.text", link=link), rows)


async def show_web(viewer: Viewer, args: tuple[str, ...]) -> Screen:
    """Lead to the desk's pages, where one signs in as always."""
    return Screen(viewer.say("web.text", link=get_settings().public_url))


async def welcome(viewer: Viewer, commands: tuple[str, ...]) -> Screen:
    """Read how far the person is; `commands` are those that he may use."""
    known = None
    if can(viewer.actor, Permission.PORTAL_VIEW):
        known = await onboarding.progress(viewer.actor, viewer.person_id)
    return welcome_screen(viewer, known, commands)


def welcome_screen(viewer: Viewer, known: Onboarding | None, commands: tuple[str, ...]) -> Screen:
    """Lay out the greeting, the way to the first trade while it is not done, and the commands."""
    parts = [viewer.say("welcome", name=viewer.actor.name)]
    if known is not None and not is_complete(known):
        way = [viewer.say("onboarding.title")]
        way += [_step(viewer, one.state, one.name) for one in steps(known)]
        parts.append("\n".join(way))
    parts.append(help_text(viewer, commands))
    return Screen("\n\n".join(parts))


def help_text(viewer: Viewer, commands: tuple[str, ...]) -> str:
    """Return the commands that the person may use, each with what it does."""
    lines = [f"/{name} – {viewer.say('menu.' + name)}" for name in commands]
    return "\n".join([viewer.say("help.title"), *lines, "", viewer.say("help.warning")])


def _step(viewer: Viewer, state: StepState, name: str) -> str:
    return f"{MARKS[state]} {viewer.say('step.' + name)}"

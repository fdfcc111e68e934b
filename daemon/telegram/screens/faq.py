"""/faq: answers that are the same for everybody, with the person's own state below."""

from collections.abc import Sequence

from daemon.telegram.screens.screen import Button, Screen, Viewer
from patriot_app.core.domain import faq
from patriot_app.core.domain.permissions import Permission, can
from patriot_app.core.queries import accounts
from patriot_app.core.queries.accounts import AccountSummary
from patriot_app.core.queries.page import PageRequest

NAME = "faq"
PERSON = "person"
ACCOUNTS_SHOWN = 5
ABOUT_ACCOUNTS = frozenset({"pause_effect", "delay", "loss", "risk_profile"})
ABOUT_KEYS = frozenset({"key_expiry", "key_safety", "connect_exchange"})


async def show(viewer: Viewer, args: tuple[str, ...]) -> Screen:
    """Read an answer; `args`: a topic, "person" for how to ask one, nothing for all topics."""
    topic = args[0] if args else ""
    if topic == PERSON:
        return Screen(viewer.say("ask.how"), ((Button(viewer.label("faq.more"), NAME),),))
    if topic not in faq.topics():
        return topics_screen(viewer)
    own: Sequence[AccountSummary] = ()
    if topic in ABOUT_ACCOUNTS | ABOUT_KEYS and can(viewer.actor, Permission.PORTAL_VIEW):
        request = PageRequest(size=ACCOUNTS_SHOWN, filters={"client_id": str(viewer.person_id)})
        own = (await accounts.page(viewer.actor, request)).items
    return screen(viewer, topic, own)


def topics_screen(viewer: Viewer) -> Screen:
    """Lay out all topics, a button each."""
    rows = []
    for topic in faq.topics():
        told = faq.answer(topic, viewer.language)
        assert told is not None
        rows.append((Button(told.title, NAME, (topic,)),))
    rows.append((Button(viewer.label("faq.person"), NAME, (PERSON,)),))
    return Screen(viewer.say("faq.title"), tuple(rows))


def screen(viewer: Viewer, topic: str, own: Sequence[AccountSummary]) -> Screen:
    """Lay out one answer and, where it is about accounts or keys, how his are."""
    told = faq.answer(topic, viewer.language)
    assert told is not None
    lines = [viewer.say("faq.answer", title=told.title, text=told.text)]
    lines += [_state(viewer, topic, one) for one in own]
    rows = (
        (
            Button(viewer.label("faq.person"), NAME, (PERSON,)),
            Button(viewer.label("faq.more"), NAME),
        ),
    )
    return Screen("\n\n".join(lines), rows)


def _state(viewer: Viewer, topic: str, one: AccountSummary) -> str:
    if topic in ABOUT_KEYS:
        return viewer.say(
            "faq.state.key", label=one.label, masked=one.masked_key, status=one.key_status
        )
    return viewer.say("faq.state.pause", label=one.label, status=one.status)

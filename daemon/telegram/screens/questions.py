"""/questions: what a customer asked the desk, and the answers."""

from collections.abc import Sequence
from uuid import UUID

from daemon.telegram.screens.screen import Button, Screen, Viewer
from patriot_app.core.queries import tickets
from patriot_app.core.queries.tickets import Conversation, TicketView

NAME = "questions"
SHOWN = 8
MESSAGES_SHOWN = 6
BODY_LENGTH_MAX = 500


async def show(viewer: Viewer, args: tuple[str, ...]) -> Screen:
    """Read one's own questions, or with an id one of them."""
    if args:
        return one_screen(viewer, await tickets.own_conversation(viewer.actor, UUID(args[0])))
    return screen(viewer, await tickets.own(viewer.actor))


def screen(viewer: Viewer, found: Sequence[TicketView]) -> Screen:
    """Lay out the questions with a button for each."""
    if not found:
        more = Button(viewer.label("faq.more"), "faq")
        return Screen(viewer.say("questions.none"), ((more,),))
    shown = found[:SHOWN]
    lines = [viewer.say("questions.title"), *(_line(viewer, one) for one in shown)]
    buttons = [Button(f"#{one.number}", NAME, (str(one.id),)) for one in shown]
    rows = tuple(tuple(buttons[start : start + 4]) for start in range(0, len(buttons), 4))
    return Screen("\n".join(lines), rows)


def one_screen(viewer: Viewer, found: Conversation) -> Screen:
    """Lay out one question with its newest messages, the oldest of them first."""
    lines = [_line(viewer, found.ticket)]
    lines += [
        viewer.say(
            "questions.message",
            author=one.author,
            ago=viewer.ago(one.created_at),
            body=one.body[:BODY_LENGTH_MAX],
        )
        for one in found.messages[-MESSAGES_SHOWN:]
    ]
    lines.append(viewer.say("questions.hint", number=found.ticket.number))
    rows = (
        (
            Button(viewer.label("refresh"), NAME, (str(found.ticket.id),)),
            Button(viewer.label("back"), NAME),
        ),
    )
    return Screen("\n\n".join(lines), rows)


def _line(viewer: Viewer, one: TicketView) -> str:
    state = viewer.label(f"questions.state.{one.state}")
    return viewer.say("questions.line", number=one.number, subject=one.subject, state=state)

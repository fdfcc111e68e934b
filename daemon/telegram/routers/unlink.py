"""/unlink: disconnect the chat, after one question."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import Message

from daemon.telegram import gate, keyboards, messages, tongue
from daemon.telegram.sender import Sender
from patriot_app.core.clock import Clock
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.domain.telegram import QuestionKind
from patriot_app.core.services.telegram import questions
from patriot_app.core.unit_of_work import begin


def make_router() -> Router:
    """Return the handlers of this module; a router belongs to one dispatcher."""
    router = Router(name="unlink")
    router.message.register(_unlink, Command("unlink"), flags={gate.ACT: "/unlink"})
    return router


async def _unlink(message: Message, person: Actor, sender: Sender, clock: Clock) -> None:
    assert person.user_id is not None
    assert message.from_user is not None
    async with begin(person, clock=clock) as uow:
        nonce = await questions.ask(
            uow, QuestionKind.UNLINK, person.user_id, telegram_id=message.from_user.id
        )
    language = await tongue.language_of(person, message.from_user)
    keyboard = keyboards.yes_or_no(
        nonce,
        yes=messages.service(language, "yes_disconnect"),
        no=messages.service(language, "no"),
    )
    question = messages.service(language, "ask_unlink")
    await sender.say(message.chat.id, question, keyboard=keyboard)

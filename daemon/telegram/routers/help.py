"""/help, and whatever nobody else understands."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import Message

from daemon.telegram import gate, messages, presenter, tongue
from daemon.telegram.sender import Sender
from patriot_app.core.clock import Clock
from patriot_app.core.domain.permissions import Actor


def make_router() -> Router:
    """Return the handlers of this module, to be asked last."""
    router = Router(name="help")
    router.message.register(_help, Command("help"), flags={gate.ACT: "/help"})
    router.message.register(_unknown, flags={gate.ACT: "text"})
    return router


async def _help(message: Message, person: Actor | None, sender: Sender, clock: Clock) -> None:
    if person is None:
        language = tongue.language_of_stranger(message.from_user)
        await sender.say(message.chat.id, messages.help_of_stranger(language))
        return
    viewer = await presenter.viewer_of(person, clock=clock)
    await presenter.welcome(sender, viewer, chat_id=message.chat.id, clock=clock, is_new=False)


async def _unknown(message: Message, person: Actor | None, sender: Sender) -> None:
    language = await tongue.language_of(person, message.from_user)
    said = messages.unknown(language, is_connected=person is not None)
    await sender.say(message.chat.id, said)

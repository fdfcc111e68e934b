"""/help, and whatever nobody else understands."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import Message

from daemon.telegram import gate, messages
from daemon.telegram.sender import Sender
from patriot_app.core.domain.permissions import Actor


def make_router() -> Router:
    """Return the handlers of this module, to be asked last."""
    router = Router(name="help")
    router.message.register(_help, Command("help"), flags={gate.ACT: "/help"})
    router.message.register(_unknown, flags={gate.ACT: "text"})
    return router


async def _help(message: Message, sender: Sender) -> None:
    await sender.say(message.chat.id, messages.HELP)


async def _unknown(message: Message, person: Actor | None, sender: Sender) -> None:
    await sender.say(message.chat.id, messages.unknown(person is not None))

"""/start, and the codes that come with it: connect a chat, sign a browser in, register."""

from typing import Any

from aiogram import Router
from aiogram.filters import Command, CommandObject, CommandStart
from aiogram.types import InlineKeyboardMarkup, Message, User

from daemon.telegram import gate, keyboards, messages, presenter, tongue
from daemon.telegram.sender import Sender
from daemon.telegram.words import say
from patriot_app.core.clock import Clock
from patriot_app.core.domain.permissions import STRANGER, Actor
from patriot_app.core.domain.referrals import from_start
from patriot_app.core.domain.telegram import CodeKind, shown_name, split_code
from patriot_app.core.errors import Refused
from patriot_app.core.services import refusals, registration
from patriot_app.core.services.telegram import links, sign_ins, tries
from patriot_app.core.unit_of_work import UnitOfWork, begin

Said = tuple[str, InlineKeyboardMarkup | None]


def make_router() -> Router:
    """Return the handlers of this module; a router belongs to one dispatcher."""
    router = Router(name="start")
    router.message.register(_start, CommandStart(), flags={gate.ACT: "/start"})
    router.message.register(_start, Command("whoami", "link"), flags={gate.ACT: "/start"})
    router.message.register(_code, _is_code, flags={gate.ACT: "text"})
    return router


def _is_code(message: Message) -> bool:
    return split_code(message.text or "") is not None


async def _start(
    message: Message, command: CommandObject, person: Actor | None, sender: Sender, clock: Clock
) -> None:
    if command.args:
        await _take(message, command.args, person, sender, clock)
        return
    if person is None:
        language = tongue.language_of_stranger(message.from_user)
        await sender.say(message.chat.id, messages.service(language, "stranger"))
        return
    viewer = await presenter.viewer_of(person, clock=clock)
    await presenter.welcome(sender, viewer, chat_id=message.chat.id, clock=clock)


async def _code(message: Message, person: Actor | None, sender: Sender, clock: Clock) -> None:
    await _take(message, message.text or "", person, sender, clock)


async def _take(
    message: Message, text: str, person: Actor | None, sender: Sender, clock: Clock
) -> None:
    """Use a code; each is counted before it is looked at, and a wrong one is written down."""
    found, user = split_code(text), message.from_user
    assert user is not None
    language = await tongue.language_of(person, user)
    if (code := from_start(text)) is not None:
        await sender.say(message.chat.id, say(language, "service.recommended", code=code))
        return
    if found is None:
        await sender.say(
            message.chat.id, messages.unknown(language, is_connected=person is not None)
        )
        return
    kind, code = found
    if not gate.may(f"code:{kind.value}", person):
        await refusals.note(STRANGER, what=f"Telegram code:{kind.value}", why="Not connected")
        await sender.say(message.chat.id, messages.service(language, "stranger"))
        return
    actor = person or STRANGER
    try:
        async with begin(actor, clock=clock) as uow:
            await tries.note_try(uow, user.id)
        async with begin(actor, clock=clock) as uow:
            said, keyboard = await _USES[kind](uow, code, user, language)
            await tries.forget_tries(uow, user.id)
    except Refused as error:
        await refusals.note(actor, what=f"Telegram code:{kind.value}", why=str(error))
        await sender.say(message.chat.id, messages.refused(language, str(error)))
        return
    await sender.say(message.chat.id, said, keyboard=keyboard)


async def _link(uow: UnitOfWork, code: str, user: User, language: str) -> Said:
    await links.claim(uow, code, telegram_id=user.id, name=_name_of(user))
    return messages.service(language, "claimed"), None


async def _sign_in(uow: UnitOfWork, code: str, user: User, language: str) -> Said:
    asking = await sign_ins.ask(uow, code, telegram_id=user.id)
    keyboard = keyboards.yes_or_no(
        asking.nonce,
        yes=messages.service(language, "yes_me"),
        no=messages.service(language, "no"),
    )
    return messages.ask_sign_in(language, asking), keyboard


async def _register(uow: UnitOfWork, code: str, user: User, language: str) -> Said:
    link = await registration.redeem_code(uow, code, telegram_id=user.id, name=_name_of(user))
    return messages.registration(language, link), None


_USES: dict[CodeKind, Any] = {
    CodeKind.LINK: _link,
    CodeKind.SIGN_IN: _sign_in,
    CodeKind.REGISTRATION: _register,
}


def _name_of(user: User) -> str:
    return shown_name(user.first_name, user.last_name or "", user.username or "")

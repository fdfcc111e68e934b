"""Before every handler: who writes, whether he may, and nothing that looks like a secret stays.

The person is looked up in the database for each update, so what was taken from him counts at once.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import BaseMiddleware
from aiogram.dispatcher.flags import get_flag
from aiogram.enums import ChatType
from aiogram.types import CallbackQuery, Message, TelegramObject, User

from daemon.telegram import messages, tongue
from daemon.telegram.pace import Pace
from daemon.telegram.sender import Sender
from patriot_app.core import requests
from patriot_app.core.clock import Clock
from patriot_app.core.domain.chat_secrets import looks_like_a_secret
from patriot_app.core.domain.events import ChatSecretDeleted
from patriot_app.core.domain.permission_matrix import ANYBODY, MATRIX, SIGNED_IN
from patriot_app.core.domain.permissions import STRANGER, Actor, Permission, can
from patriot_app.core.domain.referrals import from_start
from patriot_app.core.domain.telegram import split_code
from patriot_app.core.queries import telegram as queries
from patriot_app.core.services import refusals
from patriot_app.core.unit_of_work import begin

Handler = Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]]
ACT = "act"
"""The flag by which a handler says which row of the matrix it is."""


def may(act: str, person: Actor | None) -> bool:
    """Tell whether the matrix lets somebody do it; what it does not name is done for nobody."""
    callers = MATRIX.bot.get(act, ())
    if ANYBODY in callers:
        return True
    if person is None:
        return False
    return any(caller == SIGNED_IN or can(person, Permission(caller)) for caller in callers)


class Entrance(BaseMiddleware):
    """Lets in private chats at a bearable pace, tells who it is, takes secrets out."""

    def __init__(self, sender: Sender, *, clock: Clock) -> None:
        self._sender = sender
        self._clock = clock
        self._pace = Pace()

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        """Pass the update on with `person`, or answer it here."""
        requests.begin()
        if isinstance(event, CallbackQuery):
            return await self._pass_button(handler, event, data)
        assert isinstance(event, Message)
        if event.from_user is None or event.from_user.is_bot:
            return None
        if event.chat.type != ChatType.PRIVATE:
            if (event.text or "").startswith("/"):
                await self._sender.say(event.chat.id, _told(event.from_user, "only_private"))
            return None
        over = self._pace.admit(event.from_user.id, now=self._clock.monotonic())
        if over:
            if over == 1:
                await self._sender.say(event.chat.id, _told(event.from_user, "slow_down"))
            return None
        if _holds_a_secret(event):
            return await self._take_out(event)
        data["person"] = await queries.person_of(event.from_user.id)
        return await handler(event, data)

    async def _pass_button(
        self, handler: Handler, query: CallbackQuery, data: dict[str, Any]
    ) -> Any:
        is_private = query.message is not None and query.message.chat.type == ChatType.PRIVATE
        over = self._pace.admit(query.from_user.id, now=self._clock.monotonic())
        if not is_private or over:
            key = "slow_down" if over else "only_private"
            await self._sender.acknowledge(query.id, _told(query.from_user, key))
            return None
        data["person"] = await queries.person_of(query.from_user.id)
        return await handler(query, data)

    async def _take_out(self, message: Message) -> None:
        assert message.from_user is not None
        was_deleted = await self._sender.delete(message.chat.id, message.message_id)
        person = await queries.person_of(message.from_user.id)
        async with begin(person or STRANGER, clock=self._clock) as uow:
            uow.record(
                ChatSecretDeleted(
                    subject=None if person is None else person.user_id,
                    telegram_id=message.from_user.id,
                    was_deleted=was_deleted,
                )
            )
        language = await tongue.language_of(person, message.from_user)
        key = "taken_out" if was_deleted else "stays_in"
        await self._sender.say(message.chat.id, messages.service(language, key))


class Permit(BaseMiddleware):
    """Asks the matrix before each handler; one that names no act is called for nobody."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        """Call the handler, or say that it may not be."""
        act, person = str(get_flag(data, ACT, default="")), data["person"]
        if may(act, person):
            return await handler(event, data)
        why = "Not connected" if person is None else "Not permitted"
        await refusals.note(person or STRANGER, what=f"Telegram {act}", why=why)
        language = await tongue.language_of(person, data["event_from_user"])
        says = messages.service(language, "needs_link" if person is None else "not_permitted")
        if isinstance(event, CallbackQuery):
            await self._sender.acknowledge(event.id, says)
        elif isinstance(event, Message):
            await self._sender.say(event.chat.id, says)
        return None


def _told(user: User | None, key: str) -> str:
    """Say it without asking the database: whoever floods the bot costs no query."""
    return messages.service(tongue.language_of_stranger(user), key)


def _holds_a_secret(message: Message) -> bool:
    text = message.text or message.caption or ""
    words = text.split()
    if words and words[0] == "/start":
        words = words[1:]
        if len(words) == 1 and from_start(words[0]) is not None:
            return False
    if len(words) == 1 and split_code(words[0]) is not None:
        return False
    return looks_like_a_secret(" ".join(words))

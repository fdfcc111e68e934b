"""The bot: fetch messages as the only one who does, and let each be answered.

Messages are confirmed to Telegram after they were answered, so a process that dies loses none; what
they ask for is done once, because every code and button is used up in the database.
"""

import asyncio
import logging
from collections.abc import Sequence
from itertools import groupby

from aiogram import Bot, Dispatcher
from aiogram.exceptions import (
    AiogramError,
    TelegramAPIError,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.methods import DeleteWebhook, GetUpdates, SetMyCommands
from aiogram.types import BotCommand, Update, User

from daemon.telegram import gate, messages, tongue
from daemon.telegram.api import REQUEST_TIMEOUT_S
from daemon.telegram.routers import buttons, commands, help, plain, start, typed, unlink
from daemon.telegram.screens.registry import ACTS
from daemon.telegram.sender import Sender
from patriot_app.core.clock import Clock
from patriot_app.core.domain.permission_matrix import MATRIX
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.telegram import CodeKind
from patriot_app.core.services.telegram import bots
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

WAIT_S = 10
"""How long Telegram may hold an answer back until there is a message."""
LEASE_S = 45.0
"""Longer than a fetch with its time-out, so that two processes never fetch at once."""
HOLD_EVERY_S = 5.0
PAUSE_S = (1.0, 2.0, 4.0, 8.0, 15.0)
PAUSE_WITHOUT_RIGHT_S = 30.0
MENU_LANGUAGES = (("uk", "uk"), ("ru", "ru"), ("en", None))
"""English is for who has another language; Telegram takes it without a code."""
KINDS = ["message", "callback_query"]
BATCH = 50


def make_dispatcher(sender: Sender, *, clock: Clock) -> Dispatcher:
    """Return the handlers behind their gate.

    Raises:
        RuntimeError: an act that the permission matrix does not name, or one it names in vain.
    """
    dispatcher = Dispatcher(sender=sender, clock=clock)
    entrance, permit = gate.Entrance(sender, clock=clock), gate.Permit(sender)
    routers = [
        module.make_router() for module in (start, unlink, buttons, typed, commands, plain, help)
    ]
    acts = {f"code:{kind.value}" for kind in CodeKind} | {f"do:{name}" for name in ACTS}
    for router in routers:
        for observer in (router.message, router.callback_query):
            observer.middleware(permit)
            acts |= {str(handler.flags.get(gate.ACT, "")) for handler in observer.handlers}
    for observer in (dispatcher.message, dispatcher.callback_query):
        observer.outer_middleware(entrance)
    if different := acts ^ set(MATRIX.bot):
        raise RuntimeError(f"Acts and permissions.toml differ: {', '.join(sorted(different))}")
    dispatcher.include_routers(*routers)
    return dispatcher


class Reader:
    """Fetches the bot's messages while it holds the right to; several may run side by side."""

    def __init__(self, bot: Bot, *, owner: str, clock: Clock, wait_s: int = WAIT_S) -> None:
        self._bot = bot
        self._owner = owner
        self._clock = clock
        self._wait_s = wait_s
        self._sender = Sender(bot, clock=clock)
        self._dispatcher = make_dispatcher(self._sender, clock=clock)
        self._offset: int | None = None
        self._is_introduced = False
        self._failures = 0

    async def run(self) -> None:
        """Read until cancelled; what fails is tried again."""
        while True:
            try:
                pause_s = await self.turn()
            except Exception:
                log.exception("bot_failed")
                pause_s = PAUSE_S[-1]
            if pause_s:
                await self._clock.sleep(pause_s)

    async def close(self) -> None:
        """Confirm what was answered and give the right to read back."""
        try:
            if self._offset is not None:
                await self._bot(GetUpdates(offset=self._offset, limit=1, timeout=0))
            async with begin(SYSTEM) as uow:
                await bots.release(uow, owner=self._owner)
        except Exception:
            log.exception("bot_not_released")
        await self._bot.session.close()

    async def turn(self) -> float:
        """Fetch and answer once; return how long to wait before the next time."""
        async with begin(SYSTEM) as uow:
            if not await bots.hold(uow, owner=self._owner, ttl_s=LEASE_S):
                self._is_introduced, self._offset = False, None
                return HOLD_EVERY_S
        try:
            if not self._is_introduced:
                await self._introduce()
            updates = await self._fetch()
        except TelegramRetryAfter as error:
            return float(error.retry_after)
        except TelegramUnauthorizedError:
            await self._complain("Telegram does not know the token of this bot")
            return PAUSE_WITHOUT_RIGHT_S
        except AiogramError as error:
            return await self._fail(error)
        if self._failures:
            self._failures = 0
            await self._complain("")
        await self._answer(updates)
        return 0.0

    async def _introduce(self) -> None:
        me = await self._bot.get_me()
        await self._bot(DeleteWebhook(drop_pending_updates=False))
        for language, code in MENU_LANGUAGES:
            commands = [
                BotCommand(command=name, description=says) for name, says in messages.menu(language)
            ]
            await self._bot(SetMyCommands(commands=commands, language_code=code))
        async with begin(SYSTEM) as uow:
            await bots.introduce(uow, owner=self._owner, bot_id=me.id, username=me.username or "")
        self._is_introduced = True
        log.info("bot_reads", extra={"owner": self._owner})

    async def _fetch(self) -> Sequence[Update]:
        updates: list[Update] = await self._bot(
            GetUpdates(
                offset=self._offset, limit=BATCH, timeout=self._wait_s, allowed_updates=KINDS
            ),
            request_timeout=self._wait_s + REQUEST_TIMEOUT_S,
        )
        return updates

    async def _answer(self, updates: Sequence[Update]) -> None:
        """Answer all chats at once, each in its order."""
        ordered = sorted(updates, key=lambda one: (_chat_of(one), one.update_id))
        await asyncio.gather(
            *(self._answer_chat(list(chat)) for _, chat in groupby(ordered, key=_chat_of))
        )
        if updates:
            self._offset = max(one.update_id for one in updates) + 1

    async def _answer_chat(self, updates: Sequence[Update]) -> None:
        for update in updates:
            try:
                await self._dispatcher.feed_update(self._bot, update)
            except Exception:
                log.exception("message_failed")
                if chat_id := _chat_of(update):
                    language = tongue.language_of_stranger(_user_of(update))
                    await self._sender.say(chat_id, messages.service(language, "failed"))

    async def _fail(self, error: AiogramError) -> float:
        pause_s = PAUSE_S[min(self._failures, len(PAUSE_S) - 1)]
        self._failures += 1
        told = error.message if isinstance(error, TelegramAPIError) else type(error).__name__
        log.warning("bot_cannot_read", extra={"error": told})
        await self._complain(f"Telegram cannot be reached or refuses: {told}")
        return pause_s

    async def _complain(self, problem: str) -> None:
        async with begin(SYSTEM) as uow:
            await bots.complain(uow, owner=self._owner, problem=problem)


def _user_of(update: Update) -> User | None:
    event = update.message or update.callback_query
    return None if event is None else event.from_user


def _chat_of(update: Update) -> int:
    if update.message is not None:
        return update.message.chat.id
    if update.callback_query is not None:
        return update.callback_query.from_user.id
    return 0

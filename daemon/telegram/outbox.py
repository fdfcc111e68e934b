"""Empty the outbox into chats: recorded before it is sent, at Telegram's pace, never twice.

Whatever surely did not arrive is tried again; what may have arrived is not (`core.services.outbox`
says what becomes of it). After trouble nothing is sent before Telegram answers a harmless question.
"""

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto

from aiogram import Bot
from aiogram.exceptions import (
    AiogramError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.methods import GetMe, SendMessage
from aiohttp import ClientConnectorError

from daemon.telegram.notices import text_of
from patriot_app.core.clock import Clock
from patriot_app.core.domain.chat_pacing import ChatPace
from patriot_app.core.domain.parcels import Parcel
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.services import delivery_watch, outbox
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

BATCH = 10
"""So many are on their way at once: as many may be unsure when this process is killed."""
LEASE = timedelta(seconds=60)
"""Longer than a call may take."""
IDLE_S = 1.0
BUSY_S = 0.05
SWEEP_EVERY_S = 30.0
TROUBLE_S = (2.0, 5.0, 15.0, 30.0, 60.0)


class Fate(Enum):
    """What became of a call."""

    SENT = auto()
    LATER = auto()
    NOT_YET = auto()
    NEVER = auto()
    UNSURE = auto()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message.

    Attributes:
        after_s: Telegram wants silence for so long.
    """

    fate: Fate
    why: str = ""
    after_s: float = 0.0


class ChatOutbox:
    """Sends while its process has the right to read the bot's messages."""

    def __init__(
        self, bot: Bot, *, owner: str, clock: Clock, public_url: str, pace: ChatPace | None = None
    ) -> None:
        self._bot = bot
        self._owner = owner
        self._clock = clock
        self._public_url = public_url
        self._pace = pace or ChatPace()
        self._swept_at = -SWEEP_EVERY_S
        self._failures = 0

    async def run(self) -> None:
        """Send until cancelled; what fails is tried again."""
        while True:
            try:
                pause_s = await self.turn()
            except Exception:
                log.exception("chat_outbox_failed")
                pause_s = TROUBLE_S[-1]
            await self._clock.sleep(pause_s)

    async def turn(self) -> float:
        """Send what may leave at this moment; return how long to wait before the next time."""
        now = self._clock.monotonic()
        if silent_s := self._pace.silent_for(now):
            return silent_s
        if self._failures and not await self._answers():
            return self._be_silent()
        await self._sweep(now)
        room = min(BATCH, self._pace.room(now))
        if not room:
            return BUSY_S
        async with begin(SYSTEM, clock=self._clock) as uow:
            claimed = await outbox.claim_for_chats(
                uow, owner=self._owner, count=room, resting=self._pace.resting(now), lease=LEASE
            )
        if not claimed:
            return IDLE_S
        for chat_id, _ in claimed:
            self._pace.note(chat_id, now)
        outcomes = await asyncio.gather(*(self._send(*one) for one in claimed))
        await self._note([parcel for _, parcel in claimed], outcomes)
        return BUSY_S

    async def _sweep(self, now: float) -> None:
        if now - self._swept_at < SWEEP_EVERY_S:
            return
        self._swept_at = now
        async with begin(SYSTEM, clock=self._clock) as uow:
            if unsure := await outbox.sweep(uow):
                log.warning("chat_messages_unsure", extra={"count": unsure})
            await delivery_watch.look(uow)

    async def _send(self, chat_id: int, parcel: Parcel) -> Outcome:
        method = SendMessage(
            chat_id=chat_id,
            text=text_of(parcel, public_url=self._public_url),
            disable_notification=parcel.is_silent,
        )
        try:
            await self._bot(method)
        except TelegramRetryAfter as error:
            return Outcome(Fate.NOT_YET, "Telegram asked for a pause", float(error.retry_after))
        except (TelegramForbiddenError, TelegramNotFound, TelegramBadRequest) as error:
            return Outcome(Fate.NEVER, error.message)
        except TelegramUnauthorizedError as error:
            return Outcome(Fate.NOT_YET, error.message, TROUBLE_S[-1])
        except TelegramNetworkError as error:
            if isinstance(error.__cause__, ClientConnectorError):
                return Outcome(Fate.LATER, "Telegram cannot be reached")
            return Outcome(Fate.UNSURE, f"{outbox.UNSURE} ({error.message})")
        except AiogramError as error:
            told = error.message if isinstance(error, TelegramAPIError) else type(error).__name__
            return Outcome(Fate.UNSURE, f"{outbox.UNSURE} ({told})")
        return Outcome(Fate.SENT)

    async def _note(self, parcels: list[Parcel], outcomes: list[Outcome]) -> None:
        pairs = list(zip(parcels, outcomes, strict=True))
        async with begin(SYSTEM, clock=self._clock) as uow:
            sent = [parcel.id for parcel, outcome in pairs if outcome.fate is Fate.SENT]
            if sent:
                await outbox.mark_sent(uow, sent)
            for parcel, outcome in pairs:
                if outcome.fate in {Fate.LATER, Fate.NOT_YET}:
                    await outbox.put_back(
                        uow,
                        parcel,
                        error=outcome.why,
                        after_s=outcome.after_s,
                        is_counted=outcome.fate is Fate.LATER,
                    )
                elif outcome.fate in {Fate.NEVER, Fate.UNSURE}:
                    is_unsure = outcome.fate is Fate.UNSURE
                    await outbox.give_up(uow, [parcel.id], error=outcome.why, is_unsure=is_unsure)
        for outcome in outcomes:
            if outcome.fate is not Fate.SENT:
                log.warning("chat_message_not_sent", extra={"error": outcome.why})
        now = self._clock.monotonic()
        self._pace.hush(max(outcome.after_s for outcome in outcomes), now)
        if any(outcome.fate in {Fate.UNSURE, Fate.LATER} for outcome in outcomes):
            self._be_silent()

    def _be_silent(self) -> float:
        pause_s = TROUBLE_S[min(self._failures, len(TROUBLE_S) - 1)]
        self._failures += 1
        self._pace.hush(pause_s, self._clock.monotonic())
        return pause_s

    async def _answers(self) -> bool:
        try:
            await self._bot(GetMe())
        except AiogramError:
            return False
        self._failures = 0
        return True

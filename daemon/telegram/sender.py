"""Say something in a chat: Telegram's limits are honoured, and a bad network is tried again.

An answer may arrive twice when its receipt was lost on the way; an act never happens twice, since
what it needs is used up in the database.
"""

import logging
from collections.abc import Sequence
from typing import TypeVar

from aiogram import Bot
from aiogram.enums import ParseMode
from aiogram.exceptions import (
    AiogramError,
    TelegramAPIError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.methods import (
    AnswerCallbackQuery,
    DeleteMessage,
    EditMessageMedia,
    EditMessageReplyMarkup,
    EditMessageText,
    SendDocument,
    SendMessage,
    SendPhoto,
    SetMyCommands,
    TelegramMethod,
)
from aiogram.types import (
    BotCommand,
    BotCommandScopeChat,
    BufferedInputFile,
    InlineKeyboardMarkup,
    InputMediaPhoto,
)

from daemon.telegram.lengths import CAPTION_MAX, TEXT_MAX, cut
from patriot_app.core.clock import Clock

log = logging.getLogger(__name__)

T = TypeVar("T")

TRIES = 4
RETRY_AFTER_S_MAX = 60.0
BACK_OFF_S = 0.5


class Sender:
    """Calls the Bot API for one bot."""

    def __init__(self, bot: Bot, *, clock: Clock) -> None:
        self._bot = bot
        self._clock = clock

    async def say(
        self, chat_id: int, text: str, *, keyboard: InlineKeyboardMarkup | None = None
    ) -> bool:
        """Send a message; False if Telegram would not take it."""
        method = SendMessage(chat_id=chat_id, text=cut(text, TEXT_MAX), reply_markup=keyboard)
        return await self._call(method) is not None

    async def edit(
        self,
        chat_id: int,
        message_id: int,
        text: str,
        *,
        keyboard: InlineKeyboardMarkup | None = None,
    ) -> None:
        """Put a text in the place of a message; its buttons go, or others come."""
        await self._call(
            EditMessageText(
                chat_id=chat_id,
                message_id=message_id,
                text=cut(text, TEXT_MAX),
                reply_markup=keyboard,
            )
        )

    async def show_picture(
        self, chat_id: int, picture: bytes, text: str, *, keyboard: InlineKeyboardMarkup | None
    ) -> None:
        """Send a picture with a text below it."""
        await self._call(
            SendPhoto(
                chat_id=chat_id,
                photo=BufferedInputFile(picture, "picture.png"),
                caption=cut(text, CAPTION_MAX),
                reply_markup=keyboard,
            )
        )

    async def change_picture(
        self,
        chat_id: int,
        message_id: int,
        picture: bytes,
        text: str,
        *,
        keyboard: InlineKeyboardMarkup | None,
    ) -> None:
        """Put a picture in the place of another."""
        media = InputMediaPhoto(
            media=BufferedInputFile(picture, "picture.png"),
            caption=cut(text, CAPTION_MAX),
            parse_mode=ParseMode.HTML,
        )
        await self._call(
            EditMessageMedia(
                chat_id=chat_id, message_id=message_id, media=media, reply_markup=keyboard
            )
        )

    async def send_document(self, chat_id: int, name: str, content: bytes) -> None:
        """Send a file that the person may keep."""
        await self._call(
            SendDocument(
                chat_id=chat_id, document=BufferedInputFile(content, name), protect_content=False
            )
        )

    async def take_buttons_off(self, chat_id: int, message_id: int) -> None:
        """Leave a message without its buttons."""
        await self._call(EditMessageReplyMarkup(chat_id=chat_id, message_id=message_id))

    async def set_menu(self, chat_id: int, commands: Sequence[tuple[str, str]]) -> None:
        """Let one chat's menu hold these commands, each with what it does."""
        await self._call(
            SetMyCommands(
                commands=[BotCommand(command=name, description=says) for name, says in commands],
                scope=BotCommandScopeChat(chat_id=chat_id),
            )
        )

    async def acknowledge(self, callback_query_id: str, text: str = "") -> None:
        """Let the pressed button stop waiting."""
        await self._call(
            AnswerCallbackQuery(callback_query_id=callback_query_id, text=text[:200] or None)
        )

    async def delete(self, chat_id: int, message_id: int) -> bool:
        """Take a message out of the chat on every device; False if that was not allowed."""
        method = DeleteMessage(chat_id=chat_id, message_id=message_id)
        return await self._call(method) is True

    async def _call(self, method: TelegramMethod[T]) -> T | None:
        for tried in range(TRIES):
            try:
                return await self._bot(method)
            except TelegramRetryAfter as error:
                wait_s = min(float(error.retry_after), RETRY_AFTER_S_MAX)
            except (TelegramNetworkError, TelegramServerError) as error:
                wait_s = BACK_OFF_S * 2**tried
                log.warning("telegram_call_failed", extra={"error": type(error).__name__})
            except TelegramAPIError as error:
                log.warning("telegram_refused", extra={"error": error.message})
                return None
            except AiogramError as error:
                wait_s = BACK_OFF_S * 2**tried
                log.warning("telegram_not_understood", extra={"error": type(error).__name__})
            if tried + 1 < TRIES:
                await self._clock.sleep(wait_s)
        log.error("telegram_gave_up", extra={"error": type(method).__name__})
        return None

"""Buttons that carry an opaque word: what it stands for is in the database, not in the chat."""

import re
from collections.abc import Sequence

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

LABEL_LENGTH_MAX = 60
_MENU = re.compile(r"m:([A-Za-z0-9_-]{22}):(\d{1,2})")
_DATA = re.compile(r"q:([A-Za-z0-9_-]{22}):([yn])")


def yes_or_no(nonce: str, *, yes: str, no: str) -> InlineKeyboardMarkup:
    """Return the two buttons of a question."""
    return InlineKeyboardMarkup(
        inline_keyboard=[
            [
                InlineKeyboardButton(text=yes, callback_data=f"q:{nonce}:y"),
                InlineKeyboardButton(text=no, callback_data=f"q:{nonce}:n"),
            ]
        ]
    )


def pressed(data: str | None) -> tuple[str, bool] | None:
    """Return the question's word and whether the answer is Yes; None: not one of our buttons."""
    found = _DATA.fullmatch(data or "")
    return None if found is None else (found[1], found[2] == "y")


def menu(nonce: str, rows: Sequence[Sequence[str]]) -> InlineKeyboardMarkup:
    """Return the buttons of a screen, counted row by row."""
    keyboard, index = [], 0
    for row in rows:
        buttons = []
        for label in row:
            data = f"m:{nonce}:{index}"
            buttons.append(InlineKeyboardButton(text=label[:LABEL_LENGTH_MAX], callback_data=data))
            index += 1
        keyboard.append(buttons)
    return InlineKeyboardMarkup(inline_keyboard=keyboard)


def pressed_in_menu(data: str | None) -> tuple[str, int] | None:
    """Return a screen's word and which of its buttons it was; None: not one of a screen's."""
    found = _MENU.fullmatch(data or "")
    return None if found is None else (found[1], int(found[2]))

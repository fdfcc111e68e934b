"""Two buttons that carry an opaque word: what it stands for is in the database, not in the chat."""

import re

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

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

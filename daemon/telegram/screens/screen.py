"""What a screen is made of, and for whom it is made."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from daemon.telegram import words
from patriot_app.core.domain import figures
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.domain.telegram import MENU_LASTS
from patriot_app.core.errors import Refused

HIDDEN = "•••"
NOTHING = "—"
LINES_PER_PAGE = 8


class Press(StrEnum):
    """What pressing a button does.

    SHOW puts a screen in the place of this one; DO carries an act out at once; TYPE and PROVE lead
    to the second step of a dangerous one: a code to type, or a proof of identity on the web page.
    PROVED is pressed after that proof.
    """

    SHOW = "show"
    DO = "do"
    TYPE = "type"
    PROVE = "prove"
    PROVED = "proved"


@dataclass(frozen=True, slots=True)
class Button:
    """A button: which screen or act it leads to, and with what."""

    label: str
    name: str
    args: tuple[str, ...] = ()
    press: Press = Press.SHOW


@dataclass(frozen=True, slots=True)
class File:
    """A document, or a picture that stands above the text."""

    name: str
    content: bytes
    is_picture: bool = False


@dataclass(frozen=True, slots=True)
class Screen:
    """A text in Telegram's HTML with its buttons.

    Attributes:
        lasts: how long its buttons are good.
    """

    text: str
    rows: tuple[tuple[Button, ...], ...] = ()
    files: tuple[File, ...] = ()
    lasts: timedelta = MENU_LASTS


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks, in which language, and whether amounts are hidden from who looks over his shoulder."""

    actor: Actor
    now: datetime
    language: str = words.ENGLISH_CODE
    hides_amounts: bool = False

    @property
    def person_id(self) -> UUID:
        """The person's id.

        Raises:
            Refused: the chat is connected with nobody.
        """
        if self.actor.user_id is None:
            raise Refused("This chat is connected with nobody")
        return self.actor.user_id

    def say(self, key: str, /, **values: object) -> str:
        """Return a text in his language; values are escaped."""
        return words.say(self.language, key, **values)

    def label(self, key: str, /, **values: object) -> str:
        """Return a button's text in his language."""
        return words.label(self.language, key, **values)

    def money(self, value: Decimal | None, *, unit: str = "USDT") -> str:
        """Return an amount, or a mark where amounts are hidden."""
        if value is None:
            return NOTHING
        return f"{HIDDEN if self.hides_amounts else figures.grouped(value)} {unit}".strip()

    def profit(self, value: Decimal | None, *, unit: str = "USDT") -> str:
        """Return a gain or loss with its sign."""
        if value is None:
            return NOTHING
        return f"{HIDDEN if self.hides_amounts else figures.signed(value)} {unit}".strip()

    def quantity(self, value: Decimal | None) -> str:
        """Return every stored digit, without trailing zeros."""
        if value is None:
            return NOTHING
        return HIDDEN if self.hides_amounts else exact(value)

    def ago(self, at: datetime | None) -> str:
        """Return how long ago something was, in the largest unit that fits."""
        if at is None:
            return NOTHING
        seconds = max(0, int((self.now - at).total_seconds()))
        for limit, unit, key in (
            (120, 1, "ago.s"),
            (7200, 60, "ago.min"),
            (172_800, 3600, "ago.h"),
        ):
            if seconds < limit:
                return self.label(key, number=seconds // unit)
        return self.label("ago.d", number=seconds // 86_400)


def exact(value: Decimal) -> str:
    """Return a price or quantity without trailing zeros."""
    text = f"{value:,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text.replace("-", figures.MINUS)


def per_cent(fraction: Decimal | None) -> str:
    """Return a fraction in per cent; relative figures are never hidden."""
    return NOTHING if fraction is None else f"{figures.per_cent(fraction)} %"


def page_of(args: tuple[str, ...]) -> int:
    """Return which page the arguments ask for, from 1."""
    return int(args[0]) if args and args[0].isdecimal() and 0 < int(args[0]) < 10_000 else 1


def paging(
    viewer: Viewer, name: str, *, page: int, total: int, size: int, more: tuple[str, ...] = ()
) -> tuple[tuple[Button, ...], ...]:
    """Return the row with back and forward, empty where one page holds everything."""
    buttons = []
    if page > 1:
        buttons.append(Button(viewer.label("back"), name, (str(page - 1), *more)))
    if page * size < total:
        buttons.append(Button(viewer.label("forward"), name, (str(page + 1), *more)))
    return (tuple(buttons),) if buttons else ()

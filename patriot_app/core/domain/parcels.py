"""What leaves the house at once for one person: a message, or several that waited together."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from patriot_app.core.domain.notice_words.frame import FRAMES
from patriot_app.core.domain.notification_preferences import HeldFor, Language, hide_amounts

LINES_MAX = 20


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message as it is sent.

    Attributes:
        id: of the row that stands for all of them; the same at every attempt.
        others: titles and bodies of what goes along with it, oldest first.
    """

    id: UUID
    user_id: UUID | None
    severity: str
    title: str
    body: str
    created_at: datetime
    attempts: int
    held_for: HeldFor = HeldFor.NOTHING
    is_silent: bool = False
    hides_amounts: bool = False
    zone: str = "UTC"
    language: Language = Language.ENGLISH
    others: tuple[tuple[str, str], ...] = ()


def headline(parcel: Parcel) -> str:
    """Return the title of a message, or what a bundle holds: "17 accounts: …", "5 messages"."""
    count, words = len(parcel.others) + 1, FRAMES[parcel.language]
    if count == 1:
        return _shown(parcel, parcel.title)
    if all(title == parcel.title for title, _ in parcel.others):
        return _shown(parcel, words.alike.format(count=count, title=parcel.title))
    return words.bundle.format(count=count)


def lines(parcel: Parcel) -> list[str]:
    """Return the paragraphs under the title; of a long bundle the rest is counted."""
    every = [(parcel.title, parcel.body), *parcel.others]
    if len(every) == 1:
        return [_shown(parcel, parcel.body)] if parcel.body else []
    is_alike = all(title == parcel.title for title, _ in every)
    found = [body if is_alike else f"{title}. {body}" for title, body in every[:LINES_MAX]]
    told = list(dict.fromkeys(_shown(parcel, one) for one in found))
    rest = len(every) - LINES_MAX
    return [*told, FRAMES[parcel.language].rest.format(rest=rest)] if rest > 0 else told


def _shown(parcel: Parcel, text: str) -> str:
    return hide_amounts(text) if parcel.hides_amounts else text

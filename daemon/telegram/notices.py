"""How a notice looks in a chat; everything that people or exchanges wrote is escaped."""

from html import escape
from zoneinfo import ZoneInfo

from patriot_app.core.domain.notice_words.frame import FRAMES
from patriot_app.core.domain.parcels import Parcel, headline, lines

LENGTH_MAX = 3_500
_MARKS = {"critical": "🔴", "warning": "🟠", "notice": "🔵", "info": "⚪"}


def text_of(parcel: Parcel, *, public_url: str) -> str:
    """Return the message: mark, title, text, the person's own time, the way to the web."""
    at = parcel.created_at.astimezone(ZoneInfo(parcel.zone))
    words = FRAMES[parcel.language]
    foot = f"<i>{at:%d %b %H:%M} {escape(parcel.zone)}</i>"
    if public_url.startswith("https://"):
        foot += f' · <a href="{escape(public_url)}/notifications">{words.open_page}</a>'
    head = f"{_MARKS.get(parcel.severity, '⚪')} <b>{escape(headline(parcel))}</b>"
    body, room = [], LENGTH_MAX - len(head) - len(foot)
    for line in lines(parcel):
        shown = escape(line if len(line) <= 600 else f"{line[:599]}…")
        if len(shown) > room:
            body.append("…")
            break
        body.append(shown)
        room -= len(shown) + 1
    return "\n".join([head, *body, foot])

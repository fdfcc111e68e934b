"""How a notice looks in a mailbox: the same words as text and as HTML, without images or scripts.

Mail readers know no style sheets of ours, so the few styles stand at the elements. Links within a
text can be followed; everything that people or exchanges wrote is escaped.
"""

import re
from html import escape
from zoneinfo import ZoneInfo

from patriot_app.core.domain.notice_words.frame import FRAMES
from patriot_app.core.domain.parcels import Parcel, headline, lines

_COLOURS = {"critical": "#b42318", "warning": "#b54708", "notice": "#175cd3", "info": "#475467"}
_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)]")


def plain(parcel: Parcel, *, public_url: str) -> str:
    """Return the text for who reads no HTML."""
    paragraphs = [headline(parcel), *lines(parcel), f"{_moment(parcel)}\n{public_url}"]
    return "\n\n".join(paragraphs) + "\n"


def html(parcel: Parcel, *, public_url: str) -> str:
    """Return the same as HTML."""
    words = FRAMES[parcel.language]
    colour = _COLOURS.get(parcel.severity, _COLOURS["info"])
    body = "".join(f'<p style="margin:0 0 12px">{_linked(line)}</p>' for line in lines(parcel))
    return (
        f'<!doctype html><html lang="{parcel.language.value}"><head><meta charset="utf-8">'
        f"<title>{escape(headline(parcel))}</title></head>"
        '<body style="margin:0;padding:16px;background:#f2f4f7">'
        '<div style="max-width:560px;margin:0 auto;padding:20px;background:#ffffff;color:#101828;'
        f'border-top:4px solid {colour};font:15px/1.5 system-ui,sans-serif">'
        f'<h1 style="margin:0 0 12px;font-size:18px">{escape(headline(parcel))}</h1>{body}'
        f'<p style="margin:16px 0 0;color:#475467;font-size:13px">{escape(_moment(parcel))} · '
        f'<a href="{escape(public_url)}">{escape(words.open_product)}</a> · '
        f"{escape(words.set_where)}</p></div></body></html>"
    )


def _moment(parcel: Parcel) -> str:
    at = parcel.created_at.astimezone(ZoneInfo(parcel.zone))
    return f"{at:%Y-%m-%d %H:%M:%S} {parcel.zone}"


def _linked(text: str) -> str:
    parts, end = [], 0
    for found in _LINK.finditer(text):
        address = escape(found[0])
        parts += [escape(text[end : found.start()]), f'<a href="{address}">{address}</a>']
        end = found.end()
    return "".join([*parts, escape(text[end:])])

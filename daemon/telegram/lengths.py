"""Keep a text within what Telegram takes, without cutting a tag in two."""

import re
from html import escape, unescape

TEXT_MAX = 4_096
CAPTION_MAX = 1_024
MORE = "…"
LONGEST_ESCAPE = len("&quot;")
_TAG = re.compile(r"<(/?)([a-z-]+)[^>]*>")


def length(text: str) -> int:
    """Return how long Telegram counts a text: in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def cut(text: str, most: int) -> str:
    """Return the text, or its beginning by whole lines with what is open closed, and an ellipsis."""
    if length(text) <= most:
        return text
    lines = text.split("\n")
    while len(lines) > 1:
        lines.pop()
        shorter = "\n".join(lines)
        ended = f"{shorter}{_closing(shorter)}\n{MORE}"
        if length(ended) <= most:
            return ended
    bare = unescape(_TAG.sub("", lines[0]))
    return escape(bare[: most // LONGEST_ESCAPE]) + MORE


def _closing(text: str) -> str:
    """Return the tags that end what the text has begun."""
    is_open: list[str] = []
    for slash, name in _TAG.findall(text):
        if not slash:
            is_open.append(name)
        elif is_open:
            is_open.pop()
    return "".join(f"</{name}>" for name in reversed(is_open))

"""What Telegram takes as HTML: a few tags, well nested; everything else is refused."""

from html.parser import HTMLParser

TAGS = frozenset(
    {
        "b",
        "strong",
        "i",
        "em",
        "u",
        "ins",
        "s",
        "del",
        "a",
        "code",
        "pre",
        "tg-spoiler",
        "blockquote",
    }
)


class NotMarkup(ValueError):
    """The text is not what Telegram parses."""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.plain = ""
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            raise NotMarkup(f"Unsupported start tag {tag!r}")
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise NotMarkup(f"Unexpected end tag {tag!r}")

    def handle_data(self, data: str) -> None:
        self.plain += data


def plain_text(text: str) -> str:
    """Return the text as a chat shows it.

    Raises:
        NotMarkup: Telegram would answer "can't parse entities".
    """
    reader = _Reader()
    reader.feed(text)
    reader.close()
    if reader.open:
        raise NotMarkup(f"Can't find end tag of {reader.open[-1]!r}")
    return reader.plain

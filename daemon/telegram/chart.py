"""A line as a picture for a chat: what a stretch of time brought, in the colours of its outcome."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 800, 420
MARGIN_X, MARGIN_TOP, MARGIN_BOTTOM = 24, 28, 44
PAPER, INK, FAINT = (255, 255, 255), (24, 28, 36), (208, 212, 219)
GAIN, LOSS = (22, 128, 90), (190, 50, 60)
LINE_WIDTH, FONT_SIZE = 3, 18
POINTS_MIN = 2

Point = tuple[datetime, Decimal]


def draw(points: Sequence[Point], *, title: str, top: str, bottom: str) -> bytes:
    """Return a PNG of the values over time with a line at zero.

    Args:
        points: at least two, in the order of their times.
        top, bottom: how the largest and the smallest value are labelled; empty hides them.
    """
    assert len(points) >= POINTS_MIN
    values = [value for _, value in points]
    highest, lowest = max(*values, Decimal(0)), min(*values, Decimal(0))
    picture = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size=FONT_SIZE)
    across = _spread([Decimal(str(at.timestamp())) for at, _ in points])
    down = [_height(value, lowest=lowest, highest=highest) for value in values]
    zero = _height(Decimal(0), lowest=lowest, highest=highest)
    pen.line([(MARGIN_X, zero), (WIDTH - MARGIN_X, zero)], fill=FAINT, width=1)
    colour = GAIN if values[-1] >= 0 else LOSS
    pen.line(list(zip(across, down, strict=True)), fill=colour, width=LINE_WIDTH, joint="curve")
    pen.text((MARGIN_X, 4), _plain(title), fill=INK, font=font)
    pen.text((WIDTH - MARGIN_X, 4), _plain(top), fill=INK, font=font, anchor="ra")
    baseline = HEIGHT - FONT_SIZE - 12
    pen.text((MARGIN_X, baseline), f"{points[0][0]:%d.%m.%Y}", fill=INK, font=font)
    pen.text(
        (WIDTH - MARGIN_X, baseline), f"{points[-1][0]:%d.%m.%Y}", fill=INK, font=font, anchor="ra"
    )
    pen.text((WIDTH // 2, baseline), _plain(bottom), fill=INK, font=font, anchor="ma")
    file = BytesIO()
    picture.save(file, format="PNG", optimize=False)
    return file.getvalue()


def _spread(places: Sequence[Decimal]) -> list[int]:
    """Return the pixel of each place; all in the middle where they are one."""
    first, width = places[0], places[-1] - places[0]
    if not width:
        return [WIDTH // 2 for _ in places]
    room = WIDTH - 2 * MARGIN_X
    return [MARGIN_X + int((place - first) * room / width) for place in places]


def _height(value: Decimal, *, lowest: Decimal, highest: Decimal) -> int:
    room = HEIGHT - MARGIN_TOP - MARGIN_BOTTOM
    if highest == lowest:
        return MARGIN_TOP + room // 2
    return MARGIN_TOP + int((highest - value) * room / (highest - lowest))


def _plain(text: str) -> str:
    """Return what the built-in letters can draw."""
    return text.replace("−", "-").encode("latin-1", "ignore").decode("latin-1")

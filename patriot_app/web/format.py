"""Decimals and times become text here: Reflex would send a Decimal to the browser as a float."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from patriot_app.core.domain.figures import MINUS as MINUS
from patriot_app.core.domain.figures import grouped as grouped
from patriot_app.core.domain.figures import per_cent, signed

EMPTY = "—"
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as it is shown.

    Attributes:
        text: with sign where the sign carries meaning, grouped, without unit.
        tone: positive, negative or neutral.
        unit: "USDT", "%", "bp" or "".
    """

    text: str = EMPTY
    tone: str = "neutral"
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as it is shown: relative in the cell, exact on hover.

    Attributes:
        exact: in UTC; the browser words it in the person's zone, from `iso`.
        iso: RFC 3339 in UTC; the browser keeps `ago` fresh from it. Empty: never.
    """

    ago: str = EMPTY
    exact: str = ""
    iso: str = ""


def money(value: Decimal | None, *, unit: str = "USDT", places: int = 2) -> Figure:
    """Show an amount whose sign needs no emphasis, such as an equity or a notional."""
    if value is None:
        return Figure()
    return Figure(text=grouped(value, places=places), unit=unit)


def profit(value: Decimal | None, *, unit: str = "USDT", places: int = 2) -> Figure:
    """Show a gain or loss: always with its sign and tone."""
    if value is None:
        return Figure()
    text = signed(value, places=places)
    is_nothing = not any(digit in "123456789" for digit in text)
    return Figure(text=text, tone="neutral" if is_nothing else tone_of(value), unit=unit)


def rate(fraction: Decimal | None, *, places: int = 2) -> Figure:
    """Show a fraction as per cent (0.3 means 30 %)."""
    if fraction is None:
        return Figure()
    return Figure(text=per_cent(fraction, places=places), unit="%")


def change(fraction: Decimal | None, *, places: int = 2) -> Figure:
    """Show a return as per cent, with sign and tone."""
    return profit(None if fraction is None else fraction * 100, unit="%", places=places)


def exact(value: Decimal | None) -> str:
    """Show every digit that is stored, without trailing zeros (quantities, prices)."""
    if value is None:
        return EMPTY
    text = f"{value:,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text.replace("-", MINUS)


def count(value: int) -> str:
    """Show a whole number, grouped."""
    return f"{value:,}".replace("-", MINUS)


def milliseconds(value: float | None) -> str:
    """Show a latency."""
    if value is None:
        return EMPTY
    return f"{value:,.0f} ms" if value < 10_000 else f"{value / 1000:,.1f} s"


def tone_of(value: Decimal) -> str:
    """Return the tone of a signed figure."""
    return "positive" if value > 0 else "negative" if value < 0 else "neutral"


def moment(at: datetime | None, *, now: datetime) -> Moment:
    """Show an aware time relative to now."""
    if at is None:
        return Moment()
    utc = at.astimezone(UTC)
    return Moment(
        ago=relative((now - at).total_seconds()),
        exact=utc.strftime("%Y-%m-%d %H:%M:%S UTC"),
        iso=utc.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    )


def relative(seconds: float) -> str:
    """Return "12 s ago" or "in 3 min"; the browser's script words it the same way."""
    distance = abs(seconds)
    if distance < 1:
        return "now"
    for limit, unit, name in (
        (_MINUTE, 1, "s"),
        (_HOUR, _MINUTE, "min"),
        (2 * _DAY, _HOUR, "h"),
        (float("inf"), _DAY, "d"),
    ):
        if distance < limit:
            text = f"{int(distance // unit)} {name}"
            return f"{text} ago" if seconds > 0 else f"in {text}"
    raise AssertionError("unreachable: the last limit is infinite")


def short_id(value: object) -> str:
    """Return the tail of an id: UUIDv7 rows made together share their head."""
    text = str(value)
    return f"…{text[-8:]}" if len(text) > 12 else text


def plural(number: int, one: str, many: str | None = None) -> str:
    """Return "1 position" or "14 positions"."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def label(word: str) -> str:
    """Return an enum's value as a label: "partially_filled" becomes "Partially filled"."""
    text = word.replace("_", " ").strip()
    return text[:1].upper() + text[1:].lower() if text else EMPTY


def joined(items: Sequence[str], *, limit: int = 3) -> str:
    """Return the first few items and how many more there are."""
    head = ", ".join(items[:limit])
    rest = len(items) - limit
    return f"{head} and {rest} more" if rest > 0 else head or EMPTY

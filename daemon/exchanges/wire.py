"""What both exchanges' numbers and times have in common; money becomes Decimal here, once.

Raises everywhere in the wire modules: ExchangeUnavailable when an answer is not what the exchange
documents; acting on half an answer would be worse than having none.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from patriot_app.core.domain.order_books import BookLevel, OrderBook
from patriot_app.core.errors import ExchangeUnavailable

Row = Mapping[str, Any]
Word = TypeVar("Word")

ZERO = Decimal(0)
BOOK_LEVELS = 500
"""Levels a side that both exchanges give in one answer."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def decimal_of(value: Any) -> Decimal:
    """Return a number of the wire; text, whole numbers and JSON fractions keep their digits."""
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise ExchangeUnavailable(f"An answer holds {value!r} where a number belongs") from error
    if not number.is_finite():
        raise ExchangeUnavailable(f"An answer holds {value!r} where a number belongs")
    return number


def decimal_or_none(value: Any) -> Decimal | None:
    """Return None for what the exchanges write when there is no such price: "", "0", null."""
    if value is None or value == "":
        return None
    return decimal_of(value) or None


def decimal_or_zero(value: Any) -> Decimal:
    """Return zero for an empty field."""
    return ZERO if value is None or value == "" else decimal_of(value)


def time_of(milliseconds: Any) -> datetime:
    """Return aware UTC; exact, unlike a float of seconds."""
    try:
        return _EPOCH + timedelta(milliseconds=int(milliseconds))
    except (TypeError, ValueError, OverflowError) as error:
        raise ExchangeUnavailable(f"An answer holds {milliseconds!r} for a time") from error


def milliseconds_of(moment: datetime) -> int:
    """Return whole milliseconds since 1970."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def field(row: Row, name: str) -> Any:
    """Return a field that must be there."""
    try:
        return row[name]
    except (KeyError, TypeError) as error:
        raise ExchangeUnavailable(f"An answer lacks the field {name}") from error


def list_of(document: Any) -> list[Any]:
    """Return a list; an empty object must never pass for "there is nothing"."""
    if not isinstance(document, list):
        raise ExchangeUnavailable("An answer holds something else where a list belongs")
    return document


def rows_of(document: Any) -> list[dict[str, Any]]:
    """Return a list of objects."""
    rows = list_of(document)
    if not all(isinstance(row, dict) for row in rows):
        raise ExchangeUnavailable("An answer holds something else where a row belongs")
    return rows


def text(row: Row, name: str) -> str:
    """Return a field as text; "" if absent or null."""
    value = row.get(name)
    return "" if value is None else str(value)


def choice(words: Mapping[str, Word], value: Any, *, what: str) -> Word:
    """Translate a word of theirs into ours."""
    word = words.get(value)
    if word is None:
        raise ExchangeUnavailable(f"An answer names the unknown {what} {value!r}")
    return word


def order_book(bids: Any, asks: Any) -> OrderBook:
    """Return a book of [price, quantity] levels, the best of each side first."""
    return OrderBook(
        bids=tuple(sorted(_levels(bids), key=lambda level: level.price, reverse=True)),
        asks=tuple(sorted(_levels(asks), key=lambda level: level.price)),
    )


def _levels(rows: Any) -> list[BookLevel]:
    levels = []
    for row in list_of(rows):
        figures = list_of(row)
        if len(figures) < 2:
            raise ExchangeUnavailable("A level of an order book lacks price or quantity")
        levels.append(BookLevel(decimal_of(figures[0]), decimal_of(figures[1])))
    return levels

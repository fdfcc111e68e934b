"""Reading the fields of a control request, each with its rule."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Final, TypeVar

E = TypeVar("E", bound=StrEnum)

TEXT_MAX: Final = 200
INTEGER_MAX: Final = 2**53
DIGITS_MAX: Final = 30
_ABSENT: Final = object()


class InvalidField(ValueError):
    """A field breaks its rule; nothing has changed."""

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field
        self.rule = rule


class Fields:
    """One JSON object, read field by field; what nobody has read is refused by `finish`."""

    def __init__(self, body: object, *, name: str = "") -> None:
        if not isinstance(body, Mapping):
            raise InvalidField(name or "body", "must be a JSON object")
        self._body: Mapping[str, Any] = body
        self._prefix = f"{name}." if name else ""
        self._read: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return self._body.get(name) is not None

    def is_null(self, name: str) -> bool:
        """Tell whether a field is there and null."""
        return name in self._body and self._body[name] is None

    def text(
        self, name: str, default: str | None = None, *, longest: int = TEXT_MAX, empty: bool = True
    ) -> str:
        """Read a text; without a default it is mandatory."""
        value = self._take(name, default)
        if not isinstance(value, str) or len(value) > longest:
            raise self._error(name, f"must be a text of at most {longest} characters")
        if not value and not empty:
            raise self._error(name, "must not be empty")
        if "\x00" in value or not _is_unicode(value):
            raise self._error(name, "must be valid Unicode without null characters")
        return value

    def integer(
        self,
        name: str,
        default: int | None = None,
        *,
        least: int = 0,
        most: int = INTEGER_MAX,
    ) -> int:
        """Read a whole number; without a default it is mandatory."""
        value = self._take(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self._error(name, f"must be a whole number from {least} to {most}")
        return value

    def optional_integer(self, name: str, *, least: int = 0, most: int = INTEGER_MAX) -> int | None:
        """Read a whole number that may be absent or null."""
        if name not in self:
            self._read.add(name)
            return None
        return self.integer(name, least=least, most=most)

    def number(
        self, name: str, default: float | None = None, *, least: float = 0.0, most: float = 1e9
    ) -> float:
        """Read a finite number in a range; without a default it is mandatory."""
        value = self._take(name, default)
        rule = f"must be a number from {least:g} to {most:g}"
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._error(name, rule)
        if not math.isfinite(value) or not least <= value <= most:
            raise self._error(name, rule)
        return float(value)

    def amount(self, name: str, default: str | None = None, *, positive: bool = True) -> Decimal:
        """Read an exact amount, a text or a number; without a default it is mandatory."""
        value = self._take(name, default)
        rule = "must be a positive amount" if positive else "must be an amount"
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise self._error(name, rule)
        if len(str(value)) > DIGITS_MAX:
            raise self._error(name, f"must have at most {DIGITS_MAX} digits")
        try:
            amount = Decimal(str(value))
        except InvalidOperation:
            raise self._error(name, rule) from None
        if not amount.is_finite() or not -18 <= _exponent(amount) <= 18:
            raise self._error(name, rule)
        if positive and amount <= 0:
            raise self._error(name, rule)
        return amount

    def flag(self, name: str, default: bool | None = None) -> bool:
        """Read true or false; without a default it is mandatory."""
        value = self._take(name, default)
        if not isinstance(value, bool):
            raise self._error(name, "must be true or false")
        return value

    def optional_flag(self, name: str) -> bool | None:
        """Read true or false; None when absent."""
        if name not in self:
            self._read.add(name)
            return None
        return self.flag(name)

    def word(self, name: str, words: type[E]) -> E:
        """Read one of the words of an enumeration."""
        value = self._take(name, _ABSENT)
        try:
            return words(value)
        except ValueError:
            allowed = ", ".join(sorted(words))
            raise self._error(name, f"must be one of {allowed}") from None

    def choice(self, name: str, words: Collection[str], default: str | None = None) -> str:
        """Read one of several words."""
        value = self._take(name, default)
        if not isinstance(value, str) or value not in words:
            raise self._error(name, f"must be one of {', '.join(sorted(words))}")
        return value

    def texts(self, name: str, *, most: int = 100) -> tuple[str, ...]:
        """Read a list of texts, empty when absent."""
        value = self._take(name, ())
        if not isinstance(value, list | tuple) or len(value) > most:
            raise self._error(name, f"must be a list of at most {most} texts")
        if not all(isinstance(entry, str) and len(entry) <= TEXT_MAX for entry in value):
            raise self._error(name, f"must be a list of at most {most} texts")
        return tuple(value)

    def mapping(self, name: str) -> Mapping[str, Any]:
        """Read an object, empty when absent."""
        value = self._take(name, {})
        if not isinstance(value, Mapping):
            raise self._error(name, "must be a JSON object")
        return value

    def group(self, name: str) -> Fields:
        """Read an object field by field."""
        return Fields(self.mapping(name), name=f"{self._prefix}{name}")

    def finish(self) -> None:
        """Refuse fields that nobody knows: a misspelt one must not be ignored."""
        unknown = sorted(set(self._body) - self._read)
        if unknown:
            known = ", ".join(sorted(self._read))
            raise self._error(str(unknown[0])[:TEXT_MAX], f"is not known here; known are {known}")

    def _take(self, name: str, default: Any) -> Any:
        self._read.add(name)
        value = self._body.get(name)
        if value is None:
            if default is None or default is _ABSENT:
                raise self._error(name, "is missing")
            return default
        return value

    def _error(self, name: str, rule: str) -> InvalidField:
        return InvalidField(f"{self._prefix}{name}", rule)


def _exponent(amount: Decimal) -> int:
    exponent = amount.as_tuple().exponent
    assert isinstance(exponent, int)
    return exponent


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

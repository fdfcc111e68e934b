"""Whole chunks of rows in one statement: JSON in, transition tables as SQL.

One JSON parameter costs the client less than one array per column, and PostgreSQL spreads it with
json_to_recordset. Guards are written from the same transition tables that the domain walks.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

import orjson

S = TypeVar("S", bound=StrEnum)


def to_json(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as JSON text; Decimal becomes text and never a float."""
    return orjson.dumps(rows, default=_plain).decode()


def in_list(states: Iterable[S]) -> str:
    """Return states as the inside of an SQL `IN (…)`."""
    return ", ".join(f"'{state.value}'" for state in sorted(states))


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(f"{type(value).__name__} has no place in a row")

"""What results are compared to: daily closes from our own candles, or from a file."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import pairwise

from patriot_app.core.domain.measures import as_floats
from patriot_app.core.errors import Invalid

FROM_CANDLES = {"BTC": "BTCUSDT", "ETH": "ETHUSDT"}
"""Kept from the candles that strategies trade on; their names are taken."""
NAME_MAX = 24
ROWS_MAX = 6_000
GAP_DAYS_MAX = 7
"""A return over a longer gap is no day's return; a stock index has gaps of up to four days."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._&-]*")
_PRICE_MAX = Decimal("1e15")


@dataclass(frozen=True, slots=True)
class BenchmarkClose:
    """What it was worth at the end of a day, in any one unit."""

    day: date
    close: Decimal


def check_name(name: str) -> str:
    """Return a name that a file may be imported under.

    Raises:
        Invalid: field "name".
    """
    bare = name.strip()
    if not _NAME.fullmatch(bare) or len(bare) > NAME_MAX:
        raise Invalid(
            {"name": f"must have 1 to {NAME_MAX} letters, digits, spaces or . _ & - and no other"}
        )
    if bare.upper().split(" ")[0] in FROM_CANDLES:
        raise Invalid({"name": f"{bare} is kept from our own candles; choose another name"})
    return bare


def read_closes(text: str) -> tuple[BenchmarkClose, ...]:
    """Read a CSV file with the columns date (YYYY-MM-DD) and close.

    Raises:
        Invalid: field "file", with row, column and rule; rows are numbered as in the file, its
            heading being row 1.
    """
    rows = list(csv.reader(io.StringIO(text.strip().lstrip("\ufeff"))))
    if not rows or [cell.strip().lower() for cell in rows[0]] != ["date", "close"]:
        raise Invalid({"file": "row 1: must be the heading date,close"})
    if len(rows) - 1 > ROWS_MAX:
        raise Invalid({"file": f"has {len(rows) - 1} rows; at most {ROWS_MAX} are taken at once"})
    closes = [_close(row, number) for number, row in enumerate(rows[1:], start=2) if any(row)]
    if len(closes) < 2:
        raise Invalid({"file": "needs two days at least"})
    seen: dict[date, int] = {}
    for number, close in enumerate(closes, start=2):
        if close.day in seen:
            raise Invalid({"file": f"row {number}, date: {close.day} stands there twice"})
        seen[close.day] = number
    return tuple(sorted(closes, key=lambda close: close.day))


def daily_returns(closes: Sequence[BenchmarkClose]) -> Mapping[date, float]:
    """Return the change from each close to the next, as fractions by the later day."""
    days = [
        (after.day, after.close / before.close - 1)
        for before, after in pairwise(closes)
        if (after.day - before.day).days <= GAP_DAYS_MAX
    ]
    return dict(
        zip(
            (day for day, _ in days),
            as_floats([gained for _, gained in days]).tolist(),
            strict=True,
        )
    )


def _close(row: Sequence[str], number: int) -> BenchmarkClose:
    if len(row) != 2:
        raise Invalid({"file": f"row {number}: must have two columns, date and close"})
    try:
        day = date.fromisoformat(row[0].strip())
    except ValueError as error:
        raise Invalid({"file": f"row {number}, date: must be like 2026-05-31"}) from error
    try:
        close = Decimal(row[1].strip())
    except InvalidOperation as error:
        raise Invalid({"file": f"row {number}, close: must be a number like 5321.07"}) from error
    if not close.is_finite() or not 0 < close < _PRICE_MAX:
        raise Invalid({"file": f"row {number}, close: must be above nought"})
    return BenchmarkClose(day, close)

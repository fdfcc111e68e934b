"""Prices given for moments: a script of timed prices, or the trades of recorded frames.

A price holds until the next one of its contract. The market moves on its grid of steps, so a
price becomes visible at the first step at or after its time; candles are made of those steps.
"""

from __future__ import annotations

import gzip
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final

import orjson

from daemon.paper_exchange.instruments import INSTRUMENTS
from daemon.paper_exchange.prices import (
    MINUTE_MS,
    STEP_MS,
    STEPS,
    Candle,
    finest_tick,
    round_to_tick,
)
from daemon.paper_exchange.replay import DEFAULT_FUNDING_RATE

SCRIPT_HEADER: Final = "time_ms,symbol,price"
"""A script's first line begins so; `quantity` and `funding_rate` may follow."""


@dataclass(frozen=True, slots=True)
class TimedPrice:
    """A trade or a scripted price.

    Attributes:
        quantity: what was traded, in the base coin.
        funding_rate: charged from then on; None keeps the one before.
    """

    time_ms: int
    symbol: str
    price: Decimal
    quantity: Decimal = Decimal(0)
    funding_rate: Decimal | None = None


class TimedSource:
    """Prices of several contracts from a list of moments in any order."""

    def __init__(self, points: Iterable[TimedPrice]) -> None:
        """Sort the points.

        Raises:
            ValueError: no price of a listed contract.
        """
        self._points: dict[str, list[TimedPrice]] = {}
        for point in sorted(points, key=lambda point: point.time_ms):
            if any(point.symbol in specs for specs in INSTRUMENTS.values()):
                self._points.setdefault(point.symbol, []).append(point)
        if not self._points:
            raise ValueError("no price of a listed contract")
        self._times = {name: [p.time_ms for p in own] for name, own in self._points.items()}
        self.symbols: tuple[str, ...] = tuple(sorted(self._points))
        first_ms = max(times[0] for times in self._times.values())
        last_ms = max(times[-1] for times in self._times.values())
        self.start_ms = -(-first_ms // MINUTE_MS) * MINUTE_MS
        self.end_ms: int | None = max(last_ms, self.start_ms) // MINUTE_MS * MINUTE_MS + MINUTE_MS

    def path(self, symbol: str, open_time_ms: int) -> tuple[Decimal, ...] | None:
        """Return the price at each step of a minute, or None outside of the source."""
        start_ms = open_time_ms - open_time_ms % MINUTE_MS
        if self.end_ms is None or not self.start_ms <= start_ms < self.end_ms:
            return None
        tick = finest_tick(symbol)
        points, times = self._points[symbol], self._times[symbol]
        steps = (start_ms + STEP_MS * n for n in range(STEPS))
        return tuple(
            round_to_tick(points[bisect_right(times, step_ms) - 1].price, tick) for step_ms in steps
        )

    def minute(self, symbol: str, open_time_ms: int) -> Candle | None:
        """Return the candle of a minute's steps, or None outside of the source."""
        path = self.path(symbol, open_time_ms)
        if path is None:
            return None
        start_ms = open_time_ms - open_time_ms % MINUTE_MS
        points, times = self._points[symbol], self._times[symbol]
        first, last = (bisect_right(times, at - 1) for at in (start_ms, start_ms + MINUTE_MS))
        volume = sum((point.quantity for point in points[first:last]), Decimal(0))
        return Candle(start_ms, path[0], max(path), min(path), path[-1], volume)

    def funding_rate(self, symbol: str, time_ms: int) -> Decimal:
        """Return the latest rate given before a time, or the interest rate alone."""
        count = bisect_right(self._times[symbol], time_ms)
        for point in reversed(self._points[symbol][:count]):
            if point.funding_rate is not None:
                return point.funding_rate
        return DEFAULT_FUNDING_RATE


def read_timed(path: Path) -> TimedSource | None:
    """Read a script or recorded frames; None when a file is neither.

    Raises:
        ValueError: a line of a script that is not one.
    """
    if not path.is_file():
        return None
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode()
    first = text.partition("\n")[0]
    if first.startswith(SCRIPT_HEADER):
        return TimedSource(_read_script(first, text))
    time_ns, _, frame = first.partition(" ")
    if time_ns.isdecimal() and frame.startswith("{"):
        return TimedSource(_read_frames(text))
    return None


def _read_script(header: str, text: str) -> Iterator[TimedPrice]:
    names = header.strip().split(",")
    for number, line in enumerate(text.splitlines()[1:], start=2):
        if not line.strip():
            continue
        row = dict(zip(names, (word.strip() for word in line.split(",")), strict=False))
        try:
            rate = row.get("funding_rate")
            point = TimedPrice(
                time_ms=int(row["time_ms"]),
                symbol=row["symbol"],
                price=Decimal(row["price"]),
                quantity=Decimal(row.get("quantity") or 0),
                funding_rate=Decimal(rate) if rate else None,
            )
        except (KeyError, ValueError, InvalidOperation) as error:
            raise ValueError(f"line {number} of the script is not a price: {line!r}") from error
        if not (point.price.is_finite() and point.price > 0):
            raise ValueError(f"line {number} of the script is not a price: {line!r}")
        yield point


def _read_frames(text: str) -> Iterator[TimedPrice]:
    """Return the trades of recorded combined streams, by the exchange's own time."""
    for line in text.splitlines():
        data = orjson.loads(line.partition(" ")[2]).get("data", {})
        if data.get("e") == "trade":
            yield TimedPrice(data["T"], data["s"], Decimal(data["p"]), Decimal(data["q"]))

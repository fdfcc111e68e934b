"""The book as orders leave it, and how what they took comes back.

An order that takes leaves less for the next one on its side, whoever sends it: what is gone is
missing from the front. It comes back in equal parts, step by step, while market time runs, so the
same orders at the same market times always meet the same book.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Final

from daemon.paper_exchange.book import Book
from daemon.paper_exchange.book_parameters import LEVELS_MAX
from daemon.paper_exchange.instruments import InstrumentSpec
from daemon.paper_exchange.orders import ZERO
from daemon.paper_exchange.prices import STEP_MS

Level = tuple[Decimal, Decimal]
"""Price and quantity."""

RECOVERY_MS: Final = 60_000
"""Market time until all that was taken is back, unless told otherwise."""


@dataclass(slots=True)
class Taken:
    """What orders have taken of one contract's book and is not back yet.

    Attributes:
        asks, bids: quantities by the step in which they were taken.
        count: how many orders have taken in the step `last_ms`.
    """

    asks: dict[int, Decimal] = field(default_factory=dict)
    bids: dict[int, Decimal] = field(default_factory=dict)
    last_ms: int = 0
    count: int = 0

    def add(self, quantity: Decimal, *, asks: bool, step_ms: int) -> None:
        """Note what an order took."""
        side = self.asks if asks else self.bids
        side[step_ms] = side.get(step_ms, ZERO) + quantity
        self.count = self.count + 1 if step_ms == self.last_ms else 1
        self.last_ms = step_ms

    def missing(self, *, asks: bool, time_ms: int, recovery_ms: int) -> Decimal:
        """Return what is missing from a side at a step; what is back is forgotten."""
        side = self.asks if asks else self.bids
        if not side:
            return ZERO
        for step_ms in [step for step in side if step + recovery_ms <= time_ms]:
            del side[step_ms]
        parts = (
            quantity * (recovery_ms - time_ms + step_ms) / recovery_ms
            for step_ms, quantity in side.items()
        )
        return sum(parts, ZERO)


class Depth:
    """One side of a contract's book at one moment, best level first."""

    def __init__(self, drawn: Iterator[Level], missing: Decimal, step_size: Decimal) -> None:
        """Begin behind what is missing, a whole number of steps of the lot size.

        Args:
            drawn: the levels of a whole side, drawn only as far as somebody looks.
        """
        self._drawn = drawn
        self._levels: list[Level] = []
        self._first = 0
        self._gone = ZERO
        """Of the first level."""
        if missing:
            self.take(missing // step_size * step_size)

    def best(self) -> Level | None:
        """Return the best level; None when the whole side was taken."""
        level = self._level(self._first)
        if level is None or not self._gone:
            return level
        return level[0], level[1] - self._gone

    def worst_price(self) -> Decimal:
        """Return the price of the last level, taken or not."""
        self._levels.extend(self._drawn)
        return self._levels[-1][0]

    def walk(self) -> Iterator[Level]:
        """Return what is left, level by level."""
        gone, number = self._gone, self._first
        while (level := self._level(number)) is not None:
            yield (level[0], level[1] - gone) if gone else level
            gone = ZERO
            number += 1

    def levels(self, count: int) -> list[Level]:
        """Return the best levels."""
        return list(islice(self.walk(), count))

    def take(self, quantity: Decimal) -> None:
        """Take from the front; what is not there cannot be taken."""
        left = quantity + self._gone
        self._gone = ZERO
        while (level := self._level(self._first)) is not None:
            if left < level[1]:
                self._gone = left
                return
            left -= level[1]
            self._first += 1

    def _level(self, number: int) -> Level | None:
        if number == len(self._levels):
            level = next(self._drawn, None)
            if level is None:
                return None
            self._levels.append(level)
        return self._levels[number]


class LiveBook:
    """One contract's book: what the model draws at each moment, less what orders took.

    Attributes:
        drawn: the book before anybody takes from it.
        taken: change it through `take` and `restore` only.
    """

    def __init__(self, drawn: Book, *, recovery_ms: int) -> None:
        """Begin untouched.

        Args:
            recovery_ms: market time until all that an order took is back; with 0 every order
                sees the whole book.
        """
        self.drawn = drawn
        self.taken = Taken()
        self._recovery_ms = recovery_ms
        self._time_ms = 0
        self._sides: dict[bool, Depth] = {}

    @property
    def revision(self) -> int:
        """Return a number that grows with every change of the book, over restarts too."""
        count = self.taken.count if self.taken.last_ms == self._time_ms else 0
        return self._time_ms + min(count, STEP_MS - 1)

    def respecify(self, spec: InstrumentSpec) -> None:
        """Take changed filters; the price is moved afterwards."""
        self.drawn.spec = spec

    def move(self, price: Decimal, time_ms: int) -> None:
        """Stand around a price at a step; what is still missing then is missing there."""
        self.drawn.move(price, time_ms)
        self._time_ms = time_ms
        self._sides.clear()

    def restore(self, taken: Taken) -> None:
        """Take over what orders of an earlier run took."""
        self.taken = taken
        self._sides.clear()

    def side(self, *, asks: bool) -> Depth:
        """Return what is left of a side."""
        side = self._sides.get(asks)
        if side is None:
            missing = self.taken.missing(
                asks=asks, time_ms=self._time_ms, recovery_ms=self._recovery_ms
            )
            levels = self.drawn.levels(asks=asks, depth=LEVELS_MAX)
            side = self._sides[asks] = Depth(levels, missing, self.drawn.spec.step_size)
        return side

    def take(self, quantity: Decimal, *, asks: bool) -> None:
        """Take from a side's front."""
        if self._recovery_ms and quantity:
            self.side(asks=asks).take(quantity)
            self.taken.add(quantity, asks=asks, step_ms=self._time_ms)

    def best_price(self, *, asks: bool) -> Decimal:
        """Return a side's best price; the last that it had when all of it was taken."""
        best = self.side(asks=asks).best()
        return self.side(asks=asks).worst_price() if best is None else best[0]

    def best_quantity(self, *, asks: bool) -> Decimal:
        """Return the quantity of a side's best level; 0 when the whole side was taken."""
        best = self.side(asks=asks).best()
        return ZERO if best is None else best[1]

    def queue_at(self, limit: Decimal, *, asks: bool) -> Decimal:
        """Return what stands before an order that joins a side at a price."""
        best = self.best_price(asks=asks)
        if limit == best:
            return self.best_quantity(asks=asks)
        # Better than what is left: nobody stands there.
        return ZERO if (limit < best) is asks else self.drawn.queue_at(limit, asks=asks)

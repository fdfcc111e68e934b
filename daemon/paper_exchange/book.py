"""The synthetic book around a price: spread, levels, queues and the flow that fills them.

Every number follows from (seed, contract, moment, price), so the same run draws the same book and
nothing of it needs to be kept. What orders have taken of it is kept beside it, in `depth.py`. The
price of size is paid by walking down the levels.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal
from functools import cache
from typing import Final

from daemon.paper_exchange import book_parameters as fitted
from daemon.paper_exchange.instruments import InstrumentSpec
from daemon.paper_exchange.model_parameters import SHAPES
from daemon.paper_exchange.orders import ZERO

BASIS_POINTS: Final = Decimal(10_000)
_CLASSES: Final = len(fitted.NOISE)
_BYTES: Final = 64


class Book:
    """Both sides of one contract's book at the present moment."""

    def __init__(self, spec: InstrumentSpec, *, seed: int) -> None:
        self.spec = spec
        self._name = f"{seed}|{spec.symbol}|"
        shape, reference = SHAPES[spec.symbol], SHAPES[fitted.REFERENCE]
        turnover = shape.median_volume * shape.start_price
        whole = reference.median_volume * reference.start_price
        self._scale = Decimal(f"{turnover / whole:.6f}")
        self._stretch = Decimal(f"{shape.sigma / reference.sigma:.6f}")
        self._price = ZERO
        self._time_ms = 0
        self._draws = b""

    def move(self, price: Decimal, time_ms: int) -> None:
        """Stand around a price at a moment."""
        self._price = price
        self._time_ms = time_ms
        self._draws = b""

    @property
    def bid(self) -> Decimal:
        """Return the best price that a sale gets: the last trade's, or a spread below it."""
        return self._price if self._last_was_sale else self._price - self._spread

    @property
    def ask(self) -> Decimal:
        """Return the best price that a buy pays."""
        return self._price + self._spread if self._last_was_sale else self._price

    def best_quantity(self, *, asks: bool) -> Decimal:
        """Return the quantity of a side's best level."""
        value = fitted.BEST_NOTIONAL * self._scale * self._noise(0, asks=asks)
        return self._quantity(value)

    def levels(self, *, asks: bool, depth: int) -> Iterator[tuple[Decimal, Decimal]]:
        """Return a side, best level first, as (price, quantity)."""
        tick = self.spec.tick_size
        best = self.ask if asks else self.bid
        yield best, self.best_quantity(asks=asks)
        inside, offset = ZERO, 0
        for rank in range(1, min(depth, fitted.LEVELS_MAX)):
            away = _distances()[rank] * self._stretch * best / BASIS_POINTS / tick
            offset = max(offset + 1, int(away.to_integral_value(ROUND_HALF_EVEN)))
            price = best + tick * offset * (1 if asks else -1)
            if price <= 0:
                return
            value = self._value_within(tick * offset)
            yield price, self._quantity((value - inside) * self._noise(rank, asks=asks))
            inside = value

    def queue_at(self, limit: Decimal, *, asks: bool) -> Decimal:
        """Return what stands before an order that joins a side at a price."""
        away = limit - self.ask if asks else self.bid - limit
        if away < 0:
            return ZERO
        if not away:
            return self.best_quantity(asks=asks)
        value = self._value_within(away) - self._value_within(away - self.spec.tick_size)
        return self._quantity(value)

    def quantity_within(self, away: Decimal) -> Decimal:
        """Return what a side holds from its best price to a distance from it, on average."""
        value = fitted.BEST_NOTIONAL * self._scale + self._value_within(away)
        return self._quantity(value)

    def flow(self, mean: Decimal, *, asks: bool) -> Decimal:
        """Return what is traded against a side at this moment.

        Args:
            mean: of the quantity that is traded against either side in one step.
        """
        draw = self._draw(_BYTES - 1 - asks)
        return self._floor_to_step(mean * fitted.FLOW[draw % _CLASSES])

    @property
    def _last_was_sale(self) -> bool:
        return self._draw(_BYTES - 3) % 2 == 0

    @property
    def _spread(self) -> Decimal:
        tick = self.spec.tick_size
        if self._draw(_BYTES - 4) >= fitted.WIDE_SPREADS:
            return tick
        wide = fitted.WIDE_SPREAD_BP * self._stretch * self._price / BASIS_POINTS / tick
        return tick * max(1, int(wide.to_integral_value(ROUND_HALF_EVEN)))

    def _draw(self, index: int) -> int:
        if not self._draws:
            key = f"{self._name}{self._time_ms}".encode()
            self._draws = hashlib.blake2b(key, digest_size=_BYTES).digest()
        return self._draws[index]

    def _noise(self, rank: int, *, asks: bool) -> Decimal:
        """Draw the size of a level; nearby levels and the two sides are unlike each other."""
        draw = self._draw(rank * 7 % (_BYTES - 4)) >> (4 if asks else 0)
        return fitted.NOISE[(draw + rank * 5) % _CLASSES]

    def _value_within(self, away: Decimal) -> Decimal:
        distance = away / self._price * BASIS_POINTS / self._stretch
        return _interpolate(fitted.DEPTH, _depth_starts(), distance) * self._scale

    def _quantity(self, value: Decimal) -> Decimal:
        return max(self._floor_to_step(value / self._price), self.spec.min_quantity)

    def _floor_to_step(self, quantity: Decimal) -> Decimal:
        step = self.spec.step_size
        return (quantity / step).to_integral_value(rounding=ROUND_DOWN) * step


def _interpolate(
    points: Sequence[tuple[Decimal, Decimal]], starts: Sequence[Decimal], at: Decimal
) -> Decimal:
    """Follow straight lines between points; the last line leads on."""
    right = min(max(bisect_right(starts, at), 1), len(points) - 1)
    (x0, y0), (x1, y1) = points[right - 1], points[right]
    return y0 + (y1 - y0) * (at - x0) / (x1 - x0)


@cache
def _depth_starts() -> tuple[Decimal, ...]:
    return tuple(distance for distance, _ in fitted.DEPTH)


@cache
def _distances() -> tuple[Decimal, ...]:
    """Return the distance of every level from the best one, in basis points."""
    starts = tuple(number for number, _ in fitted.DISTANCE)
    return tuple(
        _interpolate(fitted.DISTANCE, starts, Decimal(rank)) for rank in range(fitted.LEVELS_MAX)
    )

"""The price of one contract as it moves through its minutes.

A minute's candle becomes a path of twelve steps: open, one extreme, the other extreme, close,
with straight lines between (the low comes first in a rising minute). The steps lie on a fixed
grid of market time, so that the same inputs give the same fills whenever the clock is read.

The mark price is a model: index price (here the last price) plus the part of the funding rate that
is still to run, the first of the three prices that Binance takes the median of.
Source: https://www.binance.com/en/support/faq/360033525071
"""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal
from typing import Final

from daemon.paper_exchange.book import Book
from daemon.paper_exchange.depth import RECOVERY_MS, Level, LiveBook
from daemon.paper_exchange.instruments import FUNDING_INTERVAL_MS, InstrumentSpec
from daemon.paper_exchange.model_parameters import SHAPES
from daemon.paper_exchange.prices import MINUTE_MS, STEP_MS, STEPS, Candle, PriceSource

__all__ = [
    "DEPTH",
    "EIGHT_DECIMALS",
    "KNOTS",
    "STEPS",
    "STEP_MS",
    "Market",
    "next_funding_ms",
]

KNOTS: Final = (0, 4, 8, 11)
"""Steps at which the path turns: open, first extreme, second extreme, close."""

EIGHT_DECIMALS: Final = Decimal("1E-8")
DEPTH: Final = 100
"""Levels of a side that are shown unless more are asked for."""


def next_funding_ms(time_ms: int) -> int:
    """Return the first funding time after a moment (00, 08 and 16 h UTC)."""
    return time_ms - time_ms % FUNDING_INTERVAL_MS + FUNDING_INTERVAL_MS


class Market:
    """Prices of one contract at the engine's present step.

    Attributes:
        spec: filters and bounds, replaced when the exchange changes them.
        shifts: scripted price changes as (time_ms, price, ratio to the source from then on).
        trading: whether the contract takes orders.
    """

    def __init__(
        self,
        spec: InstrumentSpec,
        source: PriceSource,
        *,
        mark_has_tick_decimals: bool,
        book_seed: int = 0,
        recovery_ms: int = RECOVERY_MS,
    ) -> None:
        self.spec = spec
        self.book = LiveBook(Book(spec, seed=book_seed), recovery_ms=recovery_ms)
        self.shifts: list[tuple[int, Decimal, Decimal]] = []
        self.trading = True
        self.time_ms = 0
        self.last_price = Decimal(0)
        self._source = source
        self._mark_has_tick_decimals = mark_has_tick_decimals
        self._rounds = False
        self._minute_ms = -1
        self._path: tuple[Decimal, ...] = ()
        self._volume = Decimal(0)
        self._mark: Decimal | None = None
        self._bounds: tuple[Decimal, Decimal] | None = None
        self._rate_ms = -1
        self._rate = Decimal(0)

    def step(self, time_ms: int) -> None:
        """Move to a step of the grid."""
        assert time_ms % STEP_MS == 0
        minute_ms = time_ms - time_ms % MINUTE_MS
        if minute_ms != self._minute_ms:
            self._enter_minute(minute_ms)
        price = self._path[(time_ms - minute_ms) // STEP_MS]
        self.time_ms = time_ms
        self._set_last(self._shifted(price, time_ms))

    def respecify(self, spec: InstrumentSpec) -> None:
        """Take changed filters; from now on prices are rounded to their tick."""
        self.spec = spec
        self.book.respecify(spec)
        self._rounds = True
        self._minute_ms = -1
        self.restore(self.shifts)

    def shift(self, time_ms: int, price: Decimal) -> None:
        """Set the price now; the source's later prices are scaled by the same ratio."""
        unshifted = self._path[(self.time_ms - self._minute_ms) // STEP_MS]
        self.shifts.append((time_ms, price, price / unshifted))
        self._set_last(price)

    def restore(self, shifts: list[tuple[int, Decimal, Decimal]]) -> None:
        """Take the scripted changes of an earlier run; the last may be later than the step."""
        self.shifts = shifts
        self.step(self.time_ms)
        if shifts and shifts[-1][0] >= self.time_ms:
            self._set_last(shifts[-1][1])

    @property
    def mark_price(self) -> Decimal:
        """Return the model mark price."""
        if self._mark is None:
            until = next_funding_ms(self.time_ms) - self.time_ms
            rate = self.funding_rate()
            mark = self.last_price * (1 + rate * until / FUNDING_INTERVAL_MS)
            if self._mark_has_tick_decimals:
                self._mark = mark.quantize(self.spec.tick_size)
            else:
                self._mark = mark.quantize(EIGHT_DECIMALS, rounding=ROUND_DOWN)
        return self._mark

    @property
    def take_bounds(self) -> tuple[Decimal, Decimal]:
        """Return the lowest price of a market sale and the highest of a market buy.

        Market orders trade within a fixed distance from the mark price and within the price band
        of limit orders, whichever ends first.
        """
        if self._bounds is None:
            spec, mark = self.spec, self.mark_price
            lowest = mark * max(spec.multiplier_down, 1 - spec.market_take_bound)
            highest = mark * min(spec.multiplier_up, 1 + spec.market_take_bound)
            self._bounds = lowest, highest
        return self._bounds

    @property
    def index_price(self) -> Decimal:
        """Return the index price, which the model takes from the last price."""
        return self.last_price

    @property
    def bid(self) -> Decimal:
        """Return the best price that a sale gets."""
        return self.book.best_price(asks=False)

    @property
    def ask(self) -> Decimal:
        """Return the best price that a buy pays."""
        return self.book.best_price(asks=True)

    @property
    def bid_quantity(self) -> Decimal:
        """Return the quantity of the best bid."""
        return self.book.best_quantity(asks=False)

    @property
    def ask_quantity(self) -> Decimal:
        """Return the quantity of the best ask."""
        return self.book.best_quantity(asks=True)

    def levels(self, *, asks: bool, depth: int = DEPTH) -> list[Level]:
        """Return what is left of a side of the book, best price first, as (price, quantity)."""
        return self.book.side(asks=asks).levels(depth)

    def flow(self, *, asks: bool) -> Decimal:
        """Return the quantity that this step trades against the orders of a side."""
        volume = self._volume or Decimal(str(SHAPES[self.spec.symbol].median_volume))
        return self.book.drawn.flow(volume / (2 * STEPS), asks=asks)

    def funding_rate(self, time_ms: int | None = None) -> Decimal:
        """Return the rate of the first funding at or after a time (default: now)."""
        time_ms = self.time_ms if time_ms is None else time_ms
        settlement_ms = next_funding_ms(time_ms - 1)
        if settlement_ms != self._rate_ms:
            self._rate = self._source.funding_rate(self.spec.symbol, time_ms)
            self._rate_ms = settlement_ms
        return self._rate

    @property
    def listed_ms(self) -> int:
        """Return the first minute that has a candle, as an exchange's listing date."""
        return self._source.start_ms

    def candle(self, open_time_ms: int) -> Candle | None:
        """Return one whole minute, with scripted shifts applied; None outside of the source."""
        candle = self._source.minute(self.spec.symbol, open_time_ms)
        if candle is None or not self.shifts:
            return candle
        close_ms = open_time_ms + MINUTE_MS
        inside = [shift for shift in self.shifts if open_time_ms <= shift[0] < close_ms]
        if not inside and self.shifts[0][0] >= close_ms:
            return candle
        return self._shaped(candle, STEPS)

    def forming_candle(self) -> Candle:
        """Return the present minute as far as it has come."""
        steps = (self.time_ms - self._minute_ms) // STEP_MS + 1
        candle = self._source.minute(self.spec.symbol, self._minute_ms)
        if candle is None:
            price = self.last_price
            return Candle(self._minute_ms, price, price, price, price, Decimal(0))
        return self._shaped(candle, steps)

    def path_of(self, candle: Candle) -> list[tuple[Decimal, int]]:
        """Return the steps of a minute as (price, time), scripted shifts applied."""
        start = candle.open_time_ms
        source = self._source.minute(self.spec.symbol, start) or candle
        times = range(start, start + MINUTE_MS, STEP_MS)
        return [
            (self._shifted(price, time_ms), time_ms)
            for price, time_ms in zip(self._path_of(source), times, strict=True)
        ]

    def round_to_tick(self, price: Decimal) -> Decimal:
        """Round half-even to the price grid."""
        tick = self.spec.tick_size
        return (price / tick).to_integral_value(rounding=ROUND_HALF_EVEN) * tick

    def _set_last(self, price: Decimal) -> None:
        self.last_price = price
        self._mark = None
        self._bounds = None
        self.book.move(price, self.time_ms)

    def _shaped(self, candle: Candle, steps: int) -> Candle:
        start = candle.open_time_ms
        path = self._path_of(candle)[:steps]
        prices = [self._shifted(p, start + n * STEP_MS) for n, p in enumerate(path)]
        end = start + steps * STEP_MS
        scripted = [price for time_ms, price, _ in self.shifts if start <= time_ms < end]
        after_last_step = [
            price for time_ms, price, _ in self.shifts if end - STEP_MS <= time_ms < end
        ]
        volume = candle.volume * steps / STEPS
        return Candle(
            start,
            prices[0],
            max(prices + scripted),
            min(prices + scripted),
            after_last_step[-1] if after_last_step else prices[-1],
            volume.quantize(self.spec.step_size, rounding=ROUND_DOWN)
            if steps < STEPS
            else candle.volume,
        )

    def _shifted(self, price: Decimal, time_ms: int) -> Decimal:
        ratio = None
        for shift_ms, _, shift_ratio in self.shifts:
            if shift_ms > time_ms:
                break
            ratio = shift_ratio
        if ratio is None:
            return self.round_to_tick(price) if self._rounds else price
        return max(self.round_to_tick(price * ratio), self.spec.tick_size)

    def _enter_minute(self, minute_ms: int) -> None:
        candle = self._source.minute(self.spec.symbol, minute_ms)
        if candle is None:
            flat = self._path[-1] if self._path else self._first_price(minute_ms)
            self._path = (flat,) * STEPS
            self._volume = Decimal(0)
        else:
            self._path = self._path_of(candle)
            self._volume = candle.volume
        self._minute_ms = minute_ms

    def _first_price(self, minute_ms: int) -> Decimal:
        """Return the nearest known price when the clock begins outside of the source."""
        end_ms = self._source.end_ms
        nearest = self._source.start_ms
        if end_ms is not None and minute_ms >= end_ms:
            nearest = end_ms - MINUTE_MS
        candle = self._source.minute(self.spec.symbol, nearest)
        assert candle is not None
        return candle.close

    def _path_of(self, candle: Candle) -> tuple[Decimal, ...]:
        known = self._source.path(self.spec.symbol, candle.open_time_ms)
        if known is not None:
            return known
        rising = candle.close >= candle.open
        first, second = (candle.low, candle.high) if rising else (candle.high, candle.low)
        corners = (candle.open, first, second, candle.close)
        path: list[Decimal] = [candle.open]
        for leg in range(3):
            start, end = corners[leg], corners[leg + 1]
            length = KNOTS[leg + 1] - KNOTS[leg]
            path.extend(
                self.round_to_tick(start + (end - start) * n / length) for n in range(1, length)
            )
            path.append(end)
        return tuple(path)

"""A seeded market: prices that look like the real ones and never end.

Every block of random numbers belongs to (seed, name, day), so any minute can be computed at any
time and is the same after a restart. Days are chained through daily returns, one draw a symbol and
day; the minutes of a day are then bent to meet their day's return, which moves each of them by a
few hundredths of its own size. Regimes and jumps: see `model_parameters`.
"""

from __future__ import annotations

import math
import random
from array import array
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import blake2b
from itertools import accumulate
from typing import Final

from daemon.paper_exchange import model_parameters as fitted
from daemon.paper_exchange.instruments import FUNDING_INTERVAL_MS, INSTRUMENTS
from daemon.paper_exchange.prices import MINUTE_MS, Candle, finest_step, finest_tick

DAY_MS: Final = 86_400_000
DAY_MINUTES: Final = 1440
BLOCKS_MAX: Final = 256
"""Symbol-days kept in memory, 58 KB each."""
_TURN: Final = 2 * math.pi


@dataclass(frozen=True, slots=True)
class _Block:
    """One symbol-day: five numbers a minute (prices in ticks, volume in steps)."""

    numbers: array[int]


class SeededModel:
    """Correlated prices of several symbols with regimes, jumps and fat tails.

    Args:
        seed: the same seed gives the same candles for ever.
        symbols: contracts of `INSTRUMENTS`.
        start_ms: first minute, a multiple of 60,000; prices start at their fitted level at
            midnight UTC of that day.
    """

    def __init__(self, *, seed: int, symbols: Sequence[str], start_ms: int) -> None:
        assert start_ms % MINUTE_MS == 0
        unknown = [symbol for symbol in symbols if symbol not in fitted.SHAPES]
        if unknown:
            raise ValueError(f"the model has no figures for {', '.join(unknown)}")
        self.symbols: tuple[str, ...] = tuple(symbols)
        self.start_ms: int = start_ms
        self.end_ms: int | None = None
        self._seed = seed
        self._first_day = start_ms // DAY_MS
        self._ticks = {symbol: finest_tick(symbol) for symbol in symbols}
        self._steps = {symbol: finest_step(symbol) for symbol in symbols}
        self._levels: list[float] = []
        self._level_log = 0.0
        self._prices = {symbol: [fitted.SHAPES[symbol].start_price] for symbol in symbols}
        self._blocks: OrderedDict[tuple[str, int], _Block] = OrderedDict()
        self._factors: OrderedDict[int, tuple[list[float], list[float]]] = OrderedDict()

    def minute(self, symbol: str, open_time_ms: int) -> Candle | None:
        """Return the candle of a minute; None before the start."""
        tick, step = self._ticks[symbol], self._steps[symbol]
        if open_time_ms < self.start_ms:
            return None
        day, rest = divmod(open_time_ms, DAY_MS)
        at = rest // MINUTE_MS
        opened, high, low, close, volume = self._block(symbol, day).numbers[at * 5 : at * 5 + 5]
        return Candle(
            day * DAY_MS + at * MINUTE_MS,
            opened * tick,
            high * tick,
            low * tick,
            close * tick,
            volume * step,
        )

    def path(self, symbol: str, open_time_ms: int) -> tuple[Decimal, ...] | None:
        """Return None: only whole minutes are known."""
        return None

    def funding_rate(self, symbol: str, time_ms: int) -> Decimal:
        """Return the rate of the next funding time: each remembers part of the one before."""
        shape = fitted.SHAPES[symbol]
        settlement = -(-time_ms // FUNDING_INTERVAL_MS)
        memory = fitted.FUNDING_MEMORY
        # The weights of older draws fade below a hundredth after six settlements.
        value = sum(
            memory**age * _normal(self._generator("funding", symbol, settlement - age))
            for age in range(7)
        ) * math.sqrt(1 - memory**2)
        rate = shape.funding_mean + shape.funding_spread * value
        bounded = max(-fitted.FUNDING_BOUND, min(fitted.FUNDING_BOUND, rate))
        return Decimal(round(bounded * 100_000_000)).scaleb(-8)

    def _generator(self, *key: object) -> random.Random:
        text = ":".join(str(part) for part in (self._seed, *key))
        number = int.from_bytes(blake2b(text.encode(), digest_size=16).digest(), "big")
        return random.Random(number)  # noqa: S311 - simulated prices, not secrets

    def _extend_days(self, day: int) -> None:
        """Chain levels of volatility and opening prices up to the opening of day + 1."""
        while len(self._levels) <= day - self._first_day:
            today = self._first_day + len(self._levels)
            shock = _normal(self._generator("level", today)) * fitted.DAY_LEVEL_SPREAD
            memory = fitted.DAY_LEVEL_MEMORY if self._levels else 0.0
            self._level_log = memory * self._level_log + math.sqrt(1 - memory**2) * shock
            # Less the square of the spread, so that the mean of the squared level is one.
            level = math.exp(self._level_log - fitted.DAY_LEVEL_SPREAD**2)
            self._levels.append(level)
            scale = level * math.sqrt(DAY_MINUTES * fitted.DAY_VARIANCE_RATIO)
            factor = self._day_return("factor", today) * scale
            for symbol, prices in self._prices.items():
                shape = fitted.SHAPES[symbol]
                own = self._day_return(symbol, today) * scale
                move = shape.sigma * (shape.beta * factor + _own_share(shape) * own)
                prices.append(_bounded(symbol, prices[-1] * math.exp(move)))

    def _day_return(self, name: str, day: int) -> float:
        return _normal(self._generator("day", name, day))

    def _factor(self, day: int) -> tuple[list[float], list[float]]:
        """Return the common factor's minute returns of a day and the volatility of each minute."""
        if day not in self._factors:
            self._extend_days(day)
            generator = self._generator("regimes", day)
            level = self._levels[day - self._first_day]
            volatility = [level * value for value in _regimes(generator)]
            returns = _noise(self._generator("factor", day), fitted.COMMON, volatility)
            self._factors[day] = (returns, volatility)
            if len(self._factors) > BLOCKS_MAX // 4:
                self._factors.popitem(last=False)
        return self._factors[day]

    def _block(self, symbol: str, day: int) -> _Block:
        key = (symbol, day)
        block = self._blocks.get(key)
        if block is None:
            block = self._build(symbol, day)
            self._blocks[key] = block
            if len(self._blocks) > BLOCKS_MAX:
                self._blocks.popitem(last=False)
        else:
            self._blocks.move_to_end(key)
        return block

    def _build(self, symbol: str, day: int) -> _Block:
        """Generate one symbol-day, bent to lead from its opening price to its closing price."""
        shape = fitted.SHAPES[symbol]
        factor, volatility = self._factor(day)
        generator = self._generator("minutes", symbol, day)
        own = _noise(generator, fitted.OWN, volatility)
        share = _own_share(shape)
        moves = [
            shape.sigma * (shape.beta * common + share * alone)
            for common, alone in zip(factor, own, strict=True)
        ]
        opening, closing = self._prices[symbol][day - self._first_day :][:2]
        bend = (math.log(closing / opening) - sum(moves)) / DAY_MINUTES
        start = math.log(opening)
        closes = list(accumulate((move + bend for move in moves), initial=start))
        return _Block(_candles(symbol, generator, closes, volatility))


def _candles(
    symbol: str, generator: random.Random, closes: Sequence[float], volatility: Sequence[float]
) -> array[int]:
    """Add high, low and volume to a path of closing logarithms."""
    shape = fitted.SHAPES[symbol]
    tick, step = float(finest_tick(symbol)), float(finest_step(symbol))
    numbers = array("q")
    for i, spread in enumerate(volatility):
        opened, closed = closes[i], closes[i + 1]
        inside = shape.sigma * spread * _inside(shape)
        # The exact law of a Brownian bridge's highest point; the lowest one by symmetry.
        reach = (closed - opened) ** 2
        up = math.sqrt(reach - 2 * inside**2 * math.log(1 - generator.random()))
        down = math.sqrt(reach - 2 * inside**2 * math.log(1 - generator.random()))
        high, low = (opened + closed + up) / 2, (opened + closed - down) / 2
        size = abs(closed - opened) / shape.sigma
        excitement = 0.5 * math.log((size + 0.3) / 0.85) / 0.62 + 0.86 * _normal(generator)
        volume = shape.median_volume * math.exp(shape.volume_spread * excitement)
        numbers.extend(round(math.exp(value) / tick) for value in (opened, high, low, closed))
        numbers.append(max(1, round(volume / step)))
    return numbers


def _noise(
    generator: random.Random, noise: fitted.Noise, volatility: Sequence[float]
) -> list[float]:
    """Draw minute returns with unit variance over the long run."""
    tail = noise.tail
    excess = noise.jump_mean - fitted.JUMP_LEAST
    jump_square = fitted.JUMP_LEAST**2 + 2 * fitted.JUMP_LEAST * excess + 2 * excess**2
    calm = 1 - noise.jump_rate
    unit = 1 / math.sqrt(_REGIME_SQUARE * (calm + noise.jump_rate * jump_square))
    scale = math.sqrt((tail - 2) / tail)
    returns: list[float] = []
    for spread in volatility:
        if generator.random() < noise.jump_rate:
            size = fitted.JUMP_LEAST - excess * math.log(1 - generator.random())
            value = size if generator.random() < 0.5 else -size
        else:
            # Bailey's polar method for Student's distribution.
            radius = (1 - generator.random()) ** (-2 / tail) - 1
            value = scale * math.sqrt(tail * radius) * math.cos(_TURN * generator.random())
        returns.append(value * spread * unit)
    return returns


def _regimes(generator: random.Random) -> list[float]:
    """Walk the regime chain over one day; return the volatility of each minute."""
    state = _pick(generator, fitted.REGIME_SHARE)
    volatility: list[float] = []
    for _ in range(DAY_MINUTES // fitted.REGIME_MINUTES):
        volatility.extend([fitted.REGIME_VOLATILITY[state]] * fitted.REGIME_MINUTES)
        state = _pick(generator, fitted.REGIME_TRANSITION[state])
    return volatility


def _pick(generator: random.Random, shares: Sequence[float]) -> int:
    draw = generator.random()
    for index, share in enumerate(shares[:-1]):
        draw -= share
        if draw < 0:
            return index
    return len(shares) - 1


def _normal(generator: random.Random) -> float:
    # Only `random()` is promised to stay the same over Python versions, so not `gauss()`.
    radius = math.sqrt(-2 * math.log(1 - generator.random()))
    return radius * math.cos(_TURN * generator.random())


def _own_share(shape: fitted.Shape) -> float:
    return math.sqrt(1 - shape.beta**2)


def _inside(shape: fitted.Shape) -> float:
    """Volatility inside of a minute, over its regime's, that gives the recorded mean range."""
    return 0.62 * shape.range_ratio


def _bounded(symbol: str, price: float) -> float:
    """Keep an opening price well inside of every exchange's price filter."""
    specs = [specs[symbol] for specs in INSTRUMENTS.values() if symbol in specs]
    least = max(float(spec.min_price) for spec in specs) * 4
    most = min(float(spec.max_price) for spec in specs) / 4
    return min(most, max(least, price))


_REGIME_SQUARE: Final = sum(
    share * volatility**2
    for share, volatility in zip(fitted.REGIME_SHARE, fitted.REGIME_VOLATILITY, strict=True)
)

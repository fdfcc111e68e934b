"""What the paper exchange asks of a source of prices.

A source knows whole 1-minute candles at any moment of the market clock. Prices are rounded to the
finest tick at which any listed exchange quotes the contract; `TickedSource` rounds further for an
exchange with a coarser tick.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final, Protocol

from daemon.paper_exchange.instruments import INSTRUMENTS, InstrumentSpec

MINUTE_MS: Final = 60_000
STEP_MS: Final = 5_000
"""Prices move on a fixed grid of market time."""
STEPS: Final = MINUTE_MS // STEP_MS


@dataclass(frozen=True, slots=True)
class Candle:
    """One minute of trading that starts at open_time_ms; volume in the base coin."""

    open_time_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


class PriceSource(Protocol):
    """Candles and funding rates on the market clock."""

    symbols: tuple[str, ...]
    start_ms: int
    """The first minute of which every symbol has a candle."""
    end_ms: int | None
    """The end of the last common minute, exclusive; None for a source without an end."""

    def minute(self, symbol: str, open_time_ms: int) -> Candle | None:
        """Return the candle of one minute, or None outside of [start_ms, end_ms).

        Args:
            symbol: one of `symbols`; any other raises KeyError.
            open_time_ms: start of the minute; a time inside of the minute means the same.
        """
        ...

    def path(self, symbol: str, open_time_ms: int) -> tuple[Decimal, ...] | None:
        """Return the price at each step of a minute, or None where only its candle is known."""
        ...

    def funding_rate(self, symbol: str, time_ms: int) -> Decimal:
        """Return the rate charged at the first funding time at or after time_ms, a fraction."""
        ...


class TickedSource:
    """A source with its prices rounded to the ticks of one exchange."""

    def __init__(self, source: PriceSource, specs: Mapping[str, InstrumentSpec]) -> None:
        self._source = source
        self._ticks = {symbol: specs[symbol].tick_size for symbol in source.symbols}
        self.symbols = source.symbols
        self.start_ms = source.start_ms
        self.end_ms = source.end_ms

    def minute(self, symbol: str, open_time_ms: int) -> Candle | None:
        """Return the candle with its prices on the exchange's tick."""
        candle = self._source.minute(symbol, open_time_ms)
        if candle is None:
            return None
        tick = self._ticks[symbol]
        return Candle(
            candle.open_time_ms,
            round_to_tick(candle.open, tick),
            round_to_tick(candle.high, tick),
            round_to_tick(candle.low, tick),
            round_to_tick(candle.close, tick),
            candle.volume,
        )

    def path(self, symbol: str, open_time_ms: int) -> tuple[Decimal, ...] | None:
        """Return the steps with their prices on the exchange's tick."""
        path = self._source.path(symbol, open_time_ms)
        if path is None:
            return None
        return tuple(round_to_tick(price, self._ticks[symbol]) for price in path)

    def funding_rate(self, symbol: str, time_ms: int) -> Decimal:
        """Return the source's own rate."""
        return self._source.funding_rate(symbol, time_ms)


def round_to_tick(price: Decimal, tick: Decimal) -> Decimal:
    """Round a price to the nearest multiple of a tick, ties to the even multiple."""
    return (price / tick).quantize(Decimal(1), ROUND_HALF_EVEN) * tick


def finest_tick(symbol: str) -> Decimal:
    """Return the finest tick of a symbol on any exchange; KeyError when none lists it."""
    ticks = [specs[symbol].tick_size for specs in INSTRUMENTS.values() if symbol in specs]
    if not ticks:
        raise KeyError(symbol)
    return min(ticks)


def finest_step(symbol: str) -> Decimal:
    """Return the finest quantity step of a symbol on any exchange."""
    return min(specs[symbol].step_size for specs in INSTRUMENTS.values() if symbol in specs)

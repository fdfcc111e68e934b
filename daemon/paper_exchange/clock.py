"""The market clock: when the market's time is, how fast it runs, and whether it stands still.

The wire clock (wall time) is for signatures, windows and rate limits; everything that happens in
the market (candles, trades, funding) carries the time of this clock. It does not run while the
process is down: a restart goes on at the moment where the last run stopped.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


def wall_ms() -> int:
    """Return the wall clock in milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class ClockReading:
    """The mapping at one moment; enough to set a clock up again."""

    market_ms: int
    speed: float
    paused: bool


class MarketClock:
    """Market time as a linear function of monotonic time, changed only by command.

    Attributes:
        end_ms: market time at which prices end, or None. The clock stands still there.
    """

    def __init__(
        self,
        *,
        market_ms: int,
        speed: float = 1.0,
        paused: bool = False,
        end_ms: int | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._monotonic = monotonic
        self._origin_market_ms = market_ms
        self._origin_monotonic_s = monotonic()
        self._speed = speed
        self._paused = paused
        self.end_ms = end_ms

    @property
    def speed(self) -> float:
        """Return market seconds for each wall second."""
        return self._speed

    @property
    def paused(self) -> bool:
        """Tell whether market time stands still by command."""
        return self._paused

    @property
    def origin_ms(self) -> int:
        """Return the market time that the last command set."""
        return self._origin_market_ms

    @property
    def finished(self) -> bool:
        """Tell whether the end of the prices is reached."""
        return self.end_ms is not None and self.now_ms() >= self.end_ms

    def now_ms(self) -> int:
        """Return the market time."""
        now = self._origin_market_ms
        if not self._paused:
            elapsed_s = self._monotonic() - self._origin_monotonic_s
            now += int(elapsed_s * self._speed * 1000)
        return now if self.end_ms is None else min(now, self.end_ms)

    def read(self) -> ClockReading:
        """Return the present mapping."""
        return ClockReading(self.now_ms(), self._speed, self._paused)

    def set(
        self,
        *,
        market_ms: int | None = None,
        speed: float | None = None,
        paused: bool | None = None,
    ) -> None:
        """Change the mapping from now on; what is not given stays."""
        now = self.now_ms() if market_ms is None else market_ms
        self._origin_market_ms = now
        self._origin_monotonic_s = self._monotonic()
        if speed is not None:
            assert speed > 0
            self._speed = speed
        if paused is not None:
            self._paused = paused

"""The only reader of the clocks.

Two times exist. The *wire clock* (wall and monotonic) signs requests and measures timeouts, leases
and heartbeats. The *market clock* dates candles, trades, funding, snapshots and fee periods; in
production they agree, on paper the exchange maps one to the other (ADR-0013).
"""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What the execution path may know of time."""

    def now(self) -> datetime:
        """Return the aware wall time in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never step back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait without blocking others."""
        ...


class SystemClock:
    """The machine's clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class FrozenClock:
    """A clock that moves only when told; sleeping moves it."""

    def __init__(self, now: datetime) -> None:
        assert now.tzinfo is not None
        self._now = now
        self._monotonic = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds)
        await asyncio.sleep(0)

    def advance(self, seconds: float) -> None:
        """Move both clocks forward."""
        assert seconds >= 0
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds


@dataclass(frozen=True, slots=True)
class MarketClock:
    """The mapping of wall time to market time.

    Attributes:
        wall_origin: wall time at which the mapping began.
        market_origin: market time at that moment.
        speed: market seconds per wall second.
        paused: market time stands still at market_origin.
    """

    wall_origin: datetime
    market_origin: datetime
    speed: float = 1.0
    paused: bool = False

    def at(self, wall: datetime) -> datetime:
        """Return the market time at a wall time."""
        if self.paused:
            return self.market_origin
        return self.market_origin + (wall - self.wall_origin) * self.speed


def identity_market_clock(now: datetime) -> MarketClock:
    """Return the mapping of production, where market time is wall time."""
    return MarketClock(wall_origin=now, market_origin=now)

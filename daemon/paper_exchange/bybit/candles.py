"""Candles of any Bybit interval from the engine's minutes, and the figures of the last day.

Whole hours are kept once they are built, so that a daily candle or a 24-hour figure does not read
1,440 minutes each time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from daemon.paper_exchange.market import Market
from daemon.paper_exchange.prices import MINUTE_MS, Candle

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 86_400_000
WEEK_MS: Final = 7 * DAY_MS
FIRST_MONDAY_MS: Final = 4 * DAY_MS
HOURS_MAX: Final = 20_000
"""Whole hours kept over all contracts, about 200 bytes each."""

INTERVALS: Final = {
    **{str(minutes): minutes * MINUTE_MS for minutes in (1, 3, 5, 15, 30, 60, 120, 240, 360, 720)},
    "D": DAY_MS,
    "W": WEEK_MS,
    "M": 0,
}
"""Length of each interval; a month has its own."""


@dataclass(frozen=True, slots=True)
class DayFigures:
    """The last 24 hours of a contract."""

    high: Decimal
    low: Decimal
    first: Decimal
    hour_ago: Decimal
    volume: Decimal
    turnover: Decimal


class CandleBook:
    """Aggregates the minutes of the markets."""

    def __init__(self) -> None:
        self._hours: OrderedDict[tuple[str, int, int], Candle | None] = OrderedDict()
        self._days: dict[str, tuple[tuple[int, int], DayFigures]] = {}

    def candle(self, market: Market, interval: str, start_ms: int) -> Candle | None:
        """Build the candle that starts at start_ms, as far as it has come; None without data."""
        return self._span(market, start_ms, interval_end(interval, start_ms))

    def day(self, market: Market) -> DayFigures:
        """Return the figures of the last 24 hours, at most a minute old."""
        minute = market.time_ms - market.time_ms % MINUTE_MS
        key = (minute, len(market.shifts))
        found = self._days.get(market.spec.symbol)
        if found is None or found[0] != key:
            found = (key, self._measure_day(market, minute))
            self._days[market.spec.symbol] = found
        return found[1]

    def _measure_day(self, market: Market, minute: int) -> DayFigures:
        # The hour that is 24 hours back is taken whole: the figure covers 24 to 25 hours.
        start = minute - minute % HOUR_MS - DAY_MS
        whole = self._span(market, start, minute + MINUTE_MS) or market.forming_candle()
        recent = self._minute(market, minute - HOUR_MS)
        return DayFigures(
            high=whole.high,
            low=whole.low,
            first=whole.open,
            hour_ago=recent.open if recent else whole.open,
            volume=whole.volume,
            turnover=turnover(whole),
        )

    def _span(self, market: Market, start_ms: int, end_ms: int) -> Candle | None:
        end_ms = min(end_ms, market.time_ms + 1)
        parts: list[Candle | None] = []
        at = start_ms
        while at < end_ms:
            if at % HOUR_MS == 0 and at + HOUR_MS <= end_ms:
                parts.append(self._hour(market, at))
                at += HOUR_MS
            else:
                parts.append(self._minute(market, at))
                at += MINUTE_MS
        return _join(start_ms, parts)

    def _hour(self, market: Market, start_ms: int) -> Candle | None:
        key = (market.spec.symbol, start_ms, len(market.shifts))
        if key not in self._hours:
            minutes = range(start_ms, start_ms + HOUR_MS, MINUTE_MS)
            self._hours[key] = _join(start_ms, [self._minute(market, at) for at in minutes])
            if len(self._hours) > HOURS_MAX:
                self._hours.popitem(last=False)
        return self._hours[key]

    def _minute(self, market: Market, at: int) -> Candle | None:
        if at == market.time_ms - market.time_ms % MINUTE_MS:
            return market.forming_candle()
        return market.candle(at)


def interval_start(interval: str, time_ms: int) -> int:
    """Return the start of the candle that a moment falls in."""
    if interval == "M":
        at = datetime.fromtimestamp(time_ms // 1000, UTC)
        return _milliseconds(at.replace(day=1, hour=0, minute=0, second=0))
    if interval == "W":
        return time_ms - (time_ms - FIRST_MONDAY_MS) % WEEK_MS
    return time_ms - time_ms % INTERVALS[interval]


def interval_end(interval: str, start_ms: int) -> int:
    """Return the end of the candle that starts at start_ms, exclusive."""
    if interval != "M":
        return start_ms + INTERVALS[interval]
    at = datetime.fromtimestamp(start_ms // 1000, UTC)
    return _milliseconds((at + timedelta(days=32)).replace(day=1))


def turnover(candle: Candle) -> Decimal:
    """Estimate what a candle's volume was worth in USDT; minutes carry no turnover."""
    typical = (candle.high + candle.low + candle.close) / 3
    return (candle.volume * typical).quantize(Decimal("0.0001"))


def _join(start_ms: int, parts: Iterable[Candle | None]) -> Candle | None:
    found = [part for part in parts if part is not None]
    if not found:
        return None
    return Candle(
        start_ms,
        found[0].open,
        max(part.high for part in found),
        min(part.low for part in found),
        found[-1].close,
        sum((part.volume for part in found), Decimal(0)),
    )


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000

"""Candles of any length, built from the market's minutes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

from daemon.paper_exchange.market import Market
from daemon.paper_exchange.orders import ZERO
from daemon.paper_exchange.prices import MINUTE_MS, Candle

HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS
WEEK_MS: Final = 7 * DAY_MS
_WEEK_OFFSET_MS: Final = 4 * DAY_MS
"""1970-01-05, the first Monday."""
_KEPT: Final = 50_000


class CandleReader:
    """Reads candles up to the present; whole ones are remembered."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, int, int], Candle] = OrderedDict()

    def read(
        self,
        market: Market,
        *,
        interval_ms: int,
        limit: int,
        start_ms: int | None = None,
        end_ms: int | None = None,
    ) -> list[Candle]:
        """Return candles in ascending order, the forming one included.

        With a start the first ``limit`` candles from there, otherwise the last ones up to the
        end (default: now).
        """
        now_ms = market.time_ms
        last_ms = open_of(now_ms if end_ms is None else min(end_ms, now_ms), interval_ms)
        first_ms = last_ms - (limit - 1) * interval_ms
        if start_ms is not None:
            # A start before the listing means the first candle there is.
            first_ms = open_of(max(start_ms, market.listed_ms) + interval_ms - 1, interval_ms)
            last_ms = min(last_ms, first_ms + (limit - 1) * interval_ms)
        found = (
            self._candle(market, open_ms, interval_ms)
            for open_ms in range(first_ms, last_ms + 1, interval_ms)
        )
        return [candle for candle in found if candle is not None]

    def _candle(self, market: Market, open_ms: int, interval_ms: int) -> Candle | None:
        key = (market.spec.symbol, interval_ms, open_ms)
        kept = self._kept.get(key)
        if kept is not None:
            return kept
        candle = self._build(market, open_ms, interval_ms)
        if candle is not None and open_ms + interval_ms <= market.time_ms:
            self._kept[key] = candle
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return candle

    def _build(self, market: Market, open_ms: int, interval_ms: int) -> Candle | None:
        if interval_ms == MINUTE_MS:
            if open_ms + MINUTE_MS > market.time_ms:
                return market.forming_candle() if open_ms <= market.time_ms else None
            return market.candle(open_ms)
        part_ms = HOUR_MS if interval_ms > HOUR_MS else MINUTE_MS
        end_ms = min(open_ms + interval_ms, market.time_ms + 1)
        parts = (self._candle(market, at, part_ms) for at in range(open_ms, end_ms, part_ms))
        return join(open_ms, (part for part in parts if part is not None))


def open_of(time_ms: int, interval_ms: int) -> int:
    """Return the start of the interval that a time is in; weeks start on Monday."""
    offset = _WEEK_OFFSET_MS if interval_ms == WEEK_MS else 0
    return time_ms - (time_ms - offset) % interval_ms


def join(open_ms: int, parts: Iterable[Candle]) -> Candle | None:
    """Join consecutive candles into one; None when there is none."""
    candles = list(parts)
    if not candles:
        return None
    return Candle(
        open_ms,
        candles[0].open,
        max(candle.high for candle in candles),
        min(candle.low for candle in candles),
        candles[-1].close,
        sum((candle.volume for candle in candles), ZERO),
    )

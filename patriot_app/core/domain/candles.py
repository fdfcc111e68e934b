"""Closed bars: joined into longer ones, checked for gaps and repetitions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Candle:
    """One closed bar [opened_at, closed_at); times are market time."""

    opened_at: datetime
    closed_at: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


MINUTE = timedelta(minutes=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class CandleFault(StrEnum):
    GAP = "gap"
    DUPLICATE = "duplicate"
    OUT_OF_ORDER = "out_of_order"


@dataclass(frozen=True, slots=True)
class CandleProblem:
    """What is wrong between two neighbours.

    Attributes:
        missing: bars that should lie before `opened_at`.
    """

    fault: CandleFault
    opened_at: datetime
    missing: int = 0


def bucket_start(moment: datetime, *, interval_minutes: int) -> datetime:
    """Return the start of the interval that holds a moment; intervals count from the epoch."""
    assert moment.tzinfo is not None
    interval = timedelta(minutes=interval_minutes)
    return moment - (moment - _EPOCH) % interval


def is_interval_end(closed_at: datetime, *, interval_minutes: int) -> bool:
    """Tell whether a bar that closes then also closes a longer one."""
    return bucket_start(closed_at, interval_minutes=interval_minutes) == closed_at


def aggregate(candles: Iterable[Candle], *, interval_minutes: int) -> list[Candle]:
    """Join one-minute bars into longer ones; a bar that lacks a minute is left out.

    A bar with a hole would have wrong extremes, and no decision may rest on it.
    """
    buckets: dict[datetime, list[Candle]] = {}
    for candle in candles:
        start = bucket_start(candle.opened_at, interval_minutes=interval_minutes)
        buckets.setdefault(start, []).append(candle)
    return [
        _join(start, parts, interval_minutes)
        for start, parts in sorted(buckets.items())
        if _is_complete(start, parts, interval_minutes)
    ]


def find_problems(
    candles: Sequence[Candle], *, interval_minutes: int = 1
) -> tuple[CandleProblem, ...]:
    """Return every gap, repetition and step back in a series of bars."""
    interval = timedelta(minutes=interval_minutes)
    problems = []
    for before, after in pairwise(candles):
        step = after.opened_at - before.opened_at
        if step == timedelta(0):
            problems.append(CandleProblem(CandleFault.DUPLICATE, after.opened_at))
        elif step < timedelta(0):
            problems.append(CandleProblem(CandleFault.OUT_OF_ORDER, after.opened_at))
        elif step > interval:
            missing = step // interval - 1
            problems.append(CandleProblem(CandleFault.GAP, after.opened_at, missing))
    return tuple(problems)


def _is_complete(start: datetime, parts: Sequence[Candle], interval_minutes: int) -> bool:
    expected = {start + n * MINUTE for n in range(interval_minutes)}
    return len(parts) == interval_minutes and {part.opened_at for part in parts} == expected


def _join(start: datetime, parts: Sequence[Candle], interval_minutes: int) -> Candle:
    ordered = sorted(parts, key=lambda part: part.opened_at)
    return Candle(
        opened_at=start,
        closed_at=start + interval_minutes * MINUTE,
        open=ordered[0].open,
        high=max(part.high for part in ordered),
        low=min(part.low for part in ordered),
        close=ordered[-1].close,
        volume=sum((part.volume for part in ordered), Decimal(0)),
    )

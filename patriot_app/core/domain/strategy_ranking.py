"""Which strategies do well beside the others, by stated rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from statistics import median

from patriot_app.core.domain.daily_returns import DayResult
from patriot_app.core.domain.track_record import TrackRecord, track_record

COMPARED_MIN = 3
"""Of fewer strategies none is behind the others."""


class Verdict(StrEnum):
    """LOSING: a negative return or result. BEHIND: a Sharpe ratio below the median of all."""

    LOSING = "losing"
    BEHIND = "behind"
    SOUND = "sound"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Ranked:
    """One strategy in its place; `record` is None without a day."""

    strategy_id: str
    name: str
    record: TrackRecord | None
    verdict: Verdict


def rank(strategies: Sequence[tuple[str, str, Sequence[DayResult]]]) -> tuple[Ranked, ...]:
    """Order strategies by their time-weighted return, best first; those without one come last.

    Args:
        strategies: id, name and days of each.
    """
    records = [
        (strategy_id, name, track_record(days) if days else None)
        for strategy_id, name, days in strategies
    ]
    ratios = [
        record.sharpe.value
        for _, _, record in records
        if record is not None and record.sharpe.value is not None
    ]
    middle = median(ratios) if len(ratios) >= COMPARED_MIN else None
    ranked = [
        Ranked(strategy_id, name, record, _verdict(record, middle))
        for strategy_id, name, record in records
    ]
    return tuple(sorted(ranked, key=_place))


def _verdict(record: TrackRecord | None, middle: float | None) -> Verdict:
    if record is None or record.time_weighted is None:
        return Verdict.UNKNOWN
    if record.time_weighted < 0 or record.profit < 0:
        return Verdict.LOSING
    ratio = record.sharpe.value
    is_behind = middle is not None and ratio is not None and ratio < middle
    return Verdict.BEHIND if is_behind else Verdict.SOUND


def _place(one: Ranked) -> tuple[bool, Decimal, str, str]:
    gained = one.record.time_weighted if one.record else None
    return (gained is None, -(gained or Decimal(0)), one.name, one.strategy_id)

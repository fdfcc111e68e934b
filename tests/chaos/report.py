"""What a run of chaos showed, as a table for people."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

TAKE_OVER_S = 30.0
"""What is promised of 95 of 100 take-overs, on a machine that has nothing else to do."""
WAITS_S = 22.5
"""Of these a lease, the receive window, the skew and the visibility delay, whatever the machine does."""

SPREADS = {
    f"take-over, promised p95 {TAKE_OVER_S:.0f} s": "take_overs",
    "until accounts with nothing open were read": "read_later",
    "until every account of the dead one had traded": "traded_again",
    "restart after a time with no daemon": "restarts",
}


@dataclass
class Outcome:
    """One round.

    Attributes:
        take_overs: seconds from a death until the living had every shard, its accounts read again.
        read_later: seconds from a death until an account with nothing open was read, where an address
            could not read all of them at once; `take_overs` has those with something open then.
        traded_again: seconds from a death until every account of the dead one had a new order.
        slowness: how many times longer the work of our processes took than without waiting for a
            processor, at its worst; 1 where nothing waited.
        restarts: the same as the first, from the start of a process after a time with none.
        naked_s: the longest time a position stood without a stop, whatever the reason.
        bare_s: the same without the spans that the trouble excuses.
    """

    name: str
    what: str
    orders: int = 0
    fills: int = 0
    seconds: float = 0.0
    take_overs: list[float] = field(default_factory=list)
    read_later: list[float] = field(default_factory=list)
    traded_again: list[float] = field(default_factory=list)
    restarts: list[float] = field(default_factory=list)
    naked_s: float = 0.0
    bare_s: float = 0.0
    slowness: float = 1.0
    violations: list[str] = field(default_factory=list)


def percentile(values: Sequence[float], fraction: float) -> float:
    """Return the value below which a fraction lies, by nearest rank."""
    return sorted(values)[math.ceil(fraction * len(values)) - 1]


def late_take_overs(outcomes: Sequence[Outcome]) -> str:
    """Return what is wrong with the time that take-overs and restarts took, "" if nothing is."""
    times = [
        _unhindered(each, one.slowness)
        for one in outcomes
        for each in (*one.take_overs, *one.restarts)
    ]
    if not times or percentile(times, 0.95) <= TAKE_OVER_S:
        return ""
    return f"p95 of {len(times)} take-overs and restarts is {percentile(times, 0.95):.1f} s with an idle machine"


def _unhindered(take_over_s: float, slowness: float) -> float:
    """Return what a take-over would need on a machine that has nothing else to do."""
    return take_over_s if take_over_s < WAITS_S else WAITS_S + (take_over_s - WAITS_S) / slowness


def render(outcomes: Sequence[Outcome]) -> str:
    """Return one line per round, the take-over times and every violation."""
    width = max((len(one.what) for one in outcomes), default=5)
    lines = [
        f"{'round':<{width}}  orders  fills  seconds  take-over  bare  (with trouble)  slower  result"
    ]
    for one in outcomes:
        take_over = f"{max(one.take_overs):.1f}" if one.take_overs else "-"
        result = f"{len(one.violations)} violations" if one.violations else "ok"
        lines.append(
            f"{one.what:<{width}}  {one.orders:>6}  {one.fills:>5}  {one.seconds:>7.1f}"
            f"  {take_over:>9}  {one.bare_s:>4.1f}  {one.naked_s:>14.1f}  {one.slowness:>6.1f}  {result}"
        )
    late = late_take_overs(outcomes)
    lines += [late] if late else []
    lines += [
        _spread(what, [each for one in outcomes for each in getattr(one, name)])
        for what, name in SPREADS.items()
    ]
    for one in outcomes:
        lines += [f"  {one.name}: {violation}" for violation in one.violations]
    return "\n".join(lines)


def _spread(what: str, times: Sequence[float]) -> str:
    if not times:
        return f"{what}: none"
    return (
        f"{what}: {len(times)}, p50 {percentile(times, 0.5):.1f} s,"
        f" p95 {percentile(times, 0.95):.1f} s, worst {max(times):.1f} s"
    )

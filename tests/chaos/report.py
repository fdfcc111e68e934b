"""What a run of chaos showed, as a table for people."""

from collections.abc import Sequence
from dataclasses import dataclass, field

TAKE_OVER_S_MAX = 30.0


@dataclass
class Outcome:
    """One round.

    Attributes:
        take_overs: seconds until the living had every shard ready.
        naked_s: the longest time a position stood without a stop, whatever the reason.
        bare_s: the same without the spans that the trouble excuses.
    """

    name: str
    what: str
    orders: int = 0
    fills: int = 0
    seconds: float = 0.0
    take_overs: list[float] = field(default_factory=list)
    naked_s: float = 0.0
    bare_s: float = 0.0
    violations: list[str] = field(default_factory=list)


def percentile(values: Sequence[float], fraction: float) -> float:
    """Return the value below which a fraction lies, by nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(fraction * len(ordered)))]


def render(outcomes: Sequence[Outcome]) -> str:
    """Return one line per round, the take-over times and every violation."""
    width = max((len(one.what) for one in outcomes), default=5)
    lines = [f"{'round':<{width}}  orders  fills  seconds  take-over  bare  (with trouble)  result"]
    for one in outcomes:
        take_over = " ".join(f"{each:.1f}" for each in one.take_overs) or "-"
        result = f"{len(one.violations)} violations" if one.violations else "ok"
        lines.append(
            f"{one.what:<{width}}  {one.orders:>6}  {one.fills:>5}  {one.seconds:>7.1f}"
            f"  {take_over:>9}  {one.bare_s:>4.1f}  {one.naked_s:>14.1f}  {result}"
        )
    times = [each for one in outcomes for each in one.take_overs]
    if times:
        lines.append(
            f"take-over of {len(times)}: p50 {percentile(times, 0.5):.1f} s,"
            f" p95 {percentile(times, 0.95):.1f} s, worst {max(times):.1f} s"
            f" (promised: p95 {TAKE_OVER_S_MAX:.0f} s)"
        )
    for one in outcomes:
        lines += [f"  {one.name}: {violation}" for violation in one.violations]
    return "\n".join(lines)

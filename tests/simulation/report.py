"""What many worlds came to, in figures."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.crash_points import transactions
from tests.simulation.checkers.every import CHECKERS
from tests.simulation.laboratory import Result
from tests.simulation.unreached import reason_of

MANY_WORLDS = 1_000
"""From so many on every invariant must have had its case."""
WORLDS_FOR_A_CRASH = 800
SHARE_FOR_A_CRASH = 0.25
"""A point that so many worlds passed, and so many of all, must have seen a process die."""
TAKEOVERS_MIN = 100
TAKEOVER_S_MAX = 30.0


@dataclass(slots=True)
class Report:
    """Sums over the worlds of a run.

    Attributes:
        cases: by invariant, how often worlds came to the point that it is about.
        worlds_passing: by crash point, how many worlds came to it.
        calm_naked_s: spans without a stop in worlds in which no fault struck.
        excused_s: seconds without a stop that T9 does not count, by what explains them.
    """

    commit: str = ""
    seconds: float = 0.0
    seeds: int = 0
    failed: list[int] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    violations: int = 0
    cases: Counter[str] = field(default_factory=Counter)
    worlds_passing: Counter[str] = field(default_factory=Counter)
    crashed_at: Counter[str] = field(default_factory=Counter)
    virtual_s: float = 0.0
    orders: int = 0
    stops: int = 0
    fills: int = 0
    naked_s: list[float] = field(default_factory=list)
    calm_naked_s: list[float] = field(default_factory=list)
    unknown_s: list[float] = field(default_factory=list)
    takeover_s: list[float] = field(default_factory=list)
    settled_s: list[float] = field(default_factory=list)
    excused_s: Counter[str] = field(default_factory=Counter)

    def add(self, result: Result) -> None:
        """Add one world."""
        self.seeds += 1
        if result.violations:
            self.failed.append(result.seed)
        self.violations += len(result.violations)
        self.faults += result.faults
        self.cases += result.cases
        self.worlds_passing.update(result.points.keys())
        self.crashed_at += result.crashed_at
        self.virtual_s += result.virtual_s
        self.orders += result.orders
        self.stops += result.stops
        self.fills += result.fills
        self.naked_s += result.naked_s
        if not result.faults:
            self.calm_naked_s += result.naked_s
        self.excused_s += result.excused_s
        self.unknown_s += result.unknown_s
        self.takeover_s += result.takeover_s
        if result.settled_s is not None:
            self.settled_s.append(result.settled_s)

    def figures(self) -> dict[str, Any]:
        """Return the figures to publish."""
        return {
            "commit": self.commit,
            "seeds": self.seeds,
            "seconds": round(self.seconds, 1),
            "failed_seeds": self.failed,
            "simulated_hours": round(self.virtual_s / 3600, 2),
            "orders": self.orders,
            "stops": self.stops,
            "fills": self.fills,
            "fault_kinds": len(self.faults),
            "faults": dict(self.faults.most_common()),
            "crash_points_passed": len(self.worlds_passing),
            "crash_points_crashed_at": len(self.crashed_at),
            "crash_points_left": self._never_crashed_at(),
            "transactions_never_opened": self._never_opened(),
            "cases": {name: self.cases[name] for name in CHECKERS},
            "violations": self.violations,
            "unprotected_s": _spread(self.naked_s),
            "unprotected_s_without_faults": _spread(self.calm_naked_s),
            "unprotected_s_excused": dict(self.excused_s.most_common()),
            "end_of_doubt_s": _spread(self.unknown_s),
            "takeover_s": _spread(self.takeover_s),
            "rest_after_the_faults_s": _spread(self.settled_s),
        }

    def shortcomings(self) -> list[str]:
        """Return what these worlds failed to show, though they were many enough to show it."""
        found = []
        if self.seeds >= MANY_WORLDS:
            found += [f"{name} never had a case" for name in CHECKERS if not self.cases[name]]
        found += [
            f"no process died at {point}, which {worlds} worlds passed"
            for point, worlds in self._never_crashed_at().items()
            if worlds >= max(WORLDS_FOR_A_CRASH, self.seeds * SHARE_FOR_A_CRASH)
        ]
        takeover_s = _spread(self.takeover_s)
        if takeover_s["count"] >= TAKEOVERS_MIN and takeover_s["p95"] > TAKEOVER_S_MAX:
            found.append(f"takeover took {takeover_s['p95']} s at p95, promised {TAKEOVER_S_MAX}")
        return found

    def _never_crashed_at(self) -> dict[str, int]:
        """Return the points at which no process died, and how many worlds passed them."""
        return {
            point: worlds
            for point, worlds in self.worlds_passing.most_common()
            if point not in self.crashed_at
        }

    def _never_opened(self) -> dict[str, list[str]]:
        """Return the daemon's transactions that no world came to, by the reason for it."""
        opened = {point.rpartition(".")[0] for point in self.worlds_passing}
        found: dict[str, list[str]] = {}
        for name in sorted(transactions() - opened):
            found.setdefault(reason_of(name), []).append(name)
        return dict(sorted(found.items()))

    def text(self) -> str:
        """Return the figures for people."""
        figures = self.figures()
        faults = figures.pop("faults")
        lines = [f"{name.replace('_', ' '):>30}: {value}" for name, value in figures.items()]
        lines.append(f"{'faults by kind':>30}: {sum(faults.values())}")
        lines += [f"{name:>30}  {count}" for name, count in faults.items()]
        return "\n".join(lines)


def _spread(values: Sequence[float]) -> dict[str, float]:
    """Return count, median, 95th and 99th percentile and the worst."""
    if not values:
        return {"count": 0}
    ordered = sorted(values)

    def at(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 2)

    return {
        "count": len(ordered),
        "p50": at(0.5),
        "p95": at(0.95),
        "p99": at(0.99),
        "worst": round(ordered[-1], 2),
    }

"""How a stretch of a client's curve went, all text."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from patriot_app.core.queries.portfolio import CurvePoint
from patriot_app.web import format
from patriot_app.web.format import Figure


@dataclass(frozen=True, slots=True)
class Course:
    """A stretch in figures."""

    profit: Figure = field(default_factory=Figure)
    best: Figure = field(default_factory=Figure)
    worst: Figure = field(default_factory=Figure)
    drawdown: Figure = field(default_factory=Figure)
    span: str = ""


def course(points: Sequence[CurvePoint]) -> Course:
    """Show what a stretch brought, without deposits and withdrawals."""
    if len(points) < 2:
        return Course()
    profits = [point.profit for point in points]
    return Course(
        profit=format.profit(profits[-1]),
        best=format.profit(max(profits)),
        worst=format.profit(min(profits)),
        drawdown=format.rate(max(point.drawdown_fraction for point in points)),
        span=f"{points[0].at:%d %b %Y} to {points[-1].at:%d %b %Y}",
    )

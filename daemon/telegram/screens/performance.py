"""/performance: how a customer's money, or the desk's, did in a period, with its course."""

from collections.abc import Sequence

from daemon.telegram import chart
from daemon.telegram.screens.screen import Button, File, Screen, Viewer, per_cent
from patriot_app.core.domain import figures
from patriot_app.core.domain.permissions import Permission, can
from patriot_app.core.queries import portfolio
from patriot_app.core.queries.portfolio import CurvePoint, Span

NAME = "performance"
_GIVEN = {
    "day": Span.DAY,
    "1d": Span.DAY,
    "week": Span.WEEK,
    "7d": Span.WEEK,
    "month": Span.MONTH,
    "30d": Span.MONTH,
    "year": Span.YEAR,
    "1y": Span.YEAR,
    "all": Span.ALL,
}
"""How people write a period after the command."""


async def show(viewer: Viewer, args: tuple[str, ...]) -> Screen:
    """Read the curve of one's own accounts, for the staff that of all; `args`: the period."""
    span = _GIVEN.get(args[0].lower(), Span.MONTH) if args else Span.MONTH
    is_own = can(viewer.actor, Permission.PORTAL_VIEW)
    client_id = viewer.person_id if is_own else None
    curve = await portfolio.equity_curve(viewer.actor, span=span, client_id=client_id)
    return screen(viewer, span, curve)


def _back(viewer: Viewer) -> Button:
    if can(viewer.actor, Permission.PORTAL_VIEW):
        return Button(viewer.label("nav.portfolio"), "portfolio")
    return Button(viewer.label("nav.table"), "table")


def screen(viewer: Viewer, span: Span, curve: Sequence[CurvePoint]) -> Screen:
    """Lay out a period."""
    rows = (
        tuple(Button(viewer.label(f"span.{one.value}"), NAME, (one.value,)) for one in Span),
        (_back(viewer),),
    )
    title = viewer.say("performance.title", span=viewer.label(f"span.{span.value}"))
    if len(curve) < chart.POINTS_MIN:
        return Screen(f"{title}\n{viewer.say('performance.none')}", rows)
    profits = [point.profit for point in curve]
    deepest = max(point.drawdown_fraction for point in curve)
    lines = [
        title,
        viewer.say("performance.profit", amount=viewer.profit(profits[-1])),
        viewer.say("performance.best", amount=viewer.profit(max(profits))),
        viewer.say("performance.worst", amount=viewer.profit(min(profits))),
        viewer.say("performance.drawdown", percent=per_cent(deepest)),
        viewer.say(
            "performance.from", first=f"{curve[0].at:%d.%m.%Y}", last=f"{curve[-1].at:%d.%m.%Y}"
        ),
    ]
    picture = chart.draw(
        [(point.at, point.profit) for point in curve],
        title="USDT",
        top="" if viewer.hides_amounts else figures.signed(max(profits)),
        bottom="" if viewer.hides_amounts else f"{figures.signed(profits[-1])} USDT",
    )
    return Screen("\n".join(lines), rows, (File("performance.png", picture, is_picture=True),))

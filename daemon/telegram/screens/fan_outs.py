"""/fanouts: the newest signals and what became of them on how many accounts."""

from collections.abc import Sequence
from uuid import UUID

from daemon.telegram.screens.screen import Button, Screen, Viewer, exact
from patriot_app.core.queries import fan_outs, signals
from patriot_app.core.queries.fan_outs import ReasonCount
from patriot_app.core.queries.signals import SignalSummary

NAME = "fanouts"
SHOWN = 6
REASONS_SHOWN = 8


async def show(viewer: Viewer, args: tuple[str, ...]) -> Screen:
    """Read the newest signals, or with an id why one's accounts took no part."""
    if args:
        signal = await signals.get(viewer.actor, UUID(args[0]))
        return detail_screen(viewer, signal, await fan_outs.reasons(viewer.actor, signal.id))
    return screen(viewer, await signals.latest(viewer.actor, limit=SHOWN))


def screen(viewer: Viewer, found: Sequence[SignalSummary]) -> Screen:
    """Lay out the newest signals with a button for each."""
    back = (Button(viewer.label("refresh"), NAME), Button(viewer.label("back"), "status"))
    if not found:
        return Screen(viewer.say("fanouts.none"), (back,))
    lines = [viewer.say("fanouts.title")]
    lines += [f"{number}. {_line(viewer, one)}" for number, one in enumerate(found, start=1)]
    picked = tuple(
        Button(str(number), NAME, (str(one.id),)) for number, one in enumerate(found, start=1)
    )
    return Screen("\n\n".join(lines), (picked, back))


def detail_screen(viewer: Viewer, signal: SignalSummary, reasons: Sequence[ReasonCount]) -> Screen:
    """Lay out one signal with the reasons, the most frequent first."""
    lines = [_line(viewer, signal)]
    if signal.latency_p95_ms is not None:
        lines.append(viewer.say("fanouts.latency", p95=f"{signal.latency_p95_ms:,.0f}"))
    lines += [
        viewer.say("fanouts.reason", count=one.accounts, reason=one.reason_code)
        for one in reasons[:REASONS_SHOWN]
    ]
    rows = (
        (
            Button(viewer.label("refresh"), NAME, (str(signal.id),)),
            Button(viewer.label("back"), NAME),
        ),
    )
    return Screen("\n".join(lines), rows)


def _line(viewer: Viewer, one: SignalSummary) -> str:
    counts = one.counts
    return viewer.say(
        "fanouts.line",
        action=one.action,
        symbol=one.symbol,
        price=exact(one.reference_price),
        deployment=one.deployment,
        ago=viewer.ago(one.created_at),
        accounts=counts.accounts,
        filled=counts.filled + counts.partial,
        left=counts.working + counts.pending,
        kept=counts.skipped + counts.denied,
        failed=counts.failed + counts.unknown + counts.expired,
    )

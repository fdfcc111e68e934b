"""Halts in words: what is in force, what one would stop, what lifting it lets go on."""

from dataclasses import dataclass
from datetime import datetime

from patriot_app.core.domain.halts import HaltScope, TradingState
from patriot_app.core.queries.halt_effects import HaltEffect
from patriot_app.core.queries.risk import HaltView
from patriot_app.web import format
from patriot_app.web.format import Moment
from patriot_app.web.theme import Tone

STATES: dict[str, tuple[Tone, str]] = {
    "halted": ("danger", "Halted"),
    "reducing": ("warning", "Only reducing"),
}


@dataclass(frozen=True, slots=True)
class HaltRow:
    """One halt in force."""

    id: str
    subject: str
    scope: str
    state: str
    reason: str
    raised_by: str
    at: Moment


def halt_row(halt: HaltView, *, now: datetime) -> HaltRow:
    """Show one halt."""
    return HaltRow(
        id=str(halt.id),
        subject=subject_of(halt.scope, halt.subject),
        scope=format.label(halt.scope),
        state=halt.state,
        reason=halt.reason,
        raised_by=halt.raised_by,
        at=format.moment(halt.raised_at, now=now),
    )


def subject_of(scope: str, name: str) -> str:
    """Return whose trading it is about."""
    if scope == HaltScope.DESK:
        return "The whole desk"
    return name.capitalize() if scope == HaltScope.EXCHANGE else name


def halt_text(effect: HaltEffect, *, state: TradingState, flatten: bool) -> str:
    """Say in numbers what a halt does."""
    what = (
        "Nothing opens any more; exits, stops and your own closes go on."
        if state is TradingState.REDUCING
        else "Strategies open and close nothing any more; stops and your own closes go on."
    )
    stops = (
        f"Stops {format.plural(effect.deployments, 'running deployment')} on "
        f"{format.plural(effect.accounts, 'account')} and cancels "
        f"{format.plural(effect.working_entries, 'working entry', 'working entries')}. {what}"
    )
    held = (
        f"{format.plural(effect.open_positions, 'open position')}, about "
        f"{format.grouped(effect.notional, places=0)} USDT notional"
    )
    return f"{stops} Closes {held}, at market." if flatten else f"{stops} Keeps {held}."


def lift_text(effect: HaltEffect, row: HaltRow) -> str:
    """Say in numbers what lifting a halt does."""
    return (
        f"Raised by {row.raised_by} {row.at.ago}: {row.reason}. "
        f"{format.plural(effect.deployments, 'running deployment')} on "
        f"{format.plural(effect.accounts, 'account')} may open positions again with the next bar, "
        "as far as no other halt covers them."
    )


def phrase(verb: str, subject: str) -> str:
    """Return what must be typed, such as "halt binance"."""
    return f"{verb} {subject.removeprefix('The whole ')}".lower()

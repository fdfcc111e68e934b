"""Halts in words: what is in force, what one would stop, what lifting it lets go on."""

from dataclasses import dataclass, field
from datetime import datetime

from patriot_app.core.domain.halts import HaltLevel, HaltScope, TradingState
from patriot_app.core.queries.halt_effects import HaltEffect
from patriot_app.core.queries.risk import HaltView
from patriot_app.web import format
from patriot_app.web.format import Moment
from patriot_app.web.kit import Share
from patriot_app.web.theme import Tone

STATES: dict[str, tuple[Tone, str]] = {
    "halted": ("danger", "Halted"),
    "reducing": ("warning", "Only reducing"),
}

LEVELS: dict[str, tuple[Tone, str]] = {
    "1": ("warning", "K1 · no entries"),
    "2": ("danger", "K2 · entries cancelled"),
    "3": ("danger", "K3 · flatten"),
    "4": ("danger", "K4 · stop sending"),
}
HOW_FAR: dict[str, tuple[HaltLevel, TradingState, str]] = {
    "1": (
        HaltLevel.NO_ENTRIES,
        TradingState.REDUCING,
        "K1: nothing opens; exits and stops go on",
    ),
    "2-reducing": (
        HaltLevel.CANCEL_ENTRIES,
        TradingState.REDUCING,
        "K2: also cancel working entries; strategies may still close",
    ),
    "2": (
        HaltLevel.CANCEL_ENTRIES,
        TradingState.HALTED,
        "K2: also cancel working entries; strategies neither open nor close",
    ),
    "3": (
        HaltLevel.FLATTEN,
        TradingState.HALTED,
        "K3: also close every position of ours at market",
    ),
    "4": (
        HaltLevel.STOP_SENDING,
        TradingState.HALTED,
        "K4: nothing leaves any more, not even exits and new stops",
    ),
}
"""What the form offers."""


@dataclass(frozen=True, slots=True)
class HaltRow:
    """One halt.

    Attributes:
        level: "1" to "4".
        progress: how far clearing up behind it has come, "" where it touches no order.
        proposal: who wants it lowered and to what, "" if nobody.
        lift_label: what the button says that lifts it or confirms another person's proposal.
        ended: when and by whom it was lifted.
    """

    id: str
    subject: str
    scope: str
    state: str
    reason: str
    raised_by: str
    at: Moment
    level: str = "2"
    progress: str = ""
    shares: list[Share] = field(default_factory=list)
    failed: int = 0
    proposal: str = ""
    lift_label: str = "Lift"
    ended: str = ""


def halt_row(halt: HaltView, *, now: datetime, is_proposer: bool = False) -> HaltRow:
    """Show one halt.

    Args:
        is_proposer: the person who looks wants it lowered and waits for another.
    """
    is_proposed = halt.lowering_to is not None and halt.lifted_at is None
    return HaltRow(
        level=str(halt.level),
        progress=progress_text(halt, now=now),
        shares=_shares(halt),
        failed=halt.failed,
        proposal=_proposal(halt) if is_proposed else "",
        lift_label="Confirm" if is_proposed and not is_proposer else "Lift",
        ended=_ended(halt),
        id=str(halt.id),
        subject=subject_of(halt.scope, halt.subject),
        scope=format.label(halt.scope),
        state=halt.state,
        reason=halt.reason,
        raised_by=halt.raised_by,
        at=format.moment(halt.raised_at, now=now),
    )


def progress_text(halt: HaltView, *, now: datetime) -> str:
    """Say how far clearing up has come: "Flatten 612/1,000, 4 failed, 41 s left"."""
    if not halt.accounts:
        return ""
    what = "Flatten" if halt.level == HaltLevel.FLATTEN else "Cancel"
    parts = [f"{what} {format.count(halt.done)}/{format.count(halt.accounts)}"]
    if halt.failed:
        parts.append(f"{format.count(halt.failed)} failed")
    left = halt.seconds_left(now)
    if left is not None:
        parts.append(f"{left} s left" if left < 120 else f"{left // 60} min left")
    elif not halt.waiting:
        parts.append("finished")
    return ", ".join(parts)


def _shares(halt: HaltView) -> list[Share]:
    if not halt.accounts:
        return []
    return [
        Share(percent=f"{number * 100 / halt.accounts:.2f}%", tone=tone)
        for tone, number in (("positive", halt.done), ("danger", halt.failed))
        if number
    ]


def _proposal(halt: HaltView) -> str:
    wish = "lift it" if not halt.lowering_to else f"lower it to K{halt.lowering_to}"
    return f"{halt.lowering_by} proposes to {wish}: {halt.lowering_reason}"


def _ended(halt: HaltView) -> str:
    if halt.lifted_at is None:
        return ""
    alone = ", alone" if halt.is_solo else ""
    return f"{halt.lifted_at:%Y-%m-%d %H:%M} UTC by {halt.lifted_by or 'the daemon'}{alone}"


def subject_of(scope: str, name: str) -> str:
    """Return whose trading it is about."""
    if scope == HaltScope.DESK:
        return "The whole desk"
    return name.capitalize() if scope == HaltScope.EXCHANGE else name


def halt_text(effect: HaltEffect, *, level: HaltLevel, state: TradingState) -> str:
    """Say in numbers what a halt does."""
    if level is HaltLevel.STOP_SENDING:
        what = "Nothing leaves any more: no exit, no new stop, no cancel."
    elif state is TradingState.REDUCING:
        what = "Nothing opens any more; exits, stops and your own closes go on."
    else:
        what = "Strategies open and close nothing any more; stops and your own closes go on."
    entries = format.plural(effect.working_entries, "working entry", "working entries")
    cancels = level in {HaltLevel.CANCEL_ENTRIES, HaltLevel.FLATTEN}
    stops = (
        f"Stops {format.plural(effect.deployments, 'running deployment')} on "
        f"{format.plural(effect.accounts, 'account')} and "
        f"{'cancels' if cancels else 'keeps'} {entries}. {what}"
    )
    held = (
        f"{format.plural(effect.open_positions, 'open position')}, about "
        f"{format.grouped(effect.notional, places=0)} USDT notional"
    )
    if level is HaltLevel.FLATTEN:
        return f"{stops} Closes {held}, at market, the largest first."
    return f"{stops} Keeps {held}."


def lift_text(effect: HaltEffect, row: HaltRow, *, is_one_person_desk: bool = False) -> str:
    """Say in numbers what lifting a halt does."""
    return (
        f"Raised by {row.raised_by} {row.at.ago}: {row.reason}. "
        f"{format.plural(effect.deployments, 'running deployment')} on "
        f"{format.plural(effect.accounts, 'account')} may open positions again with the next bar, "
        f"as far as no other halt covers them.{_second_person(row, is_one_person_desk)}"
    )


def _second_person(row: HaltRow, is_one_person_desk: bool) -> str:
    if row.level == "1":
        return ""
    if is_one_person_desk:
        return " Four-eyes is off here: you do it alone, and the record says so."
    return " Another person must confirm it." if not row.proposal else ""


def phrase(verb: str, subject: str) -> str:
    """Return what must be typed, such as "halt binance"."""
    return f"{verb} {subject.removeprefix('The whole ')}".lower()

"""Maintenance windows, all text."""

from dataclasses import dataclass, field
from datetime import datetime

from patriot_app.core.domain.maintenance import LIVE, WindowSource, WindowState, name_of
from patriot_app.core.queries.halt_effects import HaltEffect
from patriot_app.core.queries.maintenance import ListedWindow
from patriot_app.web import format
from patriot_app.web.format import Moment
from patriot_app.web.theme import Tone

STATES: dict[str, tuple[Tone, str]] = {
    "planned": ("info", "Planned"),
    "closing": ("warning", "No entries"),
    "running": ("danger", "Runs"),
    "overrun": ("danger", "Overruns"),
    "over": ("neutral", "Over"),
    "withdrawn": ("neutral", "Called off"),
}
TIME_SHAPE = "%Y-%m-%d %H:%M"


@dataclass(frozen=True, slots=True)
class WindowRow:
    """One window.

    Attributes:
        starts_at, ends_at: UTC, as the form takes them.
    """

    id: str = ""
    exchange: str = ""
    exchange_name: str = ""
    modes: str = ""
    state: str = "planned"
    span: str = ""
    starts: Moment = field(default_factory=Moment)
    starts_at: str = ""
    ends_at: str = ""
    told_by: str = ""
    reason: str = ""
    can_move: bool = False
    can_end: bool = False


def window_row(listed: ListedWindow, *, now: datetime) -> WindowRow:
    """Show one window."""
    window = listed.window
    is_live = window.state in LIVE
    ends = window.ends_at
    return WindowRow(
        id=str(window.id),
        exchange=window.exchange.value,
        exchange_name=name_of(window.exchange),
        modes="every mode" if window.mode is None else window.mode.value,
        state=_state(listed, now=now),
        span=f"{window.starts_at:{TIME_SHAPE}} – {_end_text(listed)} UTC",
        starts=format.moment(window.starts_at, now=now),
        starts_at=f"{window.starts_at:{TIME_SHAPE}}",
        ends_at="" if ends is None else f"{ends:{TIME_SHAPE}}",
        told_by=_told_by(listed),
        reason=window.reason,
        can_move=is_live and window.source is WindowSource.OPERATOR,
        can_end=is_live and not (window.is_dismissed and window.state is WindowState.RUNNING),
    )


def plan_text(
    effect: HaltEffect, *, exchange: str, starts_at: datetime, lead_s: float, exit_s: float
) -> str:
    """Say what a window will do before it is entered."""
    return (
        f"Nothing opens on {exchange} from {lead_s / 60:.0f} minutes before {starts_at:%H:%M} UTC;"
        f" from {starts_at:%H:%M} until its end is recorded nothing at all is sent there, no exit and"
        f" no stop either: {format.plural(effect.accounts, 'account')},"
        f" {format.plural(effect.open_positions, 'open position')},"
        f" {format.plural(effect.working_entries, 'resting entry', 'resting entries')}."
        " Stops that stand at the exchange stay, and positions with them, but those whose strategy"
        f" has them closed or reduced before: from {min(lead_s, exit_s) / 60:.0f} minutes before."
    )


def end_text(row: WindowRow) -> str:
    """Say what ending a window will do."""
    if row.state in {"planned", "closing"}:
        return f"The window of {row.exchange_name} is called off; entries go on at once."
    return (
        f"Within seconds {row.exchange_name} is open again for us: every account is read afresh,"
        " then orders go. What the exchange itself says of this maintenance counts no more."
    )


def _state(listed: ListedWindow, *, now: datetime) -> str:
    window = listed.window
    if window.state in LIVE and window.overran_at is not None:
        return "overrun"
    if window.state is WindowState.PLANNED and now >= window.starts_at:
        return "running"
    if window.state is WindowState.PLANNED and now >= window.no_entries_from:
        return "closing"
    return window.state.value


def _end_text(listed: ListedWindow) -> str:
    end = listed.over_at or listed.window.ends_at
    if end is None:
        return "not known"
    same_day = end.date() == listed.window.starts_at.date()
    return f"{end:%H:%M}" if same_day else f"{end:{TIME_SHAPE}}"


def _told_by(listed: ListedWindow) -> str:
    if listed.window.source is WindowSource.EXCHANGE:
        told = "The exchange" if listed.window.is_expected else "The exchange, unannounced"
    else:
        told = listed.entered_by or "An operator"
    return f"{told}; ended by {listed.ended_by}" if listed.ended_by else told

"""When an exchange is closed for maintenance, and what may still be sent around it.

A window pauses entries some minutes before it begins, so that whatever was opened has its stop; while
it runs nothing is sent to its exchange, the stops that rest there protect. It binds until a daemon
has recorded its end, and every account is read afresh before it opens anything again (EXECUTION 2.12).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from uuid import UUID

from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.errors import Invalid

CLOSE_AHEAD = timedelta(seconds=5)
"""Nothing leaves so shortly before a window either: it could arrive inside of it."""
LENGTH_MAX = timedelta(hours=24)
"""A slip of the pen must not keep stops from being placed for a week."""
PLANNED_AHEAD_MAX = timedelta(days=90)
REASON_LENGTH_MAX = 300
TOPIC = "maintenance"
"""What pages listen to."""


class WindowSource(StrEnum):
    """Who told of a window."""

    EXCHANGE = "exchange"
    OPERATOR = "operator"


class WindowState(StrEnum):
    """How far a window is; its times bind whatever the state says, until it is over."""

    PLANNED = "planned"
    RUNNING = "running"
    OVER = "over"
    WITHDRAWN = "withdrawn"


TRANSITIONS: dict[WindowState, frozenset[WindowState]] = {
    WindowState.PLANNED: frozenset({WindowState.RUNNING, WindowState.WITHDRAWN}),
    WindowState.RUNNING: frozenset({WindowState.OVER}),
    WindowState.OVER: frozenset(),
    WindowState.WITHDRAWN: frozenset(),
}
LIVE = frozenset({WindowState.PLANNED, WindowState.RUNNING})


class Closure(IntEnum):
    """How far an exchange is closed now."""

    OPEN = 0
    NO_ENTRIES = 1
    EVERYTHING = 2


class NoticeState(StrEnum):
    """How an exchange speaks of its own maintenance."""

    SCHEDULED = "scheduled"
    ONGOING = "ongoing"
    COMPLETED = "completed"
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True)
class Notice:
    """What an exchange says of one maintenance.

    Attributes:
        key: the exchange's own id; "" where it only says that one runs, without name or times.
        starts_at: None: it runs, since when is not told.
        ends_at: expected; None: not told.
    """

    key: str
    title: str
    state: NoticeState
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """One window of maintenance.

    Attributes:
        mode: None for every mode of the exchange.
        ends_at: expected; None: nobody knows.
        no_entries_from: nothing opens from here on.
        is_reported: the exchange itself says now that it is under maintenance.
        is_expected: somebody knew of it before it began.
        is_dismissed: an operator ended it; the exchange's word for it counts no more.
        overran_at: when it was noticed that it lasts longer than was told.
    """

    id: UUID
    exchange: Exchange
    mode: AccountMode | None
    source: WindowSource
    starts_at: datetime
    ends_at: datetime | None
    no_entries_from: datetime
    reason: str
    state: WindowState
    is_reported: bool = False
    is_expected: bool = True
    is_dismissed: bool = False
    overran_at: datetime | None = None

    def concerns(self, exchange: Exchange, mode: AccountMode) -> bool:
        """Tell whether accounts of a mode at an exchange are meant."""
        return self.exchange is exchange and self.mode in {None, mode}

    def closure(self, now: datetime) -> Closure:
        """Return how far the window closes its exchange at a moment."""
        if self.state not in LIVE or now < self.no_entries_from:
            return Closure.OPEN
        return Closure.EVERYTHING if now >= self.starts_at - CLOSE_AHEAD else Closure.NO_ENTRIES

    def is_finished(self, now: datetime) -> bool:
        """Tell whether it has come to its end: the time that was told, and the exchange's word."""
        if self.is_reported and not self.is_dismissed:
            return False
        return self.ends_at is None or now >= self.ends_at

    def is_overrun(self, now: datetime) -> bool:
        """Tell whether its end has passed and the exchange says that it goes on."""
        return self.ends_at is not None and now >= self.ends_at and not self.is_finished(now)


def closure_of(
    windows: Iterable[Window], exchange: Exchange, mode: AccountMode, *, now: datetime
) -> Closure:
    """Return how far an exchange is closed for accounts of a mode; the strictest window decides."""
    found = (each.closure(now) for each in windows if each.concerns(exchange, mode))
    return max(found, default=Closure.OPEN)


def say(window: Window) -> str:
    """Return one sentence for everybody, customers too: where, when, and what it means for them."""
    began = f"{window.starts_at:%H:%M}"
    if window.ends_at is None:
        span = f"since {began} UTC, end not known"
    else:
        span = f"{began}–{window.ends_at:%H:%M} UTC"
    told = f"{name_of(window.exchange)} maintenance {span}"
    if window.overran_at is not None:
        told += ", longer than announced"
    return f"{told}: no new orders, your stops stay on the exchange"


def name_of(exchange: Exchange) -> str:
    """Return an exchange's name as people write it."""
    return exchange.value.capitalize()


def check_times(starts_at: datetime, ends_at: datetime, reason: str, *, now: datetime) -> None:
    """Refuse what cannot be a window.

    Raises:
        Invalid: fields "starts_at", "ends_at", "reason".
    """
    fields: dict[str, str] = {}
    if ends_at <= starts_at:
        fields["ends_at"] = "The end must come after the beginning"
    elif ends_at <= now:
        fields["ends_at"] = "The end is over already"
    elif ends_at - starts_at > LENGTH_MAX:
        hours = LENGTH_MAX.total_seconds() / 3600
        fields["ends_at"] = f"A window lasts {hours:.0f} hours at most; enter another one after it"
    if starts_at - now > PLANNED_AHEAD_MAX:
        fields["starts_at"] = f"At most {PLANNED_AHEAD_MAX.days} days ahead"
    if not reason.strip():
        fields["reason"] = "Please say where you know it from"
    elif len(reason) > REASON_LENGTH_MAX:
        fields["reason"] = f"At most {REASON_LENGTH_MAX} characters"
    if fields:
        raise Invalid(fields)

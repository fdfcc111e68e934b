"""When an exchange stops answering, stop asking it; come back by small steps.

A breaker stands before one exchange's orders or reads. It opens when most of what was asked lately
failed, and closes by a ladder: its clock answers, an account can be read, exits go through, then
entries in growing parts (EXECUTION 2.12). Exits and the look-up of unknown outcomes are never held:
whatever may reduce risk is always worth a try.
"""

import math
from collections import deque
from dataclasses import dataclass
from enum import StrEnum

from patriot_app.core.domain.transitions import advance


class EndpointClass(StrEnum):
    ORDERS = "orders"
    READS = "reads"


class BreakerState(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    READING = "reading"
    EXITS = "exits"
    ENTRIES = "entries"


class Answered(StrEnum):
    """What a request came to, as far as the exchange's health is concerned."""

    WELL = "well"
    """It answered, be it with a refusal."""
    FAILED = "failed"
    UNKNOWN = "unknown"
    """A write of which nobody knows whether it was carried out."""


class Probe(StrEnum):
    """What to ask next to find out whether an exchange is back."""

    TIME = "time"
    ACCOUNT = "account"


_S = BreakerState
TRANSITIONS: dict[BreakerState, frozenset[BreakerState]] = {
    _S.CLOSED: frozenset({_S.OPEN}),
    _S.OPEN: frozenset({_S.READING}),
    _S.READING: frozenset({_S.EXITS, _S.OPEN}),
    _S.EXITS: frozenset({_S.ENTRIES, _S.OPEN}),
    _S.ENTRIES: frozenset({_S.CLOSED, _S.OPEN}),
}

WINDOW_S = 10
FAILURES_MAX = 5
UNKNOWNS_MAX = 3
PAUSE_FIRST_S = 2.0
PAUSE_MAX_S = 15.0
STEP_S = 2.0
"""How long a step must go well before the next one is taken."""
SHARES = (0.1, 0.3, 1.0)
"""Of a fan-out's entries, step by step."""


@dataclass(slots=True)
class _Second:
    """What was counted in one second."""

    at: int
    well: int = 0
    failed: int = 0
    unknown: int = 0


class Breaker:
    """One exchange's orders or reads; times are monotonic seconds, told by the caller."""

    def __init__(self) -> None:
        self.state: BreakerState = BreakerState.CLOSED
        self.since = 0.0
        self._seconds: deque[_Second] = deque()
        self._pause_s = PAUSE_FIRST_S
        self._step = 0

    def note(self, answered: Answered, now: float) -> None:
        """Count what a request came to; may open the breaker, or take it a step further."""
        if self.state in {BreakerState.OPEN, BreakerState.READING}:
            # Exits that are tried all the same decide nothing: the probes do.
            return
        second = self._second(now)
        if answered is Answered.WELL:
            second.well += 1
        elif answered is Answered.FAILED:
            second.failed += 1
        else:
            second.unknown += 1
        if answered is not Answered.WELL and self._is_too_much(now):
            self._open(now)
            return
        self.look(now)

    def note_probe(self, *, is_well: bool, now: float) -> None:
        """Count the answer to what `probe` asked for."""
        if self.state not in {BreakerState.OPEN, BreakerState.READING}:
            return
        if not is_well:
            self._open(now)
        elif self.state is BreakerState.OPEN:
            self._go(BreakerState.READING, now)
        else:
            self._go(BreakerState.EXITS, now)

    def probe(self, now: float) -> Probe | None:
        """Return what to ask now, None if nothing."""
        if self.state is BreakerState.OPEN and now - self.since >= self._pause_s:
            return Probe.TIME
        return Probe.ACCOUNT if self.state is BreakerState.READING else None

    def look(self, now: float) -> None:
        """Take the next step of the ladder when this one went well for long enough."""
        while now - self.since >= STEP_S:
            if self.state is BreakerState.EXITS:
                self._step = 0
                self._go(BreakerState.ENTRIES, self.since + STEP_S)
            elif self.state is BreakerState.ENTRIES and self._step + 1 < len(SHARES):
                self._step += 1
                self.since += STEP_S
                if self._step + 1 == len(SHARES):
                    self._go(BreakerState.CLOSED, now)
                    self._pause_s = PAUSE_FIRST_S
            else:
                return

    def entries_share(self, now: float) -> float:
        """Return the part of a fan-out's entries that may go now, 0 to 1."""
        self.look(now)
        if self.state is BreakerState.CLOSED:
            return 1.0
        return SHARES[self._step] if self.state is BreakerState.ENTRIES else 0.0

    def entries_in_s(self, now: float) -> float:
        """Return the seconds until entries may go at the earliest, inf while nobody knows."""
        share = self.entries_share(now)
        if share > 0:
            return 0.0
        return self.since + STEP_S - now if self.state is BreakerState.EXITS else math.inf

    def _is_too_much(self, now: float) -> bool:
        """Tell whether most of what was asked lately failed.

        One failing account in twenty is that account's trouble, and closes nothing for the others.
        """
        while self._seconds and self._seconds[0].at <= now - WINDOW_S:
            self._seconds.popleft()
        unknown = sum(second.unknown for second in self._seconds)
        bad = unknown + sum(second.failed for second in self._seconds)
        is_enough = unknown >= UNKNOWNS_MAX or bad >= FAILURES_MAX
        # On the way back one failure is enough: the exchange has just been away.
        is_enough = is_enough or self.state is not BreakerState.CLOSED
        return is_enough and bad > sum(second.well for second in self._seconds)

    def _open(self, now: float) -> None:
        if self.state is not BreakerState.CLOSED:
            self._pause_s = min(self._pause_s * 2, PAUSE_MAX_S)
        self._go(BreakerState.OPEN, now)

    def _go(self, state: BreakerState, now: float) -> None:
        self.state = advance(TRANSITIONS, self.state, state)
        self.since = now
        self._seconds.clear()

    def _second(self, now: float) -> _Second:
        at = int(now)
        if not self._seconds or self._seconds[-1].at != at:
            self._seconds.append(_Second(at))
        return self._seconds[-1]

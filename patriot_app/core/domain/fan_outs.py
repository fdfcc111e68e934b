"""The states of a fan-out and what it decides for an account."""

from enum import StrEnum


class FanOutState(StrEnum):
    PENDING = "pending"
    PLANNED = "planned"
    FINISHED = "finished"
    EXPIRED = "expired"


TRANSITIONS = {
    FanOutState.PENDING: frozenset(
        {FanOutState.PLANNED, FanOutState.FINISHED, FanOutState.EXPIRED}
    ),
    FanOutState.PLANNED: frozenset({FanOutState.FINISHED}),
    FanOutState.FINISHED: frozenset(),
    FanOutState.EXPIRED: frozenset(),
}


class Decision(StrEnum):
    """PLANNED has intents; SKIPPED had nothing to do; DENIED was refused by a limit or state."""

    PLANNED = "planned"
    SKIPPED = "skipped"
    DENIED = "denied"


class AccountOutcome(StrEnum):
    """One row of the fan-out grid, derived from decision, attempts and fills."""

    PENDING = "pending"
    FILLED = "filled"
    PARTIAL = "partial"
    WORKING = "working"
    SKIPPED = "skipped"
    DENIED = "denied"
    UNKNOWN = "unknown"
    FAILED = "failed"

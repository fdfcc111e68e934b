"""Which stop a position must have, and the legs that give it."""

from enum import StrEnum


class LegState(StrEnum):
    WANTED = "wanted"
    PLACED = "placed"
    TRIGGERED = "triggered"
    CANCELED = "canceled"
    FAILED = "failed"


LEG_TRANSITIONS = {
    LegState.WANTED: frozenset(
        {LegState.PLACED, LegState.TRIGGERED, LegState.CANCELED, LegState.FAILED}
    ),
    LegState.PLACED: frozenset({LegState.TRIGGERED, LegState.CANCELED, LegState.FAILED}),
    LegState.FAILED: frozenset({LegState.WANTED, LegState.PLACED, LegState.CANCELED}),
    LegState.TRIGGERED: frozenset(),
    LegState.CANCELED: frozenset(),
}

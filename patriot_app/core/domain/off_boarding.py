"""The way out of a relationship, step by step; no step can be left out or taken twice."""

from enum import StrEnum


class OffBoardingState(StrEnum):
    """How far an off-boarding is; each word says what has been done.

    STOPPED: nothing is opened any more. FLATTENING: what the desk opened is being closed. FLAT: it
    is. SETTLED: the mandates have ended, their last period is billed as usual. REVOKED: keys are
    destroyed and accounts disabled. CLOSED: the relationship is over.
    """

    STOPPED = "stopped"
    FLATTENING = "flattening"
    FLAT = "flat"
    SETTLED = "settled"
    REVOKED = "revoked"
    CLOSED = "closed"
    ABANDONED = "abandoned"


_S = OffBoardingState
TRANSITIONS = {
    _S.STOPPED: frozenset({_S.FLATTENING, _S.ABANDONED}),
    _S.FLATTENING: frozenset({_S.FLAT}),
    _S.FLAT: frozenset({_S.SETTLED, _S.ABANDONED}),
    _S.SETTLED: frozenset({_S.REVOKED}),
    _S.REVOKED: frozenset({_S.CLOSED}),
    _S.CLOSED: frozenset(),
    _S.ABANDONED: frozenset(),
}
STEPS = (_S.STOPPED, _S.FLATTENING, _S.FLAT, _S.SETTLED, _S.REVOKED, _S.CLOSED)
"""In the order in which they are taken."""


def next_step(state: OffBoardingState) -> OffBoardingState | None:
    """Return the step that comes next; None after the last."""
    if state not in STEPS or state is STEPS[-1]:
        return None
    return STEPS[STEPS.index(state) + 1]

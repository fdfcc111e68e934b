"""The steps of closing a month over all mandates, and which of them waits for somebody."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class CloseStep(StrEnum):
    """What happens to a month, in this order; a mandate that is held stops no other."""

    COMPLETENESS = "completeness"
    TIE_OUT = "tie_out"
    EXCEPTIONS = "exceptions"
    PREVIEW = "preview"
    FINALISE = "finalise"
    SEND = "send"


_PHRASES: tuple[tuple[str, CloseStep], ...] = (
    ("its ledger is not read up to", CloseStep.COMPLETENESS),
    ("may be missing", CloseStep.COMPLETENESS),
    ("was never compared with the wallet", CloseStep.TIE_OUT),
    ("the wallet differs from its rows", CloseStep.TIE_OUT),
)


@dataclass(frozen=True, slots=True)
class MonthCounts:
    """A month over all mandates.

    Attributes:
        due: mandates that were in force in it.
        reasons: of each that is held, why.
        unsent: invoices of the month that nobody was told of.
    """

    due: int
    reasons: Sequence[Sequence[str]]
    drafts: int
    finalised: int
    empty: int
    invoices: int
    unsent: int

    @property
    def uncomputed(self) -> int:
        """Mandates whose turn has not come: an earlier month waits, or the daemon is at work."""
        return self.due - len(self.reasons) - self.drafts - self.finalised - self.empty


@dataclass(frozen=True, slots=True)
class StepProgress:
    """How far one step is.

    Attributes:
        waits: mandates, or invoices, that it still waits for.
        of: how many there are.
    """

    step: CloseStep
    waits: int
    of: int


def step_of(reason: str) -> CloseStep:
    """Return the step at which a reason holds a month."""
    found = (step for phrase, step in _PHRASES if phrase in reason)
    return next(found, CloseStep.EXCEPTIONS)


def steps(counts: MonthCounts) -> tuple[StepProgress, ...]:
    """Return the steps of a month in order."""
    held = {
        step: sum(any(step_of(one) is step for one in reasons) for reasons in counts.reasons)
        for step in CloseStep
    }
    known = len(counts.reasons)
    return (
        StepProgress(
            CloseStep.COMPLETENESS,
            held[CloseStep.COMPLETENESS] + max(0, counts.uncomputed),
            counts.due,
        ),
        StepProgress(CloseStep.TIE_OUT, held[CloseStep.TIE_OUT], counts.due),
        StepProgress(CloseStep.EXCEPTIONS, held[CloseStep.EXCEPTIONS], counts.due),
        StepProgress(CloseStep.PREVIEW, known + max(0, counts.uncomputed), counts.due),
        StepProgress(CloseStep.FINALISE, counts.drafts, counts.drafts + counts.finalised),
        StepProgress(CloseStep.SEND, counts.unsent, counts.invoices),
    )

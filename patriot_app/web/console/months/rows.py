"""How far each month is, as text."""

from dataclasses import dataclass, field

from patriot_app.core.domain.month_steps import CloseStep, StepProgress, step_of
from patriot_app.core.queries.fee_periods import MonthProgress
from patriot_app.web import format, routes
from patriot_app.web.format import Figure
from patriot_app.web.theme import Tone

S = CloseStep
STEP_STATES: dict[str, tuple[Tone, str]] = {
    "done": ("positive", "Done"),
    "waits": ("warning", "Waits"),
    "none": ("neutral", "Nothing yet"),
}
STEP_NAMES: dict[CloseStep, str] = {
    S.COMPLETENESS: "Data complete",
    S.TIE_OUT: "Tie-out",
    S.EXCEPTIONS: "Exceptions",
    S.PREVIEW: "Preview",
    S.FINALISE: "Finalise",
    S.SEND: "Send",
}
NEXT: dict[CloseStep, str] = {
    S.COMPLETENESS: "The daemon reads on by itself; if a key does not work, have it replaced. If it"
    " is gone for good, open the month and leave the account out after its last proved day.",
    S.TIE_OUT: "Find the day that differs under Ledger; the month is computed again by itself.",
    S.EXCEPTIONS: "Classify rows of unknown types under Ledger. Positions that nobody measured at"
    " the end are valued by their trades once those are read; else open the month and value them.",
    S.PREVIEW: "Drafts are computed anew until they are final; open one to see its bridge.",
    S.FINALISE: "Tick the drafts, or all of them, and finalise.",
    S.SEND: "Send what nobody was told of under Invoices.",
}
PLACES: dict[CloseStep, tuple[str, str]] = {
    S.COMPLETENESS: ("Key health", routes.KEY_HEALTH),
    S.TIE_OUT: ("Days that differ", f"{routes.LEDGER}?state=differs"),
    S.EXCEPTIONS: ("Ledger", routes.LEDGER),
    S.SEND: ("Invoices", f"{routes.INVOICES}?sent=no"),
}


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step of closing a month.

    Attributes:
        place, href: where to go on; "" where it is this page.
    """

    id: str
    name: str
    state: str
    stands: str
    next: str
    place: str
    href: str


@dataclass(frozen=True, slots=True)
class ProgressRow:
    """One month over all mandates."""

    id: str = ""
    summary: str = ""
    held: str = ""
    fees: Figure = field(default_factory=Figure)


def progress_row(one: MonthProgress) -> ProgressRow:
    """Show how far a month is."""
    parts = [
        format.plural(one.drafts, "draft") if one.drafts else "",
        f"{format.count(one.finalised)} final" if one.finalised else "",
        f"{format.count(one.empty)} without a fee" if one.empty else "",
    ]
    return ProgressRow(
        id=one.month,
        summary=", ".join(part for part in parts if part) or format.plural(one.mandates, "mandate"),
        held=f"{format.count(one.held)} held" if one.held else "",
        fees=format.money(one.fees),
    )


def step_row(number: int, one: StepProgress) -> StepRow:
    """Show one step, and what to do where it waits."""
    state = "none" if not one.of else "waits" if one.waits else "done"
    place, href = PLACES.get(one.step, ("", "")) if one.waits else ("", "")
    stands = f"{format.count(one.of - one.waits)} of {format.count(one.of)}" if one.of else ""
    return StepRow(
        id=one.step.value,
        name=f"{number}. {STEP_NAMES[one.step]}",
        state=state,
        stands=stands,
        next=NEXT[one.step] if one.waits else "",
        place=place,
        href=href,
    )


def next_steps(reasons: list[str]) -> list[str]:
    """Return what to do about the reasons that hold a month, each once."""
    return list(dict.fromkeys(NEXT[step_of(reason)] for reason in reasons))

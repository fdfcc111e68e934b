"""A way out in words: its steps, and what each does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from patriot_app.core.domain.off_boarding import STEPS, OffBoardingState, next_step
from patriot_app.core.queries.billing import FeeAccrual
from patriot_app.core.queries.off_boardings import Consequences, Progress
from patriot_app.web import format
from patriot_app.web.theme import Tone

_S = OffBoardingState
STEP_STATES: dict[str, tuple[Tone, str]] = {
    "done": ("positive", "Done"),
    "next": ("info", "Next"),
    "later": ("neutral", "Later"),
}
TITLES = {
    _S.STOPPED: "Stop",
    _S.FLATTENING: "Close what the desk opened",
    _S.FLAT: "Confirm that nothing is open",
    _S.SETTLED: "End the mandates",
    _S.REVOKED: "Destroy the keys",
    _S.CLOSED: "End the relationship",
}
DONE = {
    _S.STOPPED: "The client and his accounts are suspended: nothing more is opened.",
    _S.FLATTENING: "What the desk opened was given to the daemons to close.",
    _S.FLAT: "Nothing of the desk's was open any more.",
    _S.SETTLED: "His mandates have ended; their last period is closed and invoiced as usual.",
    _S.REVOKED: "The keys are destroyed and the accounts disabled. The client should delete his keys"
    " at his exchange, too.",
    _S.CLOSED: "The client cannot sign in any more. Figures and record stay.",
}


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step; `step` is the state that it leads to."""

    step: str
    number: str
    title: str
    what: str
    state: str


def step_rows(
    came: Progress | None, now: Consequences, fees: Sequence[FeeAccrual]
) -> list[StepRow]:
    """Show the steps with what each would do as things stand.

    Args:
        fees: of the mandates in force, if their period closed now.
    """
    reached = -1 if came is None else STEPS.index(came.state)
    return [
        StepRow(
            step=step.value,
            number=str(place + 1),
            title=TITLES[step],
            what=(DONE[step] if place <= reached else _what(step, now, came))
            + (_fees(fees) if step is _S.SETTLED else ""),
            state="done" if place <= reached else "next" if place == reached + 1 else "later",
        )
        for place, step in enumerate(STEPS)
    ]


def due_step(came: Progress | None) -> OffBoardingState | None:
    """Return the step that is to be taken now; None: all are done."""
    return STEPS[0] if came is None else next_step(came.state)


def standing(came: Progress | None, *, now: datetime) -> str:
    """Say how far it is."""
    if came is None:
        return "Nothing has been done yet; this is what would happen."
    at = format.moment(came.changed_at, now=now).ago
    if came.state is _S.CLOSED:
        return f"Done {at}. The record keeps everything."
    return f"Begun for: {came.reason}. Last step: {TITLES[came.state].lower()}, {at}."


def clearing(came: Progress | None) -> str:
    """Say how far the closing is."""
    if came is None or came.state is not _S.FLATTENING or came.halt_id is None:
        return ""
    failed = f", {came.failed} failed" if came.failed else ""
    return f"{came.done} of {format.plural(came.accounts, 'account')} cleared{failed}"


def _fees(fees: Sequence[FeeAccrual]) -> str:
    """Say what each mandate would charge if its period closed now."""
    return "".join(f" {_fee(one)}" for one in fees)


def _fee(one: FeeAccrual) -> str:
    if one.accrual is None:
        return f"{one.name}: no rate is in force."
    figure = format.money(one.accrual.fee, unit=one.currency)
    kind = "" if one.is_billable else ", pro forma: not all of its accounts are live"
    waits = f" It waits: {'; '.join(one.warnings)}." if one.warnings else ""
    return f"{one.name}: {figure.text} {figure.unit} if it closed now{kind}.{waits}"


def _what(step: OffBoardingState, now: Consequences, came: Progress | None) -> str:
    if step is _S.STOPPED:
        return (
            f"Suspends {now.name} and {format.plural(now.accounts, 'account')}: nothing more is"
            f" opened; {format.plural(now.shares, 'share')} of deployments stand still; his"
            f" {format.plural(now.sessions, 'session')} end. Can be undone."
        )
    if step is _S.FLATTENING:
        if not now.ours and not now.orders:
            return "Nothing of the desk's is open now."
        size = format.money(now.notional or Decimal(0))
        return (
            f"Cancels {format.plural(now.orders, 'order')} and closes"
            f" {format.plural(now.ours, 'position')} of the desk, about {size.text} {size.unit},"
            " at market. What the client opened himself is left alone."
        )
    if step is _S.FLAT:
        if now.rest:
            rest = format.plural(now.rest, "position")
            return f"{rest} were not opened by the desk: choose whether they stay with the client."
        return clearing(came) or "Refused while an order or position of the desk is open."
    if step is _S.SETTLED:
        return (
            f"Ends {format.plural(now.mandates, 'mandate')} by two persons; the last, shorter"
            " period is invoiced as usual. Final."
        )
    if step is _S.REVOKED:
        return (
            f"Destroys {format.plural(now.keys, 'key')} and disables"
            f" {format.plural(now.accounts, 'account')}. Nothing brings a key back. The client"
            " should delete it at his exchange, too."
        )
    return "Closes the client for good; he cannot sign in any more. Figures and record stay."

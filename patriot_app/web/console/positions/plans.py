"""The exit plan of a position in words: what it will do, at which price, and what it has done."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from patriot_app.core.domain.exit_plans import PlanState, StepState
from patriot_app.core.domain.exit_rules import ExitRules, Trailing, rules_from
from patriot_app.core.queries.positions import PositionSummary
from patriot_app.web import format
from patriot_app.web.format import Moment
from patriot_app.web.parts.prices import shown_price
from patriot_app.web.theme import Tone

PLANS: dict[str, tuple[Tone, str]] = {
    "none": ("neutral", "None"),
    "active": ("positive", "Active"),
    "overridden": ("warning", "Taken over by hand"),
}
OFF = "Off"
_PARTIAL = {
    StepState.DECIDED: "Being closed",
    StepState.DONE: "Done",
    StepState.SKIPPED: "Skipped: the part is below one lot; the stop moved",
    StepState.FAILED: "Given up after several refusals",
}


@dataclass(frozen=True, slots=True)
class PlanRow:
    """What the drawer shows of a plan."""

    state: str = "none"
    trailing: str = OFF
    partial: str = OFF
    break_even: str = OFF
    best: str = format.EMPTY
    trailing_since: Moment = field(default_factory=Moment)
    break_even_at: Moment = field(default_factory=Moment)


def plan_row(position: PositionSummary, *, now: datetime) -> PlanRow:
    """Show a position's plan."""
    if position.plan_state is None:
        return PlanRow()
    rules = rules_from(position.plan_rules or {})
    return PlanRow(
        state=PlanState(position.plan_state).value,
        trailing=trailing_text(position, rules),
        partial=partial_text(position, rules),
        break_even=break_even_text(position, rules),
        best=shown_price(position.best_price),
        trailing_since=format.moment(position.trailing_since, now=now),
        break_even_at=format.moment(position.break_even_at, now=now),
    )


def trailing_text(position: PositionSummary, rules: ExitRules) -> str:
    """Say at which distance the stop follows, or from which price on it will."""
    if rules.trailing is Trailing.OFF:
        return OFF
    if rules.trailing is Trailing.PERCENT:
        distance = f"{_percent(rules.trailing_callback)} of the best price"
    else:
        distance = f"{_times(rules.trailing_distance)} the first risk"
    if position.trailing_since is not None:
        return f"Follows at {distance}"
    begins = position.entry_price * (1 + _sign(position) * rules.trailing_activation)
    return f"From {shown_price(begins)} on, at {distance}"


def partial_text(position: PositionSummary, rules: ExitRules) -> str:
    """Say which part is closed at which price, or that it is done."""
    if rules.partial_trigger <= 0:
        return OFF
    step = StepState(position.partial or StepState.WAITING)
    if step is not StepState.WAITING:
        return _PARTIAL[step]
    if position.wanted_target is None:
        return "Needs a target"
    way = position.wanted_target - position.entry_price
    trigger = position.entry_price + way * rules.partial_trigger
    stop = position.entry_price + way * rules.partial_stop
    return (
        f"At {shown_price(trigger)}: closes {_percent(rules.partial_close)}, "
        f"stop to {shown_price(stop)}"
    )


def break_even_text(position: PositionSummary, rules: ExitRules) -> str:
    """Say at which price the stop goes to the entry, or that it did."""
    if rules.break_even <= 0:
        return OFF
    if position.break_even_at is not None:
        return "Done"
    if position.first_stop is None:
        return format.EMPTY
    risk = abs(position.entry_price - position.first_stop)
    trigger = position.entry_price + _sign(position) * risk * rules.break_even
    return f"At {shown_price(trigger)}"


def _sign(position: PositionSummary) -> int:
    return 1 if position.quantity > 0 else -1


def _percent(fraction: Decimal) -> str:
    return f"{format.exact(fraction * 100)} %"


def _times(multiple: Decimal) -> str:
    return f"{format.exact(multiple)} ×"

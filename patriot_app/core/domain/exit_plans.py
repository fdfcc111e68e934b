"""How a position is left while it runs well: the stop follows the price, a part is closed early.

Nothing here loosens a stop, and nothing is done twice: what a plan has done is part of its facts,
recorded before anything acts, so that whoever goes on after a crash goes on from there. The stop is
always a real order at the exchange; only the decision to move it is the desk's, on mark prices.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from patriot_app.core.domain.exit_rules import ExitRules, Trailing
from patriot_app.core.domain.instruments import Instrument, round_quantity_down, round_trigger
from patriot_app.core.domain.orders import IntentState, Leg, Side

_ZERO = Decimal(0)
_ONE = Decimal(1)
TRAILING_STEP = Decimal("0.1")
"""A trailing stop moves by at least this part of its distance, so that not every tick is an order."""
PARTIAL_TRIES_MAX = 5
"""Orders for one partial close; each after the end of the one before without any trade."""


class PlanState(StrEnum):
    """OVERRIDDEN: a person moved the stop away from the price, and the plan does nothing more."""

    ACTIVE = "active"
    OVERRIDDEN = "overridden"
    ENDED = "ended"


PLAN_TRANSITIONS = {
    PlanState.ACTIVE: frozenset({PlanState.OVERRIDDEN, PlanState.ENDED}),
    PlanState.OVERRIDDEN: frozenset({PlanState.ENDED}),
    PlanState.ENDED: frozenset(),
}


class StepState(StrEnum):
    """Where the partial close stands. SKIPPED: the part is smaller than one lot."""

    WAITING = "waiting"
    DECIDED = "decided"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"


STEP_TRANSITIONS = {
    StepState.WAITING: frozenset({StepState.DECIDED, StepState.SKIPPED}),
    # An order that ended without a trade gives the step back, a few times.
    StepState.DECIDED: frozenset({StepState.DONE, StepState.WAITING, StepState.FAILED}),
    StepState.DONE: frozenset(),
    StepState.SKIPPED: frozenset(),
    StepState.FAILED: frozenset(),
}


class StopMove(StrEnum):
    """Why a stop was moved."""

    TRAILING = "trailing"
    BREAK_EVEN = "break_even"
    PARTIAL = "partial"


@dataclass(frozen=True, slots=True)
class ExitFacts:
    """A position with a plan, as recorded.

    Attributes:
        quantity: signed contract units, not zero.
        stop, target: what is wanted now.
        first_stop: the stop that the position began with.
        best_price: the most favourable mark price seen since.
    """

    quantity: Decimal
    entry_price: Decimal
    stop: Decimal
    target: Decimal | None
    first_stop: Decimal
    best_price: Decimal
    partial: StepState

    @property
    def sign(self) -> int:
        """+1 for a long position, -1 for a short one."""
        return 1 if self.quantity > 0 else -1

    @property
    def closes(self) -> Side:
        return Side.SELL if self.quantity > 0 else Side.BUY


@dataclass(frozen=True, slots=True)
class ExitStep:
    """What is to be done now.

    Attributes:
        best_price: to be recorded.
        stop: where the stop is to go, on the grid; None if it stays.
        partial: what becomes of the partial close.
        quantity: to be closed at market, on the grid; 0 if nothing.
        is_trailing: the stop follows the price from now on.
    """

    best_price: Decimal
    stop: Decimal | None
    why: StopMove | None
    partial: StepState
    quantity: Decimal
    is_trailing: bool


def next_step(
    rules: ExitRules, facts: ExitFacts, instrument: Instrument, mark_price: Decimal
) -> ExitStep:
    """Decide on a mark price.

    Only a new best price moves a stop, so that a stop is never moved beyond the present price; and
    of several reasons the one that protects most wins.
    """
    assert facts.quantity != 0
    is_better = (mark_price - facts.best_price) * facts.sign > 0
    best = mark_price if is_better else facts.best_price
    partial, quantity = _partial(rules, facts, instrument, mark_price)
    stop, why = None, None
    wanted = [*_candidates(rules, facts, best, is_taken=partial is not facts.partial)]
    for reason, price, least_move in wanted:
        if price <= 0:
            continue
        rounded = round_trigger(instrument, price, closes=facts.closes, leg=Leg.STOP_LOSS)
        gained = (rounded - (facts.stop if stop is None else stop)) * facts.sign
        is_safe = (mark_price - rounded) * facts.sign > 0
        if gained > 0 and gained >= least_move and is_safe:
            stop, why = rounded, reason
    return ExitStep(
        best_price=best,
        stop=stop,
        why=why,
        partial=partial,
        quantity=quantity,
        is_trailing=_is_trailing(rules, facts, best),
    )


def is_notable(facts: ExitFacts, step: ExitStep) -> bool:
    """Tell whether a step must be recorded; a best price alone is, once it is worth a step.

    What a crash can lose of the best price is less than what moves a stop.
    """
    if step.stop is not None or step.partial is not facts.partial:
        return True
    gained = (step.best_price - facts.best_price) * facts.sign
    return gained > 0 and gained >= TRAILING_STEP * _risk(facts)


def partial_after(
    state: StepState, intent: IntentState | None, *, filled: Decimal, tries: int
) -> StepState:
    """Return where a partial close stands after what its order came to.

    Args:
        intent: None if there is none.
        filled: contract units that its order traded.
        tries: orders so far.
    """
    if state is not StepState.DECIDED:
        return state
    if intent in {IntentState.PLANNED, IntentState.EXECUTING, IntentState.BLOCKED}:
        return state
    if filled > 0:
        return StepState.DONE
    return StepState.FAILED if tries >= PARTIAL_TRIES_MAX else StepState.WAITING


def _partial(
    rules: ExitRules, facts: ExitFacts, instrument: Instrument, mark_price: Decimal
) -> tuple[StepState, Decimal]:
    way = _way(facts)
    if facts.partial is not StepState.WAITING or rules.partial_trigger <= 0 or way is None:
        return facts.partial, _ZERO
    if (mark_price - facts.entry_price) * facts.sign < way * rules.partial_trigger:
        return facts.partial, _ZERO
    share = abs(facts.quantity) * rules.partial_close
    quantity = round_quantity_down(instrument, min(share, instrument.market_quantity_max))
    if quantity < max(instrument.quantity_min, instrument.step_size):
        return StepState.SKIPPED, _ZERO
    return StepState.DECIDED, quantity


def _candidates(
    rules: ExitRules, facts: ExitFacts, best: Decimal, *, is_taken: bool
) -> list[tuple[StopMove, Decimal, Decimal]]:
    """Return where the stop could go, with the least distance that is worth a move."""
    found: list[tuple[StopMove, Decimal, Decimal]] = []
    way = _way(facts)
    if is_taken and way is not None:
        price = facts.entry_price + facts.sign * way * rules.partial_stop
        found.append((StopMove.PARTIAL, price, _ZERO))
    gain = (best - facts.entry_price) * facts.sign
    if rules.break_even > 0 and gain >= _risk(facts) * rules.break_even:
        price = facts.entry_price * (_ONE + facts.sign * rules.break_even_margin)
        found.append((StopMove.BREAK_EVEN, price, _ZERO))
    if _is_trailing(rules, facts, best):
        is_percent = rules.trailing is Trailing.PERCENT
        distance = (
            best * rules.trailing_callback if is_percent else _risk(facts) * rules.trailing_distance
        )
        price = best - facts.sign * distance
        found.append((StopMove.TRAILING, price, distance * TRAILING_STEP))
    return found


def _is_trailing(rules: ExitRules, facts: ExitFacts, best: Decimal) -> bool:
    if rules.trailing is Trailing.OFF:
        return False
    gain = (best - facts.entry_price) * facts.sign
    return gain >= facts.entry_price * rules.trailing_activation


def _way(facts: ExitFacts) -> Decimal | None:
    """Return the distance from entry to target; None without a target beyond the entry."""
    if facts.target is None:
        return None
    way = (facts.target - facts.entry_price) * facts.sign
    return way if way > 0 else None


def _risk(facts: ExitFacts) -> Decimal:
    """Return the distance of the first stop."""
    return max((facts.entry_price - facts.first_stop) * facts.sign, _ZERO)

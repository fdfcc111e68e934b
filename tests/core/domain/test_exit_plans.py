from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.exit_plans import (
    PARTIAL_TRIES_MAX,
    PLAN_TRANSITIONS,
    STEP_TRANSITIONS,
    ExitFacts,
    StepState,
    StopMove,
    is_notable,
    next_step,
    partial_after,
)
from patriot_app.core.domain.exit_rules import ExitRules, Trailing
from patriot_app.core.domain.orders import IntentState
from tests.factories.market import make_instrument

RULE_80_80_50 = ExitRules(
    partial_trigger=Decimal("0.8"), partial_close=Decimal("0.8"), partial_stop=Decimal("0.5")
)
TRAILING = ExitRules(
    trailing=Trailing.PERCENT,
    trailing_activation=Decimal("0.01"),
    trailing_callback=Decimal("0.01"),
)
LONG = ExitFacts(
    quantity=Decimal("0.5"),
    entry_price=Decimal(45_000),
    stop=Decimal(44_000),
    target=Decimal(47_000),
    first_stop=Decimal(44_000),
    best_price=Decimal(45_000),
    partial=StepState.WAITING,
)
SHORT = replace(
    LONG,
    quantity=Decimal("-0.5"),
    stop=Decimal(46_000),
    target=Decimal(43_000),
    first_stop=Decimal(46_000),
)
BTC = make_instrument()


@pytest.mark.parametrize(
    ("facts", "before", "trigger", "stop"),
    [(LONG, "46599.9", "46600", "46000"), (SHORT, "43400.1", "43400", "44000")],
)
def test_a_part_is_closed_once_most_of_the_way_is_covered(
    facts: ExitFacts, before: str, trigger: str, stop: str
) -> None:
    early = next_step(RULE_80_80_50, facts, BTC, Decimal(before))
    assert (early.partial, early.quantity, early.stop) == (StepState.WAITING, 0, None)
    step = next_step(RULE_80_80_50, facts, BTC, Decimal(trigger))
    assert step.partial is StepState.DECIDED
    assert step.quantity == Decimal("0.4")
    assert step.stop == Decimal(stop)
    assert step.why is StopMove.PARTIAL


@pytest.mark.parametrize(
    "done", [StepState.DECIDED, StepState.DONE, StepState.SKIPPED, StepState.FAILED]
)
def test_a_part_is_closed_once_only(done: StepState) -> None:
    facts = replace(LONG, partial=done, stop=Decimal(46_000), quantity=Decimal("0.1"))
    step = next_step(RULE_80_80_50, facts, BTC, Decimal(46_900))
    assert (step.partial, step.quantity, step.stop) == (done, 0, None)


def test_the_part_is_rounded_down_to_the_step() -> None:
    facts = replace(LONG, quantity=Decimal("0.009"))
    assert next_step(RULE_80_80_50, facts, BTC, Decimal(46_600)).quantity == Decimal("0.007")


def test_a_part_below_one_lot_is_skipped_and_the_stop_still_moves() -> None:
    facts = replace(LONG, quantity=Decimal("0.001"))
    step = next_step(RULE_80_80_50, facts, BTC, Decimal(46_600))
    assert (step.partial, step.quantity, step.stop) == (StepState.SKIPPED, 0, Decimal(46_000))


def test_without_a_target_there_is_no_way_to_cover() -> None:
    step = next_step(RULE_80_80_50, replace(LONG, target=None), BTC, Decimal(60_000))
    assert (step.partial, step.stop) == (StepState.WAITING, None)


def test_a_trailing_stop_waits_for_its_activation() -> None:
    assert next_step(TRAILING, LONG, BTC, Decimal(45_449)).stop is None
    step = next_step(TRAILING, LONG, BTC, Decimal(45_450))
    assert step.is_trailing
    assert step.stop == Decimal("44995.5")


def test_a_trailing_stop_follows_the_best_price_and_never_comes_back() -> None:
    moved = replace(LONG, stop=Decimal("45540"), best_price=Decimal(46_000))
    assert next_step(TRAILING, moved, BTC, Decimal(45_700)).stop is None
    assert next_step(TRAILING, moved, BTC, Decimal(46_500)).stop == Decimal(46_035)


def test_a_trailing_stop_does_not_move_for_every_tick() -> None:
    moved = replace(LONG, stop=Decimal("45540"), best_price=Decimal(46_000))
    step = next_step(TRAILING, moved, BTC, Decimal(46_010))
    assert step.stop is None
    assert not is_notable(moved, step)


def test_a_distance_may_be_counted_in_the_first_risk() -> None:
    rules = replace(TRAILING, trailing=Trailing.RISK, trailing_distance=Decimal("0.5"))
    assert next_step(rules, LONG, BTC, Decimal(46_500)).stop == Decimal(46_000)
    assert next_step(rules, SHORT, BTC, Decimal(43_500)).stop == Decimal(44_000)


def test_the_stop_goes_to_the_entry_once_the_risk_is_earned() -> None:
    rules = ExitRules(break_even=Decimal(1), break_even_margin=Decimal(0))
    assert next_step(rules, LONG, BTC, Decimal(45_999)).stop is None
    step = next_step(rules, LONG, BTC, Decimal(46_000))
    assert (step.stop, step.why) == (Decimal(45_000), StopMove.BREAK_EVEN)
    assert next_step(rules, replace(LONG, stop=Decimal(45_000)), BTC, Decimal(46_100)).stop is None


def test_a_stop_at_the_entry_is_never_put_beyond_the_price() -> None:
    rules = ExitRules(break_even=Decimal("0.01"), break_even_margin=Decimal("0.01"))
    assert next_step(rules, LONG, BTC, Decimal(45_100)).stop is None
    assert next_step(rules, LONG, BTC, Decimal(45_500)).stop == Decimal(45_450)


def test_what_became_of_the_order_decides_the_step() -> None:
    decided = StepState.DECIDED
    for working in (IntentState.PLANNED, IntentState.EXECUTING, IntentState.BLOCKED):
        assert partial_after(decided, working, filled=Decimal(0), tries=1) is decided
    for ended in (IntentState.DONE, IntentState.PARTIALLY_DONE, IntentState.EXPIRED):
        done = partial_after(decided, ended, filled=Decimal("0.1"), tries=1)
        assert done is StepState.DONE
    failed = IntentState.FAILED
    assert partial_after(decided, failed, filled=Decimal(0), tries=1) is StepState.WAITING
    last = partial_after(decided, failed, filled=Decimal(0), tries=PARTIAL_TRIES_MAX)
    assert last is StepState.FAILED


def test_what_is_done_stays_done() -> None:
    for state in (StepState.DONE, StepState.SKIPPED, StepState.FAILED, StepState.WAITING):
        after = partial_after(state, IntentState.FAILED, filled=Decimal(0), tries=1)
        assert after is state


def test_every_state_of_the_tables_is_listed_and_some_are_final() -> None:
    assert set(STEP_TRANSITIONS) == set(StepState)
    assert {s for s, arrows in PLAN_TRANSITIONS.items() if not arrows} == {"ended"}


PRICES = st.lists(
    st.decimals(min_value=40_000, max_value=50_000, places=1), min_size=1, max_size=40
)
RULES = st.builds(
    ExitRules,
    trailing=st.sampled_from(Trailing),
    trailing_activation=st.decimals(min_value=0, max_value="0.05", places=3),
    trailing_callback=st.decimals(min_value="0.001", max_value="0.05", places=3),
    trailing_distance=st.decimals(min_value="0.1", max_value=3, places=1),
    partial_trigger=st.decimals(min_value="0.5", max_value="0.9", places=1),
    partial_close=st.decimals(min_value="0.1", max_value="0.9", places=1),
    partial_stop=st.decimals(min_value=0, max_value="0.4", places=1),
    break_even=st.decimals(min_value=0, max_value=2, places=1),
)


@given(prices=PRICES, rules=RULES, facts=st.sampled_from((LONG, SHORT)))
def test_whatever_the_price_does_the_stop_only_tightens_and_the_part_closes_once(
    prices: list[Decimal], rules: ExitRules, facts: ExitFacts
) -> None:
    held = abs(facts.quantity)
    closed = 0
    for price in prices:
        step = next_step(rules, facts, BTC, price)
        assert (step.best_price - facts.best_price) * facts.sign >= 0
        if step.stop is not None:
            assert (step.stop - facts.stop) * facts.sign > 0
            assert (price - step.stop) * facts.sign > 0
            assert step.stop % BTC.tick_size == 0
        assert step.quantity % BTC.step_size == 0
        closed += step.quantity > 0
        left = abs(facts.quantity) - step.quantity
        assert 0 < left <= held
        facts = replace(
            facts,
            best_price=step.best_price,
            stop=facts.stop if step.stop is None else step.stop,
            partial=step.partial,
            quantity=left * facts.sign,
        )
    assert closed <= 1

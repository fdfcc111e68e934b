from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.attempts import (
    ENDED,
    Merged,
    intent_state_of,
    merge_report,
    merge_trades,
)
from patriot_app.core.domain.orders import ATTEMPT_TRANSITIONS, AttemptState, IntentState
from tests.factories.orders import make_report

A = AttemptState
ONE = Decimal(1)


def merged(state: AttemptState, known: str, reported: AttemptState, filled: str) -> Merged:
    report = make_report(state=reported, filled_quantity=Decimal(filled))
    return merge_report(state, Decimal(known), report, quantity=ONE)


@pytest.mark.parametrize(
    ("state", "known", "reported", "filled", "expected", "cumulative"),
    [
        (A.SENDING, "0", A.OPEN, "0", A.OPEN, "0"),
        (A.SENDING, "0", A.FILLED, "1", A.FILLED, "1"),
        (A.UNKNOWN, "0", A.CANCELED, "0.3", A.CANCELED, "0.3"),
        (A.UNKNOWN, "0", A.REJECTED, "0", A.REJECTED, "0"),
        (A.OPEN, "0", A.OPEN, "0.4", A.PARTIALLY_FILLED, "0.4"),
        (A.OPEN, "0", A.OPEN, "1", A.FILLED, "1"),
        (A.PARTIALLY_FILLED, "0.4", A.PARTIALLY_FILLED, "0.7", A.PARTIALLY_FILLED, "0.7"),
        (A.PARTIALLY_FILLED, "0.4", A.REJECTED, "0.4", A.CANCELED, "0.4"),
        (A.CANCELED, "0.4", A.CANCELED, "0.6", A.CANCELED, "0.6"),
        (A.CANCELED, "0.4", A.FILLED, "1", A.FILLED, "1"),
        (A.CANCELED, "0.4", A.PARTIALLY_FILLED, "0.5", A.LATE_FILLED, "0.5"),
        (A.REJECTED, "0", A.PARTIALLY_FILLED, "0.5", A.LATE_FILLED, "0.5"),
        (A.ABSENT, "0", A.FILLED, "1", A.LATE_FILLED, "1"),
        (A.CREATED, "0", A.FILLED, "1", A.FILLED, "1"),
    ],
)
def test_reports_move_attempts_along_the_table(
    state: AttemptState,
    known: str,
    reported: AttemptState,
    filled: str,
    expected: AttemptState,
    cumulative: str,
) -> None:
    after = merged(state, known, reported, filled)
    assert (after.state, after.filled_quantity) == (expected, Decimal(cumulative))
    assert after.is_changed


def test_an_older_report_changes_nothing() -> None:
    after = merged(A.FILLED, "1", A.PARTIALLY_FILLED, "0.4")
    assert after == Merged(A.FILLED, ONE, is_changed=False, is_stale=True)


def test_the_same_report_twice_changes_nothing() -> None:
    assert not merged(A.FILLED, "1", A.FILLED, "1").is_changed
    assert not merged(A.OPEN, "0", A.OPEN, "0").is_changed


def test_a_late_fill_raises_the_alarm() -> None:
    assert merged(A.ABSENT, "0", A.FILLED, "1").is_late_fill
    after = merge_trades(A.CANCELED, Decimal(0), traded_quantity=Decimal("0.5"), quantity=ONE)
    assert after.is_late_fill
    assert after.state is A.LATE_FILLED


def test_an_order_that_cannot_live_but_does_is_a_contradiction() -> None:
    assert merged(A.ABSENT, "0", A.OPEN, "0").is_contradiction
    assert merged(A.VOID, "0", A.FILLED, "1").is_contradiction
    assert merged(A.CREATED, "0", A.REJECTED, "0").is_contradiction


def test_trades_alone_fill_an_order_whose_answer_is_missing() -> None:
    half = merge_trades(A.SENDING, Decimal(0), traded_quantity=Decimal("0.5"), quantity=ONE)
    assert half.state is A.PARTIALLY_FILLED
    whole = merge_trades(half.state, half.filled_quantity, traded_quantity=ONE, quantity=ONE)
    assert whole.state is A.FILLED


reports = st.tuples(
    st.sampled_from([A.OPEN, A.PARTIALLY_FILLED, A.FILLED, A.CANCELED, A.EXPIRED, A.REJECTED]),
    st.integers(0, 10).map(lambda tenth: Decimal(tenth) / 10),
)


@given(start=st.sampled_from(AttemptState), events=st.lists(reports, max_size=12))
def test_quantity_never_falls_and_what_ended_never_reopens(
    start: AttemptState, events: list[tuple[AttemptState, Decimal]]
) -> None:
    state, filled = start, Decimal(0)
    for reported, cumulative in events:
        report = make_report(state=reported, filled_quantity=cumulative)
        after = merge_report(state, filled, report, quantity=ONE)
        assert after.filled_quantity >= filled
        if after.state is not state:
            assert after.state in ATTEMPT_TRANSITIONS[state]
        if state in ENDED:
            assert after.state in ENDED
        assert after.is_changed == ((after.state, after.filled_quantity) != (state, filled))
        state, filled = after.state, after.filled_quantity


@given(events=st.permutations([("0.2", A.OPEN), ("0.6", A.PARTIALLY_FILLED), ("1", A.FILLED)]))
def test_a_filled_order_is_filled_in_whatever_order_its_events_come(
    events: list[tuple[str, AttemptState]],
) -> None:
    state, filled = A.SENDING, Decimal(0)
    for cumulative, reported in events:
        after = merged(state, str(filled), reported, cumulative)
        state, filled = after.state, after.filled_quantity
    assert (state, filled) == (A.FILLED, ONE)


@pytest.mark.parametrize(
    ("state", "filled", "expected"),
    [
        (A.CREATED, "0", IntentState.PLANNED),
        (A.SENDING, "0", IntentState.EXECUTING),
        (A.UNKNOWN, "0", IntentState.EXECUTING),
        (A.QUARANTINED, "0", IntentState.BLOCKED),
        (A.FILLED, "1", IntentState.DONE),
        (A.CANCELED, "0.5", IntentState.PARTIALLY_DONE),
        (A.LATE_FILLED, "1", IntentState.DONE),
        (A.REJECTED, "0", IntentState.FAILED),
        (A.VOID, "0", IntentState.EXPIRED),
    ],
)
def test_the_last_attempt_decides_the_intent(
    state: AttemptState, filled: str, expected: IntentState
) -> None:
    assert intent_state_of(state, filled_quantity=Decimal(filled), quantity=ONE) is expected

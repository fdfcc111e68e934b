from decimal import Decimal

import pytest

from patriot_app.core.domain.fan_outs import AccountOutcome, Decision, outcome_of
from patriot_app.core.domain.orders import AttemptState, TimeInForce

A = AttemptState
Row = AccountOutcome


@pytest.mark.parametrize(
    ("state", "filled", "expected"),
    [
        (None, "0", Row.PENDING),
        (A.CREATED, "0", Row.PENDING),
        (A.SENDING, "0", Row.PENDING),
        (A.UNKNOWN, "0", Row.UNKNOWN),
        (A.QUARANTINED, "0.4", Row.UNKNOWN),
        (A.OPEN, "0", Row.WORKING),
        (A.PARTIALLY_FILLED, "0.4", Row.PARTIAL),
        (A.CANCELED, "0.4", Row.PARTIAL),
        (A.FILLED, "1", Row.FILLED),
        (A.LATE_FILLED, "1", Row.FILLED),
        (A.REJECTED, "0", Row.FAILED),
        (A.VOID, "0", Row.FAILED),
        (A.ABSENT, "0", Row.FAILED),
    ],
)
def test_attempts_and_fills_give_the_row_of_the_grid(
    state: AttemptState | None, filled: str, expected: AccountOutcome
) -> None:
    outcome = outcome_of(
        Decision.PLANNED, state=state, filled_quantity=Decimal(filled), quantity=Decimal(1)
    )
    assert outcome is expected


@pytest.mark.parametrize(
    ("cause", "time_in_force", "expected"),
    [
        ("expired", TimeInForce.GTC, Row.EXPIRED),
        ("superseded", TimeInForce.GTC, Row.SUPERSEDED),
        ("operator", TimeInForce.POST_ONLY, Row.CANCELLED),
        ("shutdown", TimeInForce.GTC, Row.CANCELLED),
        ("halt", None, Row.CANCELLED),
        ("", TimeInForce.IOC, Row.EXPIRED),
        ("", TimeInForce.FOK, Row.EXPIRED),
        ("", TimeInForce.GTC, Row.FAILED),
        ("", None, Row.FAILED),
    ],
)
@pytest.mark.parametrize("state", [A.CANCELED, A.EXPIRED])
def test_an_entry_that_ended_as_it_was_meant_to_did_not_fail(
    state: AttemptState, cause: str, time_in_force: TimeInForce | None, expected: AccountOutcome
) -> None:
    ended = {
        filled: outcome_of(
            Decision.PLANNED,
            state=state,
            filled_quantity=Decimal(filled),
            quantity=Decimal(1),
            cancel_cause=cause,
            time_in_force=time_in_force,
        )
        for filled in ("0", "0.4")
    }
    assert ended == {"0": expected, "0.4": Row.PARTIAL}


@pytest.mark.parametrize("state", [None, *AttemptState])
def test_every_state_has_a_row(state: AttemptState | None) -> None:
    for decision in Decision:
        outcome = outcome_of(decision, state=state, filled_quantity=Decimal(0), quantity=None)
        assert (outcome is Row.SKIPPED) == (decision is Decision.SKIPPED)
        assert (outcome is Row.DENIED) == (decision is Decision.DENIED)

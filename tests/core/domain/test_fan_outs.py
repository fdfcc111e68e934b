from decimal import Decimal

import pytest

from patriot_app.core.domain.fan_outs import AccountOutcome, Decision, outcome_of
from patriot_app.core.domain.orders import AttemptState

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


@pytest.mark.parametrize("state", [None, *AttemptState])
def test_every_state_has_a_row(state: AttemptState | None) -> None:
    for decision in Decision:
        outcome = outcome_of(decision, state=state, filled_quantity=Decimal(0), quantity=None)
        assert (outcome is Row.SKIPPED) == (decision is Decision.SKIPPED)
        assert (outcome is Row.DENIED) == (decision is Decision.DENIED)

from collections import Counter
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.fan_outs import AccountOutcome, Decision, in_turn, outcome_of
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


@given(
    accounts=st.lists(st.uuids(), min_size=1, max_size=40, unique=True),
    begin=st.integers(0, 10_000),
    rounds=st.integers(1, 4),
)
def test_every_account_has_every_place_equally_often(
    accounts: list[UUID], begin: int, rounds: int
) -> None:
    places: Counter[tuple[UUID, int]] = Counter()
    for turn in range(begin, begin + rounds * len(accounts)):
        served = in_turn(accounts, turn)
        assert sorted(served) == sorted(accounts)
        assert served == in_turn(accounts, turn)
        places.update((account, place) for place, account in enumerate(served))
    assert set(places.values()) == {rounds}
    assert len(places) == len(accounts) ** 2


def test_nobody_has_a_turn_where_there_is_no_account() -> None:
    assert in_turn([], 3) == []

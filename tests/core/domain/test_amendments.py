"""What an exchange's picture of an order proves of a change of it."""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from patriot_app.core.domain.amendments import (
    AMENDMENT_TRANSITIONS,
    LIVE_AMENDMENTS,
    Amendment,
    AmendmentState,
    Replaced,
    quantity_allowed,
    quantity_left,
    verdict_on,
)
from patriot_app.core.domain.orders import AttemptState, Side
from tests.factories.orders import make_report

PRICES = st.decimals(min_value="1", max_value="200000", places=2)
QUANTITIES = st.decimals(min_value="0.001", max_value="1000", places=3)
WANTED = Amendment(
    amendment_id=UUID(int=1),
    attempt_id=UUID(int=2),
    account_id=UUID(int=3),
    shard=0,
    price=Decimal(99),
    quantity=Decimal(2),
    former_price=Decimal(100),
    former_quantity=Decimal(3),
    state=AmendmentState.UNKNOWN,
)
OLD = make_report(state=AttemptState.OPEN, price=Decimal(100), quantity=Decimal(3))
NEW = replace(OLD, price=Decimal(99), quantity=Decimal(2))


@given(former=PRICES, price=PRICES, stop=PRICES, quantity=QUANTITIES, side=st.sampled_from(Side))
def test_neither_risk_nor_notional_grows_by_a_change(
    former: Decimal, price: Decimal, stop: Decimal, quantity: Decimal, side: Side
) -> None:
    assume((former - stop) * side.sign > 0)
    most = quantity_allowed(
        side=side, former_price=former, former_quantity=quantity, price=price, stop=stop
    )
    assert most <= quantity
    assert most * (price - stop) * side.sign <= quantity * (former - stop) * side.sign + Decimal(
        "1E-9"
    )
    assert most * price <= quantity * former + Decimal("1E-9")
    assert (most > 0) is ((price - stop) * side.sign > 0)


@pytest.mark.parametrize("is_over", [True, False])
def test_the_new_price_and_quantity_prove_it_whenever_they_are_seen(is_over: bool) -> None:
    assert verdict_on(WANTED, NEW, is_over=is_over) is AmendmentState.APPLIED
    filled = replace(NEW, state=AttemptState.FILLED, filled_quantity=Decimal(2))
    assert verdict_on(WANTED, filled, is_over=is_over) is AmendmentState.APPLIED


def test_the_old_ones_prove_nothing_until_the_request_is_over() -> None:
    assert verdict_on(WANTED, OLD, is_over=False) is None
    assert verdict_on(WANTED, OLD, is_over=True) is AmendmentState.ABSENT


def test_an_order_that_ended_as_it_was_is_changed_no_more() -> None:
    ended = replace(OLD, state=AttemptState.FILLED, filled_quantity=Decimal(3))
    assert verdict_on(WANTED, ended, is_over=False) is AmendmentState.ABSENT


def test_what_is_settled_stays_settled() -> None:
    for state, arrows in AMENDMENT_TRANSITIONS.items():
        assert bool(arrows) is (state in LIVE_AMENDMENTS)


REPLACED = Replaced(
    filled_quantity=Decimal("0.5"),
    cancel_cause="replaced",
    held_quantity=Decimal("0.5"),
    has_other_orders=False,
    is_superseded=False,
    is_expired=False,
)


@given(filled=QUANTITIES, least=QUANTITIES)
def test_both_orders_of_a_replacement_together_never_exceed_what_was_wanted(
    filled: Decimal, least: Decimal
) -> None:
    replaced = replace(REPLACED, filled_quantity=filled)
    left, why = quantity_left(WANTED, replaced, least=least)
    assert bool(left) is not bool(why)
    if left:
        assert left >= least
        assert filled + left == WANTED.quantity
    else:
        assert WANTED.quantity - filled < least


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"cancel_cause": "operator"}, "another reason"),
        ({"cancel_cause": ""}, "ended by itself"),
        ({"is_superseded": True}, "newer signal"),
        ({"is_expired": True}, "end has come"),
        ({"has_other_orders": True}, "under way"),
        ({"held_quantity": Decimal(0)}, "closed"),
    ],
)
def test_nothing_follows_an_entry_that_is_wanted_no_more(change: dict[str, Any], why: str) -> None:
    left, told = quantity_left(WANTED, replace(REPLACED, **change), least=Decimal("0.001"))
    assert left == 0
    assert why in told

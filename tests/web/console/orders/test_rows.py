"""Orders in words."""

from datetime import timedelta
from decimal import Decimal

import pytest

from patriot_app.core.domain.orders import AttemptState
from patriot_app.web.console.orders.rows import STATES, cancel_text, order_row, progress
from tests.web.console.read_models import NOW, make_order_summary


def test_every_state_of_an_order_has_a_word() -> None:
    assert set(STATES) == {state.value for state in AttemptState}


@pytest.mark.parametrize("state", list(AttemptState))
def test_only_a_working_order_can_be_cancelled(state: AttemptState) -> None:
    row = order_row(make_order_summary(state=state), now=NOW)
    assert row.can_cancel is (state in {AttemptState.OPEN, AttemptState.PARTIALLY_FILLED})


def test_an_order_that_closes_everything_has_no_quantity() -> None:
    assert progress(Decimal("0.20"), None) == "0.2 / all"
    assert progress(Decimal("0.20"), Decimal("0.5")) == "0.2 / 0.5"


def test_the_price_is_what_was_paid_or_else_what_triggers_it() -> None:
    paid = make_order_summary(average_price=Decimal("62410.123456"))
    waiting = make_order_summary(trigger_price=Decimal(61_000))
    assert order_row(paid, now=NOW).price == "62,410.12"
    assert order_row(waiting, now=NOW).price == "at 61,000"


def test_the_latency_runs_from_sending_to_the_answer() -> None:
    order = make_order_summary(acknowledged_at=NOW + timedelta(milliseconds=61))
    assert order_row(order, now=NOW).latency == "61 ms"


def test_cancelling_a_stop_says_what_is_lost() -> None:
    stop = order_row(make_order_summary(leg="stop_loss"), now=NOW)
    assert "left without this protection" in cancel_text(stop)
    assert "protection" not in cancel_text(order_row(make_order_summary(), now=NOW))

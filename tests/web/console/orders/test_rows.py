"""Orders in words."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from patriot_app.core.domain.orders import AttemptState
from patriot_app.core.queries.withdrawals import Withdrawal
from patriot_app.web.console.orders.rows import (
    STATES,
    WithdrawalRow,
    cancel_text,
    order_row,
    progress,
    withdrawal_row,
)
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


@pytest.mark.parametrize(
    ("code", "evidence", "said"),
    [
        ("", "HTTP 200", "HTTP 200"),
        (
            "-2019",
            "HTTP 400 -2019 Margin is insufficient.",
            "HTTP 400 -2019 Margin is insufficient.",
        ),
        ("no_answer", "Connection reset", "no_answer Connection reset"),
        ("", "", ""),
    ],
)
def test_the_answer_names_status_and_code_once(code: str, evidence: str, said: str) -> None:
    order = make_order_summary(exchange_code=code, evidence=evidence)
    assert order.answer == order_row(order, now=NOW).note == said


def test_cancelling_a_stop_says_what_is_lost() -> None:
    stop = order_row(make_order_summary(leg="stop_loss"), now=NOW)
    assert "left without this protection" in cancel_text(stop)
    assert "protection" not in cancel_text(order_row(make_order_summary(), now=NOW))


WISH = Withdrawal(
    asked_at=NOW,
    completed_at=None,
    parts=64,
    waiting=2,
    failed=0,
    error="",
    marked=14,
    ended=12,
    filled=1,
)


def test_taking_entries_back_tells_how_far_it_is() -> None:
    assert withdrawal_row(WISH, now=NOW) == WithdrawalRow(
        "Cancel 12/14 entries, 1 filled before, with their stop, 2 of 64 shards still to act"
    )
    failed = replace(WISH, waiting=0, failed=1, error="No lease")
    assert withdrawal_row(failed, now=NOW).tone == "danger"
    assert withdrawal_row(failed, now=NOW).text.endswith(
        "1 shard could not act (No lease): cancel again"
    )


def test_what_is_over_is_told_for_a_minute() -> None:
    over = replace(WISH, waiting=0, ended=14, completed_at=NOW)
    assert withdrawal_row(over, now=NOW).text.endswith("finished")
    assert withdrawal_row(over, now=NOW).tone == "positive"
    assert withdrawal_row(over, now=NOW + timedelta(minutes=2)) == WithdrawalRow()
    assert withdrawal_row(None, now=NOW) == WithdrawalRow()

"""The grid of one signal in words."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from daemon.exchanges.outcomes import BINANCE_REJECTED, BYBIT_REJECTED
from patriot_app.core.domain.fan_outs import AccountOutcome
from patriot_app.core.domain.orders import AttemptState
from patriot_app.core.queries.fan_outs import Failure, FanOutRow
from patriot_app.core.queries.retries import Count, RetryPreview
from patriot_app.core.queries.signals import OutcomeCounts
from patriot_app.core.queries.slices import ImpactLine, SliceProgress
from patriot_app.web.console.fan_outs.rows import (
    RetryRow,
    account_row,
    began_with,
    outcome_labels,
    retry_row,
    retry_text,
    slippage,
)
from patriot_app.web.parts.order_failures import ADVICE
from patriot_app.web.parts.signals import OUTCOMES
from patriot_app.web.parts.slices import impact_text
from tests.web.console.read_models import ID, NOW

ROW = FanOutRow(
    account_id=ID,
    account="Binance paper",
    client_id=ID,
    client="Ada",
    exchange="binance",
    mode="paper",
    place=3,
    outcome=AccountOutcome.FILLED,
    reason_code="",
    reason="",
    quantity=Decimal("0.5"),
    filled_quantity=Decimal("0.5"),
    average_price=Decimal(62_000),
    slippage_bps=Decimal("1.44"),
    latency_ms=Decimal("61.2"),
    attempt_id=ID,
    decided_at=NOW,
    is_first=False,
)


def test_every_outcome_has_a_word_and_a_tab() -> None:
    assert set(OUTCOMES) == {outcome.value for outcome in AccountOutcome}
    labels = outcome_labels(OutcomeCounts(accounts=1_000, filled=990, denied=10))
    assert (labels.all, labels.filled, labels.denied) == ("All 1,000", "Filled 990", "Denied 10")


def test_an_account_without_an_order_shows_its_reason_and_no_figures() -> None:
    row = account_row(
        replace(
            ROW,
            outcome=AccountOutcome.DENIED,
            reason_code="DAILY_LOSS_LIMIT",
            reason="x" * 80,
            quantity=None,
            filled_quantity=Decimal(0),
            average_price=None,
            slippage_bps=None,
            latency_ms=None,
            attempt_id=None,
        ),
        now=NOW,
    )
    assert row.code == "DAILY_LOSS_LIMIT"
    assert len(row.reason_short) == 56
    assert row.reason_short.endswith("…")
    assert (row.quantity, row.price, row.slippage, row.latency) == ("—",) * 4
    assert row.attempt_id == ""


def test_a_failed_order_says_what_the_exchange_said_and_what_to_do() -> None:
    failed = replace(
        ROW,
        outcome=AccountOutcome.FAILED,
        filled_quantity=Decimal(0),
        failure=Failure(AttemptState.REJECTED, "-2019", "Margin is insufficient."),
    )
    row = account_row(failed, now=NOW)
    assert row.code == "-2019"
    assert row.reason == (
        "The exchange said: -2019 Margin is insufficient. "
        "Deposit to the account, or allot less of it to the strategy."
    )
    unsent = replace(failed, failure=Failure(AttemptState.VOID, "", "A halt forbids it"))
    assert account_row(unsent, now=NOW).code == "VOID"
    assert account_row(unsent, now=NOW).reason.startswith("Never sent: A halt forbids it. Try it")


def test_every_code_with_advice_is_one_that_an_exchange_refuses_by() -> None:
    known = {str(code) for code in (*BINANCE_REJECTED, *BYBIT_REJECTED)}
    assert set(ADVICE) <= known


def test_an_order_in_slices_says_how_far_it_has_come() -> None:
    going = SliceProgress(slices=6, sent=3, given_up=0, next_at=NOW + timedelta(seconds=4), why="")
    row = account_row(replace(ROW, outcome=AccountOutcome.WORKING, slicing=going), now=NOW)
    assert (row.slices, row.next_slice.ago) == ("3 of 6 slices", "in 4 s")
    assert account_row(ROW, now=NOW).slices == ""


def test_an_order_that_stayed_smaller_says_why() -> None:
    ended = SliceProgress(slices=6, sent=3, given_up=3, next_at=None, why="A halt was raised")
    row = account_row(replace(ROW, outcome=AccountOutcome.PARTIAL, slicing=ended), now=NOW)
    assert row.slices == "3 of 6 slices, 3 given up"
    assert (row.code, row.reason) == ("SLICES_GIVEN_UP", "A halt was raised")


def test_the_impact_on_the_price_is_told_by_exchange() -> None:
    def line(**values: object) -> ImpactLine:
        found = ImpactLine(
            exchange="binance",
            mode="paper",
            quantity=Decimal(10),
            impact_bps=Decimal("84.12"),
            slices=4,
            impact_bps_max=Decimal(50),
            reason="",
        )
        return replace(found, **values)  # type: ignore[arg-type]

    assert impact_text([line()]) == (
        "Binance paper: 84.1 bp at once, so up to 4 slices within 50.0 bp each"
    )
    assert impact_text([line(impact_bps=Decimal(3), slices=1)]) == (
        "Binance paper: 3.0 bp, within 50.0 bp"
    )
    unknown = line(impact_bps=None, slices=1, reason="No order book within 0.5 s")
    assert impact_text([unknown]) == (
        "Binance paper: unknown, sent at once (No order book within 0.5 s)"
    )
    assert impact_text([]) == "Not estimated"


def test_slippage_carries_its_sign() -> None:
    assert slippage(Decimal("1.44")) == "+1.4 bp"
    assert slippage(Decimal("-1.44")) == "−1.4 bp"
    assert slippage(Decimal("0.01")) == "0.0 bp"


def make_preview(**overrides: object) -> RetryPreview:
    values: dict[str, Any] = {
        "symbol": "BTCUSDT",
        "action": "open_long",
        "reference_exchange": "binance",
        "valid_until": NOW,
        "is_superseded": False,
        "retry_of": None,
        "retries": (),
        "again": (Count("failed", "ORDER_FAILED", 3), Count("skipped", "PRICE_STALE", 1)),
        "left_out": (Count("filled", "", 96),),
    }
    return RetryPreview(**{**values, **overrides})


def test_a_retry_says_who_and_at_which_price() -> None:
    preview = make_preview()
    assert retry_row(preview) == RetryRow(blocked="")
    text = retry_text(preview, price=Decimal("62000.5"), is_valid=False)
    assert "4 accounts again: 3 order failed, 1 price stale" in text
    assert "a new one at the present price, 62,000.5 on Binance" in text
    assert "Not tried again: 96 filled." in text
    assert "present price" not in retry_text(preview, price=None, is_valid=True)


def test_what_a_newer_signal_replaced_is_not_tried_again() -> None:
    assert "newer signal" in retry_row(make_preview(is_superseded=True)).blocked
    assert "No account failed" in retry_row(make_preview(again=())).blocked
    assert retry_row(make_preview(retry_of=ID, retries=(ID,))).original_id == str(ID)


def test_the_account_that_a_fan_out_began_with_is_marked() -> None:
    assert account_row(ROW, now=NOW).place == "3"
    assert account_row(replace(ROW, place=0, is_first=True), now=NOW).place == "0, first"
    assert began_with(["Ada, Binance paper", "Bo, Bybit paper"]) == (
        "Ada, Binance paper; Bo, Bybit paper"
    )
    assert began_with([]) == "Nobody yet"

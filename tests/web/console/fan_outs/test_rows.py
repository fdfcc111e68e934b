"""The grid of one signal in words."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from patriot_app.core.domain.fan_outs import AccountOutcome
from patriot_app.core.queries.fan_outs import FanOutRow
from patriot_app.core.queries.retries import Count, RetryPreview
from patriot_app.core.queries.signals import OutcomeCounts
from patriot_app.web.console.fan_outs.rows import (
    RetryRow,
    account_row,
    began_with,
    outcome_labels,
    retry_row,
    retry_text,
    slippage,
)
from patriot_app.web.parts.signals import OUTCOMES
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
        )
    )
    assert row.code == "DAILY_LOSS_LIMIT"
    assert len(row.reason_short) == 56
    assert row.reason_short.endswith("…")
    assert (row.quantity, row.price, row.slippage, row.latency) == ("—",) * 4
    assert row.attempt_id == ""


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
    assert account_row(ROW).place == "3"
    assert account_row(replace(ROW, place=0, is_first=True)).place == "0, first"
    assert began_with(["Ada, Binance paper", "Bo, Bybit paper"]) == (
        "Ada, Binance paper; Bo, Bybit paper"
    )
    assert began_with([]) == "Nobody yet"

"""Signals in words."""

from decimal import Decimal

import pytest

from patriot_app.core.domain.signals import SignalAction
from patriot_app.core.queries.signals import OutcomeCounts
from patriot_app.web.console.signals.state import OwnSignalForm
from patriot_app.web.parts.prices import shown_price
from patriot_app.web.parts.signals import outcome_words, shares, signal_row
from tests.web.console.read_models import NOW, make_signal_summary


def test_only_outcomes_that_occur_are_named() -> None:
    counts = OutcomeCounts(accounts=1_203, filled=1_200, unknown=3)
    assert outcome_words(counts) == "1,200 filled · 3 unknown"


def test_a_cell_adds_the_last_outcomes_up() -> None:
    counts = OutcomeCounts(accounts=30, filled=20, partial=1, skipped=4, denied=3, failed=2)
    assert outcome_words(counts, limit=3) == "20 filled · 1 partial · 4 skipped · 5 more"


def test_the_bars_parts_are_shares_of_all_accounts() -> None:
    parts = shares(OutcomeCounts(accounts=8, filled=5, denied=1))
    assert [part.percent for part in parts] == ["62.50%", "12.50%"]
    assert shares(OutcomeCounts()) == []


@pytest.mark.parametrize(
    ("price", "shown"),
    [("62410.512345", "62,410.51"), ("148.220001", "148.22"), ("0.54123456789", "0.541235")],
)
def test_a_price_shows_as_many_decimals_as_its_size_needs(price: str, shown: str) -> None:
    assert shown_price(Decimal(price)) == shown


def test_latencies_share_their_unit() -> None:
    assert signal_row(make_signal_summary(), now=NOW).latency == "48 / 142 ms"
    none_yet = make_signal_summary(latency_p50_ms=None, latency_p95_ms=None)
    assert signal_row(none_yet, now=NOW).latency == "—"


def test_an_operators_signal_names_him() -> None:
    row = signal_row(make_signal_summary(published_by="Ada"), now=NOW)
    assert (row.origin, row.author) == ("Trend · Ada", "Ada")


def test_empty_prices_of_the_form_mean_none() -> None:
    form = OwnSignalForm.model_validate(
        {"target": "x|BTCUSDT", "action": "close", "stop_loss": "", "take_profit": " 62,000.5 "}
    )
    assert form.action is SignalAction.CLOSE
    assert form.stop_loss is None
    assert form.take_profit == Decimal("62000.5")

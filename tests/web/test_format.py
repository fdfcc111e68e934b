from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from patriot_app.web import format

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def test_a_figure_keeps_digits_that_a_float_would_lose() -> None:
    assert format.exact(Decimal("12345678.123456789012345678")) == "12,345,678.123456789012345678"


@pytest.mark.parametrize(
    ("value", "text"),
    [("0.0420", "0.042"), ("1E+3", "1,000"), ("-0", "0"), ("100", "100"), ("-3.50", "−3.5")],
)
def test_exact_shows_what_is_stored_without_trailing_zeros(value: str, text: str) -> None:
    assert format.exact(Decimal(value)) == text


@pytest.mark.parametrize(
    ("value", "text", "tone"),
    [
        ("12.345", "+12.34", "positive"),
        ("-12.345", "−12.34", "negative"),
        ("0", "0.00", "neutral"),
        ("-0.004", "0.00", "neutral"),
    ],
)
def test_profit_carries_its_sign_and_tone(value: str, text: str, tone: str) -> None:
    figure = format.profit(Decimal(value))
    assert (figure.text, figure.tone, figure.unit) == (text, tone, "USDT")


def test_a_missing_figure_is_a_dash_and_never_zero() -> None:
    assert format.money(None).text == format.EMPTY
    assert format.profit(None).text == format.EMPTY
    assert format.exact(None) == format.EMPTY


def test_a_rate_is_shown_as_per_cent() -> None:
    assert format.rate(Decimal("0.3")).text == "30.00"
    assert format.change(Decimal("-0.012")).text == "−1.20"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "now"), (12, "12 s ago"), (180, "3 min ago"), (7_300, "2 h ago"), (-90, "in 1 min")],
)
def test_times_are_relative_with_the_exact_time_beside(seconds: float, text: str) -> None:
    moment = format.moment(NOW - timedelta(seconds=seconds), now=NOW)
    assert moment.ago == text
    assert moment.exact.endswith("UTC")
    assert moment.iso.endswith("Z")


def test_words_are_readable() -> None:
    assert format.label("partially_filled") == "Partially filled"
    assert format.plural(1, "position") == "1 position"
    assert format.plural(14, "position") == "14 positions"
    assert format.joined(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"

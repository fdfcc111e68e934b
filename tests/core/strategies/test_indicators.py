from decimal import Decimal
from math import isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.strategies.indicators import (
    atr,
    average_range,
    decimal_of,
    donchian,
    ema,
    rsi,
)
from tests.factories.strategies import make_bars

values = st.lists(st.floats(1, 1e6), min_size=1, max_size=60)


def test_an_average_begins_plain_and_follows_by_its_weight() -> None:
    result = ema([1.0, 2.0, 3.0, 7.0], period=3)
    assert isnan(result[1])
    assert result[2:] == [2.0, 4.5]


def test_strength_is_100_when_only_rising_and_50_when_still() -> None:
    assert rsi([1.0, 2.0, 3.0, 4.0], period=3)[-1] == 100
    assert rsi([4.0, 3.0, 2.0, 1.0], period=3)[-1] == 0
    assert rsi([5.0] * 5, period=3)[-1] == 50


def test_strength_agrees_with_the_published_worksheet() -> None:
    closes = [
        44.34, 44.09, 44.15, 43.61, 44.33, 44.83, 45.10, 45.42, 45.84, 46.08, 45.89, 46.03, 45.61,
        46.28, 46.28, 46.00, 46.03, 46.41, 46.22, 45.64,
    ]  # fmt: skip
    result = rsi(closes, period=14)
    assert result[14:] == pytest.approx([70.46, 66.25, 66.48, 69.35, 66.29, 57.92], abs=0.01)


def test_the_true_range_counts_gaps() -> None:
    result = atr(highs=[10, 10, 15], lows=[9, 9, 14], closes=[9.5, 9.5, 14.5], period=2)
    assert isnan(result[1])
    assert result[2] == (1 + 5.5) / 2


def test_a_channel_leaves_its_last_bar_out() -> None:
    bars = make_bars([100, 101, 102, 110], wick="1")
    assert donchian(bars, period=2) == (103, 99)
    assert average_range(bars, period=2) == Decimal("6.5")


def test_a_series_value_becomes_the_shortest_decimal() -> None:
    assert decimal_of(0.1) == Decimal("0.1")


@given(series=values, period=st.integers(1, 20))
def test_indicators_stay_within_their_bounds(series: list[float], period: int) -> None:
    slack = 1e-6 * max(series)
    for average in ema(series, period=period)[period - 1 :]:
        assert min(series) - slack <= average <= max(series) + slack
    for strength in rsi(series, period=period)[period:]:
        assert -1e-9 <= strength <= 100 + 1e-9
    for spread in atr(highs=series, lows=series, closes=series, period=period)[period:]:
        assert 0 <= spread <= max(series) - min(series) + slack

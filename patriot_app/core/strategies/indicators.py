"""Indicators over series, oldest value first; floats live here and nowhere near money.

A series has as many values as it was given; where too little is known yet the value is NaN, and
every comparison with it is false. What leaves this module for a price is Decimal again.
"""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from math import isfinite, nan

from patriot_app.core.domain.candles import Candle

Series = Sequence[float]


def closes_of(candles: Sequence[Candle]) -> list[float]:
    """Return the closing prices as a series."""
    return [float(candle.close) for candle in candles]


def decimal_of(value: float) -> Decimal:
    """Return the shortest decimal that stands for a finite value of a series."""
    assert isfinite(value)
    return Decimal(repr(value))


def ema(values: Series, *, period: int) -> list[float]:
    """Return the exponential average, begun with the plain average of the first `period` values."""
    assert period >= 1
    result = [nan] * len(values)
    if len(values) < period:
        return result
    average = sum(values[:period]) / period
    result[period - 1] = average
    weight = 2 / (period + 1)
    for index in range(period, len(values)):
        average += weight * (values[index] - average)
        result[index] = average
    return result


def rsi(values: Series, *, period: int) -> list[float]:
    """Return Wilder's relative strength index, 0 to 100; 50 where nothing moves."""
    assert period >= 1
    result = [nan] * len(values)
    if len(values) <= period:
        return result
    changes = [after - before for before, after in pairwise(values)]
    gain = sum(max(change, 0.0) for change in changes[:period]) / period
    loss = sum(max(-change, 0.0) for change in changes[:period]) / period
    result[period] = _strength(gain, loss)
    for index in range(period, len(changes)):
        gain += (max(changes[index], 0.0) - gain) / period
        loss += (max(-changes[index], 0.0) - loss) / period
        result[index + 1] = _strength(gain, loss)
    return result


def atr(*, highs: Series, lows: Series, closes: Series, period: int) -> list[float]:
    """Return Wilder's average true range, begun with the plain average of the first ranges."""
    assert period >= 1
    assert len(highs) == len(lows) == len(closes)
    result = [nan] * len(closes)
    if len(closes) <= period:
        return result
    ranges = [
        max(highs[i] - lows[i], abs(highs[i] - closes[i - 1]), abs(lows[i] - closes[i - 1]))
        for i in range(1, len(closes))
    ]
    average = sum(ranges[:period]) / period
    result[period] = average
    for index in range(period, len(ranges)):
        average += (ranges[index] - average) / period
        result[index + 1] = average
    return result


def average_range(candles: Sequence[Candle], *, period: int) -> Decimal:
    """Return the ATR at the last of more than `period` bars, in price."""
    assert len(candles) > period
    values = atr(
        highs=[float(candle.high) for candle in candles],
        lows=[float(candle.low) for candle in candles],
        closes=closes_of(candles),
        period=period,
    )
    return decimal_of(values[-1])


def donchian(candles: Sequence[Candle], *, period: int) -> tuple[Decimal, Decimal]:
    """Return highest high and lowest low of the `period` bars before the last one, exactly."""
    assert period >= 1
    assert len(candles) > period
    before = candles[-period - 1 : -1]
    return max(candle.high for candle in before), min(candle.low for candle in before)


def _strength(gain: float, loss: float) -> float:
    if gain + loss == 0:
        return 50.0
    return 100 * gain / (gain + loss)

"""Builders for what strategies see."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from patriot_app.core.domain.candles import Candle
from patriot_app.core.strategies.contract import Stance, StrategyInput
from tests.factories.market import MARKET_NOW


def make_bars(
    closes: Sequence[float | str], *, interval_minutes: int = 15, wick: str = "0.5"
) -> list[Candle]:
    """Return gapless bars with these closes; each opens at the close before it."""
    interval = timedelta(minutes=interval_minutes)
    prices = [Decimal(str(close)) for close in closes]
    bars = []
    for number, close in enumerate(prices):
        opening = prices[max(number - 1, 0)]
        bars.append(
            Candle(
                opened_at=MARKET_NOW + number * interval,
                closed_at=MARKET_NOW + (number + 1) * interval,
                open=opening,
                high=max(opening, close) + Decimal(wick),
                low=min(opening, close) - Decimal(wick),
                close=close,
                volume=Decimal(1),
            )
        )
    return bars


def make_input(closes: Sequence[float | str], *, stance: Stance = Stance.FLAT) -> StrategyInput:
    """Return an input over bars with these closes."""
    return StrategyInput(symbol="BTCUSDT", candles=make_bars(closes), stance=stance)

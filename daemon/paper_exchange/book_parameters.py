"""Parameters of the synthetic book and where they come from.

Printed by `bench/fit_book_model.py` over a recording of BTCUSDT on Binance USDT-M of 2024-08-08,
23:54 to 24:00 UTC: 66,089 book tickers, 21,313 trades and 159 whole books. Other contracts have
the same shape with distances in proportion to their volatility and depth in proportion to their
turnover.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

REFERENCE: Final = "BTCUSDT"


def _pairs(text: str) -> tuple[tuple[Decimal, Decimal], ...]:
    pairs = (pair.split(":") for pair in text.split())
    return tuple((Decimal(left), Decimal(right)) for left, right in pairs)


def _numbers(text: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(word) for word in text.split())


BEST_NOTIONAL: Final = Decimal(207_800)
"""Median value of the best level, USDT."""

DEPTH: Final = _pairs(
    "0:0 0.1:300 0.25:10500 0.5:45100 1:181600 2:654500 3:1537500 5:3250000 7.5:5842400 10:8462800"
)
"""Median value of the levels behind the best one, by distance from it in basis points; the last
two points lead on beyond."""

DISTANCE: Final = _pairs(
    "0:0 1:0.065 2:0.162 5:0.405 10:0.712 20:1.181 50:2.056 100:3.285 200:5.496 500:12.694"
)
"""Median distance of a level from the best one, in basis points, by its number."""

LEVELS_MAX: Final = 1_000
"""Of one side; what is deeper is not offered."""

WIDE_SPREADS: Final = 15
"""Of 256 moments: 5.8 % of the tickers had a spread above one tick."""
WIDE_SPREAD_BP: Final = Decimal("0.306")
"""Mean of those spreads: 18.9 ticks."""

NOISE: Final = _numbers(
    "0.031 0.124 0.25 0.348 0.505 0.617 0.745 0.852 0.964 1.05 1.163 1.269 1.43 1.633 2.072 2.946"
)
"""Sizes of a level over their mean, in sixteen equally likely classes."""

FLOW: Final = _numbers(
    "0.031 0.072 0.092 0.128 0.173 0.198 0.252 0.325 0.389 0.474 0.559 0.657 0.821 1.171 2.222 8.438"
)
"""What five seconds trade against one side over its mean, in sixteen equally likely classes."""

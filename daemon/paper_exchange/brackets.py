"""Leverage brackets of the contracts that the paper exchange lists.

Facts of the exchanges, written down by hand: the product carries its own copy, so that a clean
machine without a network can trade. Notional values are in USDT, rates are fractions.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Bracket:
    """One step of the leverage ladder: position notional in [floor, cap)."""

    floor: Decimal
    cap: Decimal
    max_leverage: Decimal
    maintenance_rate: Decimal
    cumulative: Decimal
    """USDT taken off notional times rate, so that the margin is continuous at the steps."""


# Each row: notional cap, largest leverage, maintenance margin rate, cumulative amount.
# Source: https://fapi.binance.com/fapi/v1/leverageBracket
_BINANCE: dict[str, str] = {
    "BTCUSDT": """
            300000 150 0.004  0
            800000 100 0.005  300
           3000000  75 0.0065 1500
          12000000  50 0.01   12000
          70000000  25 0.02   132000
         100000000  20 0.025  482000
         230000000  10 0.05   2982000
         480000000   5 0.1    14482000
         600000000   4 0.125  26482000
         800000000   3 0.15   41482000
        1200000000   2 0.25   121482000
        1800000000   1 0.5    421482000
    """,
    "ETHUSDT": """
            300000 150 0.004  0
            800000 100 0.005  300
           3000000  75 0.0065 1500
          12000000  50 0.01   12000
          50000000  25 0.02   132000
          65000000  20 0.025  382000
         150000000  10 0.05   2007000
         320000000   5 0.1    9507000
         400000000   4 0.125  17507000
         530000000   3 0.15   27507000
         800000000   2 0.25   80507000
        1200000000   1 0.5    280507000
    """,
    "SOLUSDT": """
             50000 100 0.005  0
            400000  75 0.0065 75
           1000000  50 0.01   1475
           4000000  25 0.02   11475
           8000000  20 0.025  31475
          40000000  10 0.05   231475
          80000000   5 0.1    2231475
         100000000   4 0.125  4231475
         200000000   2 0.25   16731475
         400000000   1 0.5    66731475
    """,
    "XRPUSDT": """
             40000 100 0.005  0
             80000  75 0.006  40
            150000  50 0.01   360
            400000  40 0.0125 735
           1000000  25 0.02   3735
           2000000  20 0.025  8735
          10000000  10 0.05   58735
          20000000   5 0.1    558735
          25000000   4 0.125  1058735
          50000000   2 0.25   4183735
         100000000   1 0.5    16683735
    """,
    "BNBUSDT": """
             10000  75 0.005  0
            200000  50 0.006  10
            400000  40 0.01   810
           1500000  25 0.02   4810
           3000000  20 0.025  12310
          15000000  10 0.05   87310
          30000000   5 0.1    837310
          37500000   4 0.125  1587310
          75000000   2 0.25   6274810
         150000000   1 0.5    25024810
    """,
    "ADAUSDT": """
             10000  75 0.005  0
             50000  50 0.01   50
            200000  40 0.015  300
           1000000  25 0.02   1300
           2000000  20 0.025  6300
          10000000  10 0.05   56300
          20000000   5 0.1    556300
          25000000   4 0.125  1056300
          50000000   2 0.25   4181300
         100000000   1 0.5    16681300
    """,
    "DOGEUSDT": """
             80000  75 0.0065 0
            150000  50 0.01   280
            750000  40 0.0125 655
           2000000  25 0.02   6280
           4000000  20 0.025  16280
          20000000  10 0.05   116280
          40000000   5 0.1    1116280
          50000000   4 0.125  2116280
         100000000   2 0.25   8366280
         200000000   1 0.5    33366280
    """,
    "LTCUSDT": """
             10000  75 0.005  0
             50000  50 0.01   50
            160000  40 0.015  300
            800000  25 0.02   1100
           1600000  20 0.025  5100
           8000000  10 0.05   45100
          16000000   5 0.1    445100
          20000000   4 0.125  845100
          40000000   2 0.25   3345100
          80000000   1 0.5    13345100
    """,
    "LINKUSDT": """
             10000  75 0.005  0
            200000  50 0.01   50
            400000  40 0.015  1050
            800000  25 0.02   3050
           1600000  20 0.025  7050
           8000000  10 0.05   47050
          16000000   5 0.1    447050
          20000000   4 0.125  847050
          40000000   2 0.25   3347050
          80000000   1 0.5    13347050
    """,
    "AVAXUSDT": """
             25000  75 0.005  0
             80000  50 0.01   125
            160000  40 0.015  525
            800000  25 0.02   1325
           1600000  20 0.025  5325
           8000000  10 0.05   45325
          16000000   5 0.1    445325
          20000000   4 0.125  845325
          40000000   2 0.25   3345325
          80000000   1 0.5    13345325
    """,
}

# First risk limit, first maintenance rate, largest leverage, number of tiers. Bybit widens the
# limit by the first one and raises both margin rates by half a percent at each tier.
# Source: https://bybit-exchange.github.io/docs/v5/market/risk-limit
_BYBIT: dict[str, tuple[str, str, int, int]] = {
    "BTCUSDT": ("2000000", "0.005", 100, 10),
    "ETHUSDT": ("1200000", "0.005", 100, 10),
    "SOLUSDT": ("400000", "0.01", 50, 10),
    "XRPUSDT": ("400000", "0.01", 50, 10),
    "BNBUSDT": ("400000", "0.01", 50, 10),
    "ADAUSDT": ("200000", "0.01", 50, 10),
    "DOGEUSDT": ("200000", "0.01", 50, 10),
    "LTCUSDT": ("200000", "0.01", 50, 10),
    "LINKUSDT": ("200000", "0.01", 50, 10),
    "AVAXUSDT": ("200000", "0.01", 50, 10),
}

_TIER_RATE_STEP = Decimal("0.005")
_LEVERAGE_STEP = Decimal("0.01")


def binance_brackets(symbol: str) -> tuple[Bracket, ...]:
    """List the Binance leverage brackets of a symbol, smallest first."""
    brackets: list[Bracket] = []
    floor = Decimal(0)
    for row in _BINANCE[symbol].split("\n"):
        if not row.strip():
            continue
        cap, leverage, rate, cumulative = (Decimal(word) for word in row.split())
        brackets.append(Bracket(floor, cap, leverage, rate, cumulative))
        floor = cap
    return tuple(brackets)


def bybit_brackets(symbol: str) -> tuple[Bracket, ...]:
    """List the Bybit risk limit tiers of a symbol, smallest first."""
    width_text, rate_text, max_leverage, tiers = _BYBIT[symbol]
    width, first_rate = Decimal(width_text), Decimal(rate_text)
    first_initial = 1 / Decimal(max_leverage)
    brackets: list[Bracket] = []
    cumulative = Decimal(0)
    for tier in range(tiers):
        floor = width * tier
        rise = _TIER_RATE_STEP * tier
        if tier:
            cumulative += floor * _TIER_RATE_STEP
        leverage = (1 / (first_initial + rise)).quantize(_LEVERAGE_STEP, rounding="ROUND_DOWN")
        brackets.append(Bracket(floor, floor + width, leverage, first_rate + rise, cumulative))
    return tuple(brackets)

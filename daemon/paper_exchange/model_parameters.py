"""Parameters of the seeded price model and the figures that they were fitted to.

Printed by `bench/fit_price_model.py` over 43,196 common 1-minute candles of BTC, ETH, SOL, XRP
and BNB against USDT on Binance USDT-M, 2025-05-04 to 2025-06-03, and their funding rates from
2025-03-06 on. Contracts without a recording take XRP's shape with their own price and volume.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

REGIME_MINUTES: Final = 15
"""A volatility regime lasts a multiple of this; regimes are shared by the whole market."""
REGIME_VOLATILITY: Final = (0.5947, 1.0504, 1.7115)
REGIME_SHARE: Final = (0.5503, 0.3500, 0.0997)
REGIME_TRANSITION: Final = (
    (0.6959, 0.2612, 0.0429),
    (0.4240, 0.4459, 0.1301),
    (0.1882, 0.5052, 0.3066),
)

DAY_LEVEL_SPREAD: Final = 0.240
"""Standard deviation of the logarithm of a day's volatility."""
DAY_LEVEL_MEMORY: Final = 0.434
"""Correlation of that logarithm from one day to the next."""
DAY_VARIANCE_RATIO: Final = 0.728
"""Variance of daily returns over 1,440 times that of minute returns."""


@dataclass(frozen=True, slots=True)
class Noise:
    """Shape of one source of noise, in units of the regime's volatility."""

    jump_rate: float
    """Jumps a minute."""
    jump_mean: float
    """Mean absolute size of a jump; none is smaller than `JUMP_LEAST`."""
    tail: float
    """Degrees of freedom of Student's distribution between the jumps: 4 + 6 / (kurtosis - 3)."""


JUMP_LEAST: Final = 5.0
COMMON: Final = Noise(jump_rate=0.001759, jump_mean=6.09, tail=8.65)  # kurtosis 4.29
OWN: Final = Noise(jump_rate=0.005047, jump_mean=6.64, tail=8.11)  # kurtosis 4.46


@dataclass(frozen=True, slots=True)
class Shape:
    """One contract: price at the start, scale of its moves, volumes, funding."""

    start_price: float
    sigma: float
    """Standard deviation of the 1-minute logarithmic return."""
    beta: float
    """Correlation of the return with the market's common factor."""
    range_ratio: float
    """Mean logarithmic high to low of a minute over sigma."""
    kurtosis: float
    """Of the recorded 1-minute returns; kept for the tests, the model does not use it."""
    median_volume: float
    """Base coin a minute."""
    volume_spread: float
    funding_mean: float
    funding_spread: float


SHAPES: Final[dict[str, Shape]] = {
    "BTCUSDT": Shape(95457.7, 0.000528, 0.8722, 1.107, 9.7, 70.14, 0.996, 0.00003166, 0.00004089),
    "ETHUSDT": Shape(1826.53, 0.001089, 0.8942, 1.237, 27.3, 2702.0, 0.952, 0.00003602, 0.00004396),
    "SOLUSDT": Shape(146.79, 0.001052, 0.9077, 1.293, 9.6, 9686.0, 0.861, -0.00000675, 0.00008527),
    "XRPUSDT": Shape(
        2.1924, 0.000957, 0.8918, 1.243, 13.2, 280900.0, 0.888, 0.00000410, 0.00008979
    ),
    "BNBUSDT": Shape(588.28, 0.000573, 0.8297, 1.135, 17.5, 249.1, 0.968, -0.00005707, 0.00012541),
}

FUNDING_MEMORY: Final = 0.46
"""Correlation of a funding rate with the one before; 0.43 to 0.54 over the five contracts."""
FUNDING_BOUND: Final = 0.0075


def _like_xrp(start_price: float, median_volume: float) -> Shape:
    xrp = SHAPES["XRPUSDT"]
    return Shape(
        start_price,
        xrp.sigma,
        xrp.beta,
        xrp.range_ratio,
        xrp.kurtosis,
        median_volume,
        xrp.volume_spread,
        xrp.funding_mean,
        xrp.funding_spread,
    )


SHAPES.update(
    ADAUSDT=_like_xrp(0.7, 410000.0),
    DOGEUSDT=_like_xrp(0.175, 2900000.0),
    LTCUSDT=_like_xrp(88.0, 1900.0),
    LINKUSDT=_like_xrp(14.2, 14000.0),
    AVAXUSDT=_like_xrp(20.5, 11000.0),
)

"""Value at risk of a book of linear contracts: historical and parametric, whole and by component.

Statistics, not money: computed in floats from hourly returns, told as decimals rounded half to even
(USDT to the cent, fractions to six places). The mean return is taken as zero, and a horizon of h
hours multiplies an hour's figure by the square root of h: both as usual, and both stated on screen.

Historical: the losses that today's positions would have made in each past hour. Parametric: the
normal distribution with the hours' covariances; its components add up to the whole (Euler).
Source: J. C. Hull, Options, Futures, and Other Derivatives, chapter "Value at Risk".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from patriot_app.core.errors import Invalid

OBSERVATIONS_MIN = 48
"""Hours of prices without which nothing is said: two days."""
HISTORY_HOURS = 720
HORIZON_H_DEFAULT = 24
HORIZON_H_MAX = 720
_NORMAL = NormalDist()
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tail:
    """What is lost at most with a confidence, and on average beyond that; USDT, never negative."""

    var: Decimal
    cvar: Decimal


@dataclass(frozen=True, slots=True)
class Component:
    """One position's part.

    Attributes:
        notional: USDT, negative for a short.
        component: USDT of the whole parametric VaR 95 that is its own; negative where it hedges.
        marginal: USDT of VaR that one USDT more of it adds.
        volatility: of its price over the horizon, as a fraction.
    """

    symbol: str
    notional: Decimal
    component: Decimal
    marginal: Decimal
    volatility: Decimal


@dataclass(frozen=True, slots=True)
class BookRisk:
    """The risk of a book over a horizon.

    Attributes:
        volatility: standard deviation of the book's result, USDT.
        diversification: sum of the parts' volatilities over the whole's, 1 without any.
        correlation: by pairs of symbols, of their prices, in the order of the components.
        observations: hours of prices used.
    """

    horizon_h: int
    historical_95: Tail
    historical_99: Tail
    parametric_95: Tail
    parametric_99: Tail
    volatility: Decimal
    diversification: Decimal
    components: tuple[Component, ...]
    correlation: tuple[tuple[Decimal, ...], ...]
    observations: int


def measure(
    notionals: Mapping[str, Decimal],
    returns: Mapping[str, Sequence[float]],
    *,
    horizon_h: int = HORIZON_H_DEFAULT,
) -> BookRisk | None:
    """Measure a book; None where prices are missing or too few.

    Args:
        notionals: USDT by symbol, negative for shorts.
        returns: hourly returns by symbol, of the same hours in the same order; NaN where unknown.

    Raises:
        Invalid: the horizon is not 1 to 720 hours.
    """
    validate_horizon(horizon_h)
    symbols = sorted(symbol for symbol, notional in notionals.items() if notional != 0)
    if not symbols or any(symbol not in returns for symbol in symbols):
        return None
    hours = np.array([returns[symbol] for symbol in symbols], dtype=np.float64)
    hours = hours[:, ~np.isnan(hours).any(axis=0)]
    if hours.shape[1] < OBSERVATIONS_MIN:
        return None
    weights = np.array([float(notionals[symbol]) for symbol in symbols])
    return _measure(symbols, weights, hours, horizon_h)


def parametric(deviation: float, *, confidence: float, horizon_h: float = 1) -> tuple[float, float]:
    """Return VaR and CVaR of a normal result with mean zero.

    Args:
        deviation: standard deviation over one period, of which the horizon counts several.
    """
    quantile = _NORMAL.inv_cdf(confidence)
    scaled = deviation * float(np.sqrt(horizon_h))
    return scaled * quantile, scaled * _NORMAL.pdf(quantile) / (1 - confidence)


def historical(results: Floats, *, confidence: float) -> tuple[float, float]:
    """Return VaR and CVaR of past results, as losses that are not negative.

    VaR is the smallest loss of the worst (1 - confidence) of the results, at least one; CVaR is
    their mean.
    """
    count = max(1, int(np.floor(len(results) * (1 - confidence) + 1e-9)))
    worst = np.sort(results)[:count]
    return max(0.0, float(-worst[-1])), max(0.0, float(-worst.mean()))


def validate_horizon(horizon_h: int) -> None:
    """Check a horizon.

    Raises:
        Invalid: it is not 1 to 720 hours.
    """
    if not 1 <= horizon_h <= HORIZON_H_MAX:
        raise Invalid({"horizon_h": f"A horizon is 1 to {HORIZON_H_MAX} hours"})


def scaled(amount: Decimal, *, from_h: int, to_h: int) -> Decimal:
    """Return a VaR or CVaR for another horizon, by the square root of time."""
    validate_horizon(to_h)
    return _usdt(float(amount) * float(np.sqrt(to_h / from_h)))


def largest_correlation(risk: BookRisk, *, counts_from: Decimal) -> Decimal:
    """Return the largest correlation between the results of two positions that count.

    A hedge counts as negative, since its result moves the other way.

    Args:
        counts_from: USDT from which a position counts, on either side.

    Returns:
        From -1 to 1; 0 where fewer than two positions count.
    """
    signs = [
        (place, 1 if one.notional > 0 else -1)
        for place, one in enumerate(risk.components)
        if abs(one.notional) >= counts_from
    ]
    pairs = combinations(signs, 2)
    return max((risk.correlation[i][j] * a * b for (i, a), (j, b) in pairs), default=Decimal(0))


def returns_of(closes: Sequence[Decimal | None]) -> list[float]:
    """Return the simple returns between following hours; NaN beside a price that is not known."""
    prices = np.array([np.nan if each is None else float(each) for each in closes])
    return [float(each) for each in prices[1:] / prices[:-1] - 1]


def _measure(symbols: list[str], weights: Floats, hours: Floats, horizon_h: int) -> BookRisk:
    root = float(np.sqrt(horizon_h))
    results = weights @ hours
    covariance = (hours @ hours.T) / hours.shape[1]
    deviations = np.sqrt(np.diag(covariance))
    whole = float(np.sqrt(max(0.0, float(weights @ covariance @ weights))))
    pulls = (covariance @ weights) / whole if whole > 0 else np.zeros(len(symbols))
    quantile = _NORMAL.inv_cdf(0.95)
    alone = float(np.abs(weights) @ deviations)
    correlation = _correlation(covariance, deviations)
    return BookRisk(
        horizon_h=horizon_h,
        historical_95=_tail(historical(results, confidence=0.95), root),
        historical_99=_tail(historical(results, confidence=0.99), root),
        parametric_95=_tail(parametric(whole, confidence=0.95), root),
        parametric_99=_tail(parametric(whole, confidence=0.99), root),
        volatility=_usdt(whole * root),
        diversification=_fraction(alone / whole if whole > 0 else 1.0),
        components=tuple(
            Component(
                symbol=symbol,
                notional=_usdt(float(weights[i])),
                component=_usdt(float(weights[i] * pulls[i]) * quantile * root),
                marginal=_fraction(float(pulls[i]) * quantile * root),
                volatility=_fraction(float(deviations[i]) * root),
            )
            for i, symbol in enumerate(symbols)
        ),
        correlation=tuple(tuple(_fraction(float(x)) for x in row) for row in correlation),
        observations=hours.shape[1],
    )


def _correlation(covariance: Floats, deviations: Floats) -> Floats:
    """Return correlations; a price that did not move correlates with nothing but itself."""
    products = np.outer(deviations, deviations)
    found = np.divide(covariance, products, out=np.zeros_like(covariance), where=products > 0)
    np.fill_diagonal(found, 1.0)
    return np.clip(found, -1.0, 1.0)


def _tail(tail: tuple[float, float], root: float) -> Tail:
    return Tail(var=_usdt(tail[0] * root), cvar=_usdt(tail[1] * root))


def _usdt(amount: float) -> Decimal:
    return Decimal(f"{amount:.2f}")


def _fraction(value: float) -> Decimal:
    return Decimal(f"{value:.6f}")

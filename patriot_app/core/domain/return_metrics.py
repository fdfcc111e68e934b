"""Statistics of daily returns: what a return cost in risk, and how it moved with a benchmark.

Daily sampling, a risk-free rate of nought (the collateral earns nothing) and 365 days a year.
Returns are fractions. Undefined figures carry their reason (`Measure.why`).
"""

from collections.abc import Sequence

import numpy as np

from patriot_app.core.domain.daily_returns import DAYS_PER_YEAR
from patriot_app.core.domain.measures import (
    NO_BENCHMARK,
    NO_CAPITAL,
    NO_DRAWDOWN,
    NO_LOSS,
    NO_VARIANCE,
    SMALLEST_DEVIATION,
    TOO_FEW_DAYS,
    Floats,
    Measure,
    measured,
    missing,
)


def volatility(returns: Floats) -> Measure:
    """Return the yearly standard deviation: sample deviation (n - 1) times the root of 365."""
    if returns.size < 2:
        return missing(TOO_FEW_DAYS)
    return measured(np.std(returns, ddof=1) * np.sqrt(DAYS_PER_YEAR))


def annual_return(returns: Floats) -> Measure:
    """Return the compound yearly growth: (product of 1 + r) ** (365 / n) - 1."""
    if returns.size == 0:
        return missing(NO_CAPITAL)
    grown = np.prod(1.0 + returns)
    if grown < 0:
        return missing("more was lost than was there")
    with np.errstate(over="ignore"):
        return measured(grown ** (DAYS_PER_YEAR / returns.size) - 1.0)


def sharpe(returns: Floats) -> Measure:
    """Return mean / sample deviation times the root of 365.

    Source: Sharpe, The Sharpe Ratio, Journal of Portfolio Management 21 (1994).
    """
    if returns.size < 2:
        return missing(TOO_FEW_DAYS)
    deviation = np.std(returns, ddof=1)
    if deviation <= SMALLEST_DEVIATION:
        return missing(NO_VARIANCE)
    return measured(np.mean(returns) / deviation * np.sqrt(DAYS_PER_YEAR))


def sortino(returns: Floats) -> Measure:
    """Return mean / downside deviation times the root of 365; the target is nought.

    The downside deviation is the root of the mean square of the losses over all days, winning days
    counting as nought.

    Source: Sortino and Price, Performance Measurement in a Downside Risk Framework (1994).
    """
    if returns.size < 2:
        return missing(TOO_FEW_DAYS)
    downside = np.sqrt(np.mean(np.minimum(returns, 0.0) ** 2))
    if downside <= SMALLEST_DEVIATION:
        return missing(NO_LOSS)
    return measured(np.mean(returns) / downside * np.sqrt(DAYS_PER_YEAR))


def deepest_fall(returns: Floats) -> Measure:
    """Return the deepest fall of the chained returns from a peak, as a positive fraction."""
    falls = falls_of(returns)
    return measured(np.max(falls)) if falls.size else missing(NO_CAPITAL)


def fall_now(returns: Floats) -> Measure:
    """Return how far the chained returns stand below their peak at the end."""
    falls = falls_of(returns)
    return measured(falls[-1]) if falls.size else missing(NO_CAPITAL)


def falls_of(returns: Floats) -> Floats:
    """Return the distance from the peak so far after each day, as a fraction of the peak."""
    level = np.cumprod(1.0 + returns)
    peaks = np.maximum(np.maximum.accumulate(level), 1.0) if level.size else level
    return (peaks - level) / peaks


def calmar(returns: Floats) -> Measure:
    """Return the compound yearly growth over the deepest fall.

    Source: Young, Calmar Ratio: A Smoother Tool, Futures (1991).
    """
    yearly, fall = annual_return(returns), deepest_fall(returns)
    if yearly.value is None or fall.value is None:
        return missing(yearly.why or fall.why)
    if fall.value <= SMALLEST_DEVIATION:
        return missing(NO_DRAWDOWN)
    return measured(yearly.value / fall.value)


def beta(returns: Floats, benchmark: Floats) -> Measure:
    """Return cov(r, b) / var(b) over the same days.

    Source: Sharpe, Capital Asset Prices, Journal of Finance 19 (1964).
    """
    if returns.size < 2 or returns.size != benchmark.size:
        return missing(NO_BENCHMARK)
    spread = np.var(benchmark, ddof=1)
    if spread <= SMALLEST_DEVIATION**2:
        return missing("the benchmark does not vary")
    return measured(np.cov(returns, benchmark, ddof=1)[0, 1] / spread)


def alpha(returns: Floats, benchmark: Floats) -> Measure:
    """Return the yearly return that beta leaves unexplained: (1 + mean(r - beta b)) ** 365 - 1.

    Source: Jensen, The Performance of Mutual Funds, Journal of Finance 23 (1968).
    """
    slope = beta(returns, benchmark)
    if slope.value is None:
        return slope
    left = np.mean(returns - slope.value * benchmark)
    with np.errstate(over="ignore"):
        return measured((1.0 + left) ** DAYS_PER_YEAR - 1.0)


def correlation(returns: Floats, benchmark: Floats) -> Measure:
    """Return Pearson's coefficient over the same days, from -1 to 1."""
    if returns.size < 2 or returns.size != benchmark.size:
        return missing(NO_BENCHMARK)
    if min(np.std(returns), np.std(benchmark)) <= SMALLEST_DEVIATION:
        return missing("one of the two does not vary")
    return measured(np.clip(np.corrcoef(returns, benchmark)[0, 1], -1.0, 1.0))


def longest_run(signs: Sequence[int], *, sign: int) -> int:
    """Return how many equal signs stand in a row at most; a day of nought ends a run."""
    longest = current = 0
    for each in signs:
        current = current + 1 if each == sign else 0
        longest = max(longest, current)
    return longest

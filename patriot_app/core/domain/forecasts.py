"""Where a course may lead: a cone of futures drawn from its own past days, and how it fared before.

Circular block bootstrap: futures are strung together from blocks of neighbouring past days, so that
calm and wild stretches stay together; no distribution is assumed. A past without a crash knows of
none, hence the cone is shown with its coverage on the past. The same seed gives the same cone.

Source: Politis and Romano, A Circular Block-Resampling Procedure for Stationary Data (1992); blocks
of the cube root of the days, the order that Hall, Horowitz and Jing (1995) find best for quantiles.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patriot_app.core.domain.measures import Floats, Measure, measured, missing

SEED = 20_260_101
PATHS = 2_000
TRIAL_PATHS = 400
DAYS_MIN = 30
"""Fewer past days say nothing about days to come."""
LOW, MIDDLE, HIGH = 0.05, 0.5, 0.95
EXPECTED_COVERAGE = HIGH - LOW
TRIALS_MAX = 60


@dataclass(frozen=True, slots=True)
class ConePoint:
    """Growth after so many days: a twentieth of the futures lies below `low` and above `high`."""

    day: int
    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often the past stayed within the cone that was drawn before it; 0.9 is expected."""

    trials: int
    inside: int
    share: Measure


def futures(returns: Floats, *, days: int, paths: int = PATHS, seed: int = SEED) -> Floats:
    """Return the growth after each day of each future, shape (paths, days); 0.1 means 10 %."""
    assert returns.size > 0
    block = block_length(returns.size)
    blocks = -(-days // block)
    draw = np.random.default_rng(seed)
    starts = draw.integers(0, returns.size, size=(paths, blocks))
    places: NDArray[np.int64] = (starts[:, :, None] + np.arange(block)) % returns.size
    drawn = returns[places.reshape(paths, blocks * block)[:, :days]]
    return np.asarray(np.cumprod(1.0 + drawn, axis=1) - 1.0, dtype=np.float64)


def block_length(days: int) -> int:
    """Return how many neighbouring days stay together."""
    return max(1, int(np.rint(np.cbrt(days))))


def cone(returns: Floats, *, days: int, seed: int = SEED) -> tuple[ConePoint, ...]:
    """Return the 5, 50 and 95 % points of the coming days; empty with fewer than DAYS_MIN days."""
    if returns.size < DAYS_MIN:
        return ()
    bands = np.quantile(futures(returns, days=days, seed=seed), (LOW, MIDDLE, HIGH), axis=0)
    return tuple(ConePoint(day, *bands[:, day - 1].tolist()) for day in range(1, days + 1))


def drawdown_probability(
    returns: Floats, *, fraction: float, days: int, seed: int = SEED
) -> Measure:
    """Return the share of the futures that fall further than a fraction from a peak in time."""
    if returns.size < DAYS_MIN:
        return missing(f"fewer than {DAYS_MIN} days")
    level = 1.0 + futures(returns, days=days, seed=seed)
    peaks = np.maximum(np.maximum.accumulate(level, axis=1), 1.0)
    return measured(np.mean(np.max((peaks - level) / peaks, axis=1) > fraction))


def coverage(returns: Floats, *, days: int, seed: int = SEED) -> Coverage:
    """Draw the cone at past days from what was known then, and count how often it held.

    Stretches do not overlap; at most TRIALS_MAX, evenly spread.
    """
    origins = range(DAYS_MIN, returns.size - days + 1, days)
    chosen: Sequence[int] = origins[:: max(1, -(-len(origins) // TRIALS_MAX))]
    inside = 0
    for origin in chosen:
        known = returns[:origin]
        ends = futures(known, days=days, paths=TRIAL_PATHS, seed=seed + origin)[:, -1]
        low, high = np.quantile(ends, (LOW, HIGH)).tolist()
        came = np.prod(1.0 + returns[origin : origin + days]).item() - 1.0
        inside += low <= came <= high
    if not chosen:
        return Coverage(0, 0, missing(f"fewer than {DAYS_MIN + days} days"))
    return Coverage(len(chosen), inside, measured(inside / len(chosen)))

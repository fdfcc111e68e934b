"""A statistic that may be undefined: then it says why instead of showing nought or infinity."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
NO_VARIANCE = "the returns do not vary"
NO_CAPITAL = "no day had capital"
TOO_FEW_DAYS = "fewer than two days"
NO_LOSS = "there was no losing day"
NO_DRAWDOWN = "there was no drawdown"
NO_BENCHMARK = "the benchmark has too few of these days"
SMALLEST_DEVIATION = 1e-12
"""Deviations below come from rounding of equal numbers, not from the market."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One statistic.

    Attributes:
        value: None where it is not defined.
        why: the reason then, as the end of "not shown because …".
    """

    value: float | None
    why: str = ""


def measured(value: np.floating[Any] | float) -> Measure:
    """Return a defined statistic; what is not finite is refused rather than shown."""
    if not np.isfinite(value):
        return Measure(None, "the figures are out of range")
    return Measure(np.float64(value).item())


def missing(why: str) -> Measure:
    """Return an undefined statistic."""
    return Measure(None, why)


def as_floats(values: Sequence[Decimal] | Sequence[float]) -> Floats:
    """Return numbers for statistics; money itself is never reckoned in floats."""
    return np.asarray(values, dtype=np.float64)

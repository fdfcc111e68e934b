"""The money-weighted return: the yearly rate at which all flows and the end are worth nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from patriot_app.core.domain.daily_returns import DAYS_PER_YEAR
from patriot_app.core.domain.measures import Measure, as_floats, measured, missing

RATE_LOW, RATE_HIGH = -0.999999, 1_000_000.0
ROUNDS = 200


@dataclass(frozen=True, slots=True)
class DatedFlow:
    """Money as its owner sees it: paid in is negative, taken out is positive; USDT."""

    day: date
    amount: Decimal


def money_weighted_return(flows: Sequence[DatedFlow]) -> Measure:
    """Solve sum(flow / (1 + rate) ** (days / 365)) = 0 for the yearly rate, by bisection.

    The closing equity is the last positive flow. Bisection between -99.9999 % and a millionfold
    finds the root that a change of sign brackets and cannot run away as Newton's method does.

    Source: XIRR of the OpenDocument format 1.3, part 4, 6.12.54; its 365-day year.
    """
    if len(flows) < 2 or min(f.day for f in flows) == max(f.day for f in flows):
        return missing("all money moved on one day")
    amounts = as_floats([flow.amount for flow in flows])
    if not (amounts > 0).any() or not (amounts < 0).any():
        return missing("money moved in one direction only")
    start = min(flow.day for flow in flows)
    years = np.array([(flow.day - start).days / DAYS_PER_YEAR for flow in flows])

    def worth(rate: float) -> float:
        return np.sum(amounts / (1.0 + rate) ** years).item()

    low, high = RATE_LOW, RATE_HIGH
    at_low, at_high = worth(low), worth(high)
    if at_low * at_high > 0:
        return missing("no single rate explains the flows")
    for _ in range(ROUNDS):
        middle = (low + high) / 2
        if worth(middle) * at_low > 0:
            low = middle
        else:
            high = middle
    return measured((low + high) / 2)

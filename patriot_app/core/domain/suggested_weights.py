"""How money could be divided among strategies, and how such a division fared on days it never saw.

A suggestion only: nothing trades by it. SHARPE weighs by the ratio where it is positive,
RISK_PARITY by the inverse of the volatility (exact where strategies are uncorrelated), EQUAL_WEIGHT
takes no view, which is hard to beat.

Source: Maillard, Roncalli and Teiletche, The Properties of Equally Weighted Risk Contribution
Portfolios (2010); DeMiguel, Garlappi and Uppal, Optimal Versus Naive Diversification (2009).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum

import numpy as np

from patriot_app.core.domain import return_metrics as metrics
from patriot_app.core.domain.measures import Floats, Measure, missing

DAYS_MIN = 60
"""Half of them to learn from and half to try on."""
STRATEGIES_MAX = 5
SHARE_MIN = 0.05


class Method(StrEnum):
    SHARPE = "SHARPE"
    EQUAL_WEIGHT = "EQUAL_WEIGHT"
    RISK_PARITY = "RISK_PARITY"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A division.

    Attributes:
        shares: per strategy, rounded down to a hundredth of a per cent; empty with a reason.
        promised, kept: Sharpe ratio of the division on the days it was made from (the first
            half) and on those it had not seen (the second half); their distance is its error.
    """

    method: Method
    shares: Mapping[str, Decimal]
    why: str
    promised: Measure
    kept: Measure


def suggest(method: Method, returns: Mapping[str, Floats]) -> Suggestion:
    """Divide among strategies by their daily returns over the same days.

    At most STRATEGIES_MAX get a share, each at least SHARE_MIN; the rest get none.
    """
    length = min((values.size for values in returns.values()), default=0)
    if len(returns) < 2 or length < DAYS_MIN:
        why = f"needs two strategies with {DAYS_MIN} days in common"
        return Suggestion(method, {}, why, missing(why), missing(why))
    weights = _weights(method, returns)
    if not weights:
        why = "no strategy has a positive ratio"
        return Suggestion(method, {}, why, missing(why), missing(why))
    half = length // 2
    learnt = _weights(method, {name: values[:half] for name, values in returns.items()})
    promised, kept = missing("the first half gives no division"), missing("no division to try")
    if learnt:
        promised = metrics.sharpe(_mixed(learnt, returns)[:half])
        kept = metrics.sharpe(_mixed(learnt, returns)[half:])
    shares = {
        name: Decimal(str(weight)).quantize(Decimal("0.0001"), rounding=ROUND_DOWN)
        for name, weight in weights.items()
    }
    return Suggestion(method, shares, "", promised, kept)


def _weights(method: Method, returns: Mapping[str, Floats]) -> dict[str, float]:
    raw = {name: _worth(method, values) for name, values in returns.items()}
    best = sorted(raw, key=lambda name: (-raw[name], name))[:STRATEGIES_MAX]
    kept = {name: raw[name] for name in best if raw[name] > 0}
    while kept:
        total = sum(kept.values())
        weights = {name: value / total for name, value in kept.items()}
        smallest = min(weights, key=lambda name: weights[name])
        if weights[smallest] >= SHARE_MIN:
            return weights
        del kept[smallest]
    return {}


def _worth(method: Method, returns: Floats) -> float:
    if method is Method.EQUAL_WEIGHT:
        return 1.0
    if method is Method.SHARPE:
        return max(metrics.sharpe(returns).value or 0.0, 0.0)
    moved = metrics.volatility(returns).value or 0.0
    return 1.0 / moved if moved > 1e-9 else 0.0


def _mixed(weights: Mapping[str, float], returns: Mapping[str, Floats]) -> Floats:
    length = min(values.size for values in returns.values())
    mixed = np.zeros(length)
    for name, weight in weights.items():
        mixed += weight * returns[name][:length]
    return mixed

"""Calm, normal or turbulent: the volatility of these days beside that of the whole past.

The model is the exponentially weighted average of squared daily returns with a decay of 0.94 a day;
its error is shown as the share of days whose return lay within 1.645 forecast deviations, which is
90 % for a normal distribution.

Source: J.P. Morgan and Reuters, RiskMetrics Technical Document, 4th edition (1996), 5.2.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from patriot_app.core.domain.daily_returns import DAYS_PER_YEAR
from patriot_app.core.domain.measures import (
    SMALLEST_DEVIATION,
    Floats,
    Measure,
    measured,
    missing,
)

DECAY = 0.94
DAYS_MIN = 30
CALM_BELOW = 0.75
TURBULENT_ABOVE = 1.33
"""Times the deviation of the whole past. Chance alone leaves this band in about one of forty."""
NINETY_PERCENT = 1.645


class Regime(StrEnum):
    CALM = "calm"
    NORMAL = "normal"
    TURBULENT = "turbulent"


@dataclass(frozen=True, slots=True)
class RegimeView:
    """The regime after the last day.

    Attributes:
        regime: None with too few days.
        now, usual: yearly volatility by the model and of the whole past.
        held: share of past days within the model's 90 % band, forecast the day before.
    """

    regime: Regime | None
    now: Measure
    usual: Measure
    held: Measure


def regime_of(returns: Floats) -> RegimeView:
    """Return the regime; too few or unmoved days have none, and say why."""
    if returns.size < DAYS_MIN:
        why = missing(f"fewer than {DAYS_MIN} days")
        return RegimeView(None, why, why, why)
    usual = np.sqrt(np.mean(returns**2))
    if usual <= SMALLEST_DEVIATION:
        why = missing("the returns do not vary")
        return RegimeView(None, why, why, why)
    forecast = forecast_deviations(returns)
    now, year = forecast[-1], np.sqrt(DAYS_PER_YEAR)
    ratio = now / usual
    regime = Regime.NORMAL
    if ratio < CALM_BELOW:
        regime = Regime.CALM
    elif ratio > TURBULENT_ABOVE:
        regime = Regime.TURBULENT
    tried = slice(DAYS_MIN // 2, returns.size)
    held = np.abs(returns[tried]) <= NINETY_PERCENT * forecast[tried]
    return RegimeView(regime, measured(now * year), measured(usual * year), measured(held.mean()))


def forecast_deviations(returns: Floats) -> Floats:
    """Return the deviation forecast for each day from the days before, and for the day to come.

    The first is that of the first days together, since nothing stands before it.
    """
    variance = np.mean(returns[: DAYS_MIN // 2] ** 2)
    forecast = [variance]
    for gained in returns:
        variance = DECAY * variance + (1.0 - DECAY) * gained**2
        forecast.append(variance)
    return np.sqrt(np.asarray(forecast, dtype=np.float64))

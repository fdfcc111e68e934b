"""Where a course may lead, as text and as a drawn cone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from patriot_app.core.domain import forecasts
from patriot_app.core.domain.daily_returns import DayResult, returns_of
from patriot_app.core.domain.measures import as_floats
from patriot_app.core.domain.regimes import Regime, regime_of
from patriot_app.web.kit import Lines, lines
from patriot_app.web.parts.returns import MetricRow, shown_percent
from patriot_app.web.theme import Tone

HORIZONS = {"7": 7, "30": 30, "90": 90}
FALLS = {"5": 0.05, "10": 0.1, "20": 0.2}
REGIMES: dict[str, tuple[Tone, str]] = {
    Regime.CALM.value: ("positive", "Calm"),
    Regime.NORMAL.value: ("info", "Normal"),
    Regime.TURBULENT.value: ("warning", "Turbulent"),
    "": ("neutral", "Unknown"),
}


@dataclass(frozen=True, slots=True)
class Outlook:
    """A cone with its figures and its error on the past."""

    cone: Lines = field(default_factory=Lines)
    regime: str = ""
    figures: list[MetricRow] = field(default_factory=list)


def outlook(days: Sequence[DayResult], *, horizon: int, fall: float) -> Outlook:
    """Show the coming days as the past ones would have it.

    Args:
        horizon: days to come.
        fall: the drawdown asked about, as a fraction.
    """
    dated = returns_of(days)
    returns = as_floats([gained for _, gained in dated])
    regime = regime_of(returns)
    chance = forecasts.drawdown_probability(returns, fraction=fall, days=horizon)
    kept = forecasts.coverage(returns, days=horizon)
    asked = f"{Decimal(str(fall)) * 100:.0f} %"
    figures = [
        MetricRow(
            "chance",
            f"Chance of a drawdown beyond {asked}",
            shown_percent(chance, is_signed=False),
            chance.why or f"within {horizon} days, from {forecasts.PATHS:,} drawn futures",
        ),
        MetricRow(
            "coverage",
            "Past stretches inside their cone",
            shown_percent(kept.share, is_signed=False),
            kept.share.why or f"{kept.inside} of {kept.trials}; 90 % is what a true cone gives",
        ),
        MetricRow(
            "now",
            "Volatility now",
            shown_percent(regime.now, is_signed=False),
            regime.now.why or "a year, weighed towards the last days",
        ),
        MetricRow(
            "usual",
            "Volatility of all these days",
            shown_percent(regime.usual, is_signed=False),
            regime.usual.why or "a year",
        ),
        MetricRow(
            "held",
            "Days inside the volatility forecast",
            shown_percent(regime.held, is_signed=False),
            regime.held.why or "made the day before; 90 % where returns are normal",
        ),
    ]
    return Outlook(
        cone=_cone(forecasts.cone(returns, days=horizon), days),
        regime=regime.regime.value if regime.regime else "",
        figures=figures,
    )


def _cone(points: Sequence[forecasts.ConePoint], days: Sequence[DayResult]) -> Lines:
    if not points:
        return Lines()
    last = days[-1].day

    def band(name: str) -> dict[date, Decimal]:
        drawn = {last: Decimal(0)}
        for point in points:
            value = Decimal(str(getattr(point, name)))
            drawn[last + timedelta(days=point.day)] = value * 100
        return drawn

    named = (("95 %", "high"), ("Median", "middle"), ("5 %", "low"))
    return lines([(label, band(name)) for label, name in named])

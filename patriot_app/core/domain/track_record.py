"""Everything that is shown of a stretch of days: profit, returns, drawdowns, wins and risk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from patriot_app.core.domain import return_metrics as metrics
from patriot_app.core.domain.daily_returns import DayResult, returns_of, time_weighted
from patriot_app.core.domain.measures import (
    NO_BENCHMARK,
    NO_DRAWDOWN,
    NO_LOSS,
    Measure,
    as_floats,
    measured,
    missing,
)
from patriot_app.core.domain.money_weighted import DatedFlow, money_weighted_return
from patriot_app.core.domain.performance import WeightedFlow, modified_dietz

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Drawdown:
    """Falls of the profit from its peak, deposits left out.

    Attributes:
        amount: USDT; the deepest.
        fraction: the deepest fall of the chained returns.
        days: how long the deepest lasted, from its peak until it was made good or to the end.
        current: USDT below the peak at the end.
        current_fraction: the same of the chained returns.
    """

    amount: Decimal
    fraction: Measure
    days: int
    current: Decimal
    current_fraction: Measure


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """A stretch of days in figures; money in USDT, returns as fractions.

    Attributes:
        best, worst: equity at its peak and its valley.
        wins, losses: days with profit and with loss; a trade's own result is in the trades.
        recovery_factor: profit over the deepest drawdown, both in money.
    """

    days: int
    profit: Decimal
    flows: Decimal
    equity: Decimal
    best: Decimal
    worst: Decimal
    time_weighted: Decimal | None
    modified_dietz: Decimal | None
    money_weighted: Measure
    annual_return: Measure
    volatility: Measure
    sharpe: Measure
    sortino: Measure
    calmar: Measure
    drawdown: Drawdown
    recovery_factor: Measure
    profit_factor: Measure
    win_rate: Measure
    gross_profit: Decimal
    gross_loss: Decimal
    wins: int
    losses: int
    wins_in_a_row: int
    losses_in_a_row: int
    alpha: Measure
    beta: Measure
    correlation: Measure


def track_record(
    results: Sequence[DayResult], *, benchmark: Mapping[date, float] | None = None
) -> TrackRecord:
    """Reckon every figure of a stretch.

    Args:
        results: days in their order, at least one.
        benchmark: daily returns of what it is compared to; days that one of both lacks are left
            out of alpha, beta and correlation.
    """
    assert results
    dated = returns_of(results)
    returns = as_floats([gained for _, gained in dated])
    profits = [result.profit for result in results]
    signs = [(profit > 0) - (profit < 0) for profit in profits]
    won = sum((profit for profit in profits if profit > 0), _ZERO)
    lost = -sum((profit for profit in profits if profit < 0), _ZERO)
    total = won - lost
    fall = drawdown(results)
    compared = benchmark or {}
    same = [(gained, compared[day]) for day, gained in dated if day in compared]
    ours = as_floats([gained for gained, _ in same])
    theirs = as_floats([gained for _, gained in same])
    traded = signs.count(1) + signs.count(-1)
    equities = [result.equity for result in results]
    return TrackRecord(
        days=len(results),
        profit=total,
        flows=sum((result.flow for result in results), _ZERO),
        equity=equities[-1],
        best=max(equities),
        worst=min(equities),
        time_weighted=time_weighted(results),
        modified_dietz=dietz_of(results),
        money_weighted=xirr_of(results),
        annual_return=metrics.annual_return(returns),
        volatility=metrics.volatility(returns),
        sharpe=metrics.sharpe(returns),
        sortino=metrics.sortino(returns),
        calmar=metrics.calmar(returns),
        drawdown=fall,
        recovery_factor=_ratio(total, fall.amount, NO_DRAWDOWN),
        profit_factor=_ratio(won, lost, NO_LOSS),
        win_rate=_ratio(Decimal(signs.count(1)), Decimal(traded), "no day brought profit or loss"),
        gross_profit=won,
        gross_loss=lost,
        wins=signs.count(1),
        losses=signs.count(-1),
        wins_in_a_row=metrics.longest_run(signs, sign=1),
        losses_in_a_row=metrics.longest_run(signs, sign=-1),
        alpha=metrics.alpha(ours, theirs) if benchmark else missing(NO_BENCHMARK),
        beta=metrics.beta(ours, theirs) if benchmark else missing(NO_BENCHMARK),
        correlation=metrics.correlation(ours, theirs) if benchmark else missing(NO_BENCHMARK),
    )


def drawdown(results: Sequence[DayResult]) -> Drawdown:
    """Return how deep and how long the profit fell below its peak; the stretch begins at nought."""
    profit = peak = deepest = _ZERO
    peak_at = deepest_from = results[0].day
    is_under = False
    days = 0
    for result in results:
        profit += result.profit
        if profit >= peak:
            if is_under:
                days = (result.day - deepest_from).days
                is_under = False
            peak, peak_at = profit, result.day
        elif peak - profit > deepest:
            deepest, deepest_from, is_under = peak - profit, peak_at, True
    if is_under:
        days = (results[-1].day - deepest_from).days
    returns = as_floats([gained for _, gained in returns_of(results)])
    fall = metrics.deepest_fall(returns)
    return Drawdown(deepest, fall, days, peak - profit, metrics.fall_now(returns))


def dietz_of(results: Sequence[DayResult]) -> Decimal | None:
    """Return the Modified Dietz return; deposits count from the beginning of their day.

    The stretch begins with the equity before its first day; where there was none, with what the
    first day brought.
    """
    first, length = results[0], Decimal(len(results))
    start = first.equity - first.profit - first.flow
    flows = [
        WeightedFlow(result.flow, (length - number + (1 if result.flow > 0 else 0)) / length)
        for number, result in enumerate(results, start=1)
    ]
    if start <= 0:
        start, flows = first.equity - first.profit, flows[1:]
    return modified_dietz(equity_start=start, equity_end=results[-1].equity, flows=flows)


def xirr_of(results: Sequence[DayResult]) -> Measure:
    """Return the money-weighted yearly return: opening in, flows as they came, closing out."""
    first = results[0]
    opening = first.equity - first.profit - first.flow
    paid = [DatedFlow(result.day, -result.flow) for result in results if result.flow]
    if opening > 0:
        paid.insert(0, DatedFlow(first.day, -opening))
    return money_weighted_return([*paid, DatedFlow(results[-1].day, results[-1].equity)])


def _ratio(numerator: Decimal, denominator: Decimal, why: str) -> Measure:
    if denominator == 0:
        return missing(why)
    return measured(as_floats([numerator / denominator])[0])

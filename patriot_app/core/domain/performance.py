"""Returns for display; never the base of a fee."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class WeightedFlow:
    """A deposit (positive) or withdrawal and the share of the period that remained after it."""

    amount: Decimal
    remaining_share: Decimal


@dataclass(frozen=True, slots=True)
class SubPeriod:
    """A stretch between two flows: equity right after the first and right before the next."""

    equity_start: Decimal
    equity_end: Decimal


def chain_returns(returns: Iterable[Decimal]) -> Decimal:
    """Return the time-weighted return of sub-period returns, as a fraction."""
    growth = _ONE
    for each in returns:
        growth *= _ONE + each
    return growth - _ONE


def time_weighted_return(periods: Sequence[SubPeriod]) -> Decimal | None:
    """Chain the sub-periods; None where one began without equity."""
    if not periods or any(period.equity_start <= 0 for period in periods):
        return None
    return chain_returns(period.equity_end / period.equity_start - _ONE for period in periods)


def modified_dietz(
    *, equity_start: Decimal, equity_end: Decimal, flows: Sequence[WeightedFlow]
) -> Decimal | None:
    """Return (E_end - E_start - F) / (E_start + sum(w * F)); None without average capital."""
    total = sum((flow.amount for flow in flows), Decimal(0))
    weighted = sum((flow.amount * flow.remaining_share for flow in flows), Decimal(0))
    capital = equity_start + weighted
    return (equity_end - equity_start - total) / capital if capital > 0 else None

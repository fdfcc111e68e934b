"""Equity over time: drawdown, loss of the day, and whether the ledger explains the wallet."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

_ZERO = Decimal(0)
TIE_OUT_TOLERANCE = Decimal("0.01")
TIE_OUT_TURNOVER_RATE = Decimal("0.000001")


class SnapshotKind(StrEnum):
    SCHEDULED = "scheduled"
    TRIGGERED = "triggered"
    MANUAL = "manual"
    REBALANCE = "rebalance"


class SnapshotResolution(StrEnum):
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class EquityPoint:
    """One reading.

    Attributes:
        net_flows: USDT deposited minus withdrawn since the account was first seen.
    """

    taken_at: datetime
    equity: Decimal
    net_flows: Decimal


@dataclass(frozen=True, slots=True)
class TieOut:
    """Whether ledger rows explain the change of a wallet.

    Attributes:
        difference: wallet change minus the rows' sum.
    """

    difference: Decimal
    tolerance: Decimal
    has_gap: bool

    @property
    def is_tied(self) -> bool:
        return not self.has_gap and abs(self.difference) <= self.tolerance


def peak_equity(points: Iterable[EquityPoint], *, net_flows: Decimal) -> Decimal:
    """Return the highest equity so far as it would stand with today's flows.

    A withdrawal lowers the old peak by the same amount, so it is no drawdown, and a deposit raises
    it, so it hides none.
    """
    return max((point.equity - point.net_flows + net_flows for point in points), default=_ZERO)


def drawdown_fraction(*, equity: Decimal, peak: Decimal) -> Decimal:
    """Return the distance from the peak as a fraction of it, 0 at a new peak."""
    if peak <= 0:
        return _ZERO if equity >= 0 else Decimal(1)
    return max(_ZERO, (peak - equity) / peak)


def day_loss_fraction(*, equity: Decimal, day_start_equity: Decimal, day_flows: Decimal) -> Decimal:
    """Return the loss since the start of the day over the equity it started with, 0 if none."""
    base = day_start_equity + day_flows
    if base <= 0:
        return _ZERO if equity >= base else Decimal(1)
    return max(_ZERO, (base - equity) / base)


def max_drawdown(points: Iterable[EquityPoint]) -> Decimal:
    """Return the deepest fall from a peak as a fraction, flows left out."""
    worst = peak = _ZERO
    previous_flows = _ZERO
    for point in points:
        peak = max(peak + point.net_flows - previous_flows, point.equity)
        previous_flows = point.net_flows
        worst = max(worst, drawdown_fraction(equity=point.equity, peak=peak))
    return worst


def tie_out(
    *,
    opening_wallet: Decimal,
    closing_wallet: Decimal,
    rows_total: Decimal,
    gross_turnover: Decimal,
    has_gap: bool,
) -> TieOut:
    """Compare the change of a wallet with the sum of all its ledger rows."""
    return TieOut(
        difference=closing_wallet - opening_wallet - rows_total,
        tolerance=TIE_OUT_TOLERANCE + TIE_OUT_TURNOVER_RATE * gross_turnover,
        has_gap=has_gap,
    )

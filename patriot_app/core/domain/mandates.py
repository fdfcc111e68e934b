"""The agreement with one customer (FEES.md)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from patriot_app.core.errors import Refused

RATE_DEFAULT = Decimal("0.3")


class FeeMeasure(StrEnum):
    """What counts as net profit; chosen at the start and never changed silently."""

    PRUDENT = "prudent"
    TOTAL_EQUITY = "total_equity"
    REALISED_ONLY = "realised_only"


class WithdrawalPolicy(StrEnum):
    """What a withdrawal does to a carried loss."""

    DOLLAR = "dollar"
    PRORATA = "prorata"


@dataclass(frozen=True, slots=True)
class MandateTerm:
    """The rate from a moment on.

    Attributes:
        rate: fraction of the gain, 0 <= rate < 1.
        valid_from: market time.
    """

    rate: Decimal
    valid_from: datetime


def rate_for(terms: Iterable[MandateTerm], *, period_start: datetime) -> Decimal:
    """Return the rate of a fee period: the newest term in force when it began.

    Raises:
        Refused: no term was in force yet.
    """
    known = [term for term in terms if term.valid_from <= period_start]
    if not known:
        raise Refused(f"No rate was agreed for the period from {period_start.isoformat()}")
    return max(known, key=lambda term: term.valid_from).rate


def opening_mark(unrealised_pnl: Decimal) -> Decimal:
    """Return H at the start: open profit that the mandate did not make is not charged later."""
    return max(Decimal(0), unrealised_pnl)

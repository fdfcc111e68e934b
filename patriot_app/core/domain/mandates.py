"""The agreement with one customer (FEES.md)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

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
class Terms:
    """What was agreed about the fee, as it holds for one period.

    Attributes:
        rate: fraction of the gain, 0 <= rate < 1.
        hurdle: in the mandate's currency; the part of a period's gain that is free.
        invoice_minimum: a smaller fee is not charged, and its profit rolls forward.
    """

    rate: Decimal
    measure: FeeMeasure = FeeMeasure.PRUDENT
    withdrawal_policy: WithdrawalPolicy = WithdrawalPolicy.DOLLAR
    hurdle: Decimal = Decimal(0)
    invoice_minimum: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class AgreedTerms:
    """Terms from a moment on.

    Attributes:
        valid_from: market time; the start of a period.
    """

    terms: Terms
    valid_from: datetime


@dataclass(frozen=True, slots=True)
class MarkReset:
    """An amendment that sets the high-water mark anew from a moment on (market time)."""

    mark: Decimal
    valid_from: datetime


@dataclass(frozen=True, slots=True)
class PastPeriod:
    """What an earlier period left behind.

    Attributes:
        mark: to which the mark rose with its fee; None: it has none that stands.
        loss_forgiven: in all since the mark last moved (policy PRORATA).
    """

    starts_at: datetime
    mark: Decimal | None
    loss_forgiven: Decimal


@dataclass(frozen=True, slots=True)
class Agreement:
    """All that was ever agreed about one mandate's fee."""

    opening_mark: Decimal
    agreed: tuple[AgreedTerms, ...]
    resets: tuple[MarkReset, ...] = ()

    def terms_at(self, period_start: datetime) -> Terms | None:
        """Return the terms of a fee period: the newest in force when it began."""
        known = [one for one in self.agreed if one.valid_from <= period_start]
        return max(known, key=lambda one: one.valid_from).terms if known else None

    def mark_at(self, period_start: datetime, past: Iterable[PastPeriod]) -> Decimal:
        """Return H for a fee period: the highest mark that was charged since it was last set."""
        latest = self._reset_at(period_start)
        begins = self.opening_mark if latest is None else latest.mark
        since = [
            one.mark
            for one in past
            if one.mark is not None and (latest is None or one.starts_at >= latest.valid_from)
        ]
        return max([begins, *since])

    def loss_forgiven_at(self, period_start: datetime, past: Iterable[PastPeriod]) -> Decimal:
        """Return the loss forgiven so far; a fee, and a mark that is set anew, begin anew."""
        latest = self._reset_at(period_start)
        earlier = [
            one
            for one in past
            if one.starts_at < period_start
            and (latest is None or one.starts_at >= latest.valid_from)
        ]
        last = max(earlier, key=lambda one: one.starts_at, default=None)
        return Decimal(0) if last is None or last.mark is not None else last.loss_forgiven

    def _reset_at(self, period_start: datetime) -> MarkReset | None:
        known = [one for one in self.resets if one.valid_from <= period_start]
        return max(known, key=lambda one: one.valid_from, default=None)


def problems_of(terms: Terms) -> dict[str, str]:
    """Return what is wrong with terms, by field; none: nothing."""
    fields: dict[str, str] = {}
    if not 0 <= terms.rate < 1:
        fields["rate"] = "A rate is a fraction from 0 to below 1"
    if terms.hurdle < 0:
        fields["hurdle"] = "It cannot be negative"
    if terms.invoice_minimum < 0:
        fields["invoice_minimum"] = "It cannot be negative"
    return fields


def opening_mark(unrealised_pnl: Decimal) -> Decimal:
    """Return H at the start: open profit that the mandate did not make is not charged later."""
    return max(Decimal(0), unrealised_pnl)

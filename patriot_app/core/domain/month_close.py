"""May a month be closed, and what does it come to? Proof comes before money (FEES.md)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from patriot_app.core.domain.equity import TIE_OUT_TOLERANCE, TIE_OUT_TURNOVER_RATE
from patriot_app.core.domain.mandates import Terms, WithdrawalPolicy
from patriot_app.core.domain.performance_fees import (
    AccountProfit,
    Crystallisation,
    crystallise,
    forgiven_loss,
    net_profit,
)

_ZERO = Decimal(0)
VALUED_WITHIN = timedelta(minutes=5)
"""How long before the cut-off the positions may last have been valued, in market time."""


@dataclass(frozen=True, slots=True)
class AccountAtCutOff:
    """What is known of one account of a mandate when its period ends.

    Attributes:
        cut_off: market time; the end of the period, or when the account left the mandate before.
        performance: sum of its performance rows in the mandate up to the cut-off.
        unrealised_pnl: of its open positions at the cut-off; 0 once it has left.
        valued_at: when that was measured; None: not within reach of the cut-off.
        complete_until: market time up to which its ledger was read; None: never.
        tie_out_difference: change of the wallet that no row explains; None: never compared.
        turnover: of the period, in the mandate's currency.
        unknown_rows: up to the cut-off, of types that nobody classified.
        needs_valuation: False for an account that left before the period.
        gap_from: from when its exchange no longer served rows that were not read; None: no gap.
    """

    account_id: UUID
    label: str
    cut_off: datetime
    performance: Decimal
    unrealised_pnl: Decimal
    valued_at: datetime | None
    complete_until: datetime | None
    tie_out_difference: Decimal | None
    turnover: Decimal
    unknown_rows: int
    needs_valuation: bool = True
    gap_from: datetime | None = None


def holds(accounts: Sequence[AccountAtCutOff]) -> tuple[str, ...]:
    """Return why a period cannot be closed yet, a sentence each; none: it can."""
    found = []
    for one in accounts:
        if one.complete_until is None or one.complete_until < one.cut_off:
            found.append(f"{one.label}: its ledger is not read up to the end of the period")
        if one.gap_from is not None and one.gap_from < one.cut_off:
            found.append(f"{one.label}: rows from {one.gap_from:%Y-%m-%d} on may be missing")
        if one.tie_out_difference is None:
            found.append(f"{one.label}: its ledger was never compared with the wallet")
        elif abs(one.tie_out_difference) > tolerance(one.turnover):
            found.append(
                f"{one.label}: the wallet differs from its rows by {one.tie_out_difference:f}"
            )
        if one.unknown_rows:
            found.append(f"{one.label}: {one.unknown_rows} rows of a type that nobody classified")
        if one.needs_valuation and one.valued_at is None:
            found.append(f"{one.label}: its open positions were not valued at the end")
    return tuple(found)


def tolerance(turnover: Decimal) -> Decimal:
    """Return how far a wallet may be from its rows: 0.01 and a millionth of the turnover."""
    return TIE_OUT_TOLERANCE + TIE_OUT_TURNOVER_RATE * turnover


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Money that crossed the mandate's border outwards.

    Attributes:
        amount: positive.
        net_profit: M at that moment.
        equity_before: of all the mandate's accounts, by the last snapshots before.
        valued_at: the oldest of those snapshots; the statement names it.
    """

    amount: Decimal
    occurred_at: datetime
    net_profit: Decimal
    equity_before: Decimal
    valued_at: datetime | None


@dataclass(frozen=True, slots=True)
class Close:
    """What a period comes to.

    Attributes:
        loss_forgiven: in all since the mark last moved (policy PRORATA).
    """

    net_profit: Decimal
    high_water_mark_before: Decimal
    loss_forgiven: Decimal
    outcome: Crystallisation


def close(
    accounts: Sequence[AccountAtCutOff],
    *,
    terms: Terms,
    high_water_mark: Decimal,
    loss_forgiven: Decimal = _ZERO,
    withdrawals: Sequence[Withdrawal] = (),
) -> Close:
    """Compute the fee of a period; it stands only where its evidence is whole (`holds`).

    Args:
        loss_forgiven: carried from the period before.
        withdrawals: of this period, oldest first.
    """
    profit = net_profit(
        [AccountProfit(one.performance, one.unrealised_pnl) for one in accounts],
        measure=terms.measure,
    )
    forgiven = loss_forgiven
    if terms.withdrawal_policy is WithdrawalPolicy.PRORATA:
        for one in withdrawals:
            forgiven = forgiven_loss(
                net_profit=one.net_profit,
                high_water_mark=high_water_mark,
                already_forgiven=forgiven,
                withdrawn=one.amount,
                equity_before=one.equity_before,
            )
    outcome = crystallise(
        net_profit=profit,
        high_water_mark=high_water_mark,
        rate=terms.rate,
        hurdle=terms.hurdle,
        invoice_minimum=terms.invoice_minimum,
        loss_forgiven=forgiven,
    )
    return Close(profit, high_water_mark, forgiven, outcome)


@dataclass(frozen=True, slots=True)
class Accrual:
    """What the fee would be if the period closed now; an estimate, never a bill."""

    net_profit: Decimal
    high_water_mark: Decimal
    base: Decimal
    rate: Decimal
    fee: Decimal


def preview(
    accounts: Sequence[AccountAtCutOff],
    *,
    terms: Terms,
    high_water_mark: Decimal,
    loss_forgiven: Decimal = _ZERO,
    withdrawals: Sequence[Withdrawal] = (),
) -> Accrual:
    """Close an open period as if it ended now."""
    closed = close(
        accounts,
        terms=terms,
        high_water_mark=high_water_mark,
        loss_forgiven=loss_forgiven,
        withdrawals=withdrawals,
    )
    return Accrual(
        net_profit=closed.net_profit,
        high_water_mark=high_water_mark,
        base=closed.outcome.gain,
        rate=terms.rate,
        fee=closed.outcome.fee,
    )

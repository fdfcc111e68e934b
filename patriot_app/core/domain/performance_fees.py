"""A rate on the net profit above the highest net profit ever charged (FEES.md).

Profit and mark are sums since the mandate began and hold no deposits or withdrawals, so money that
moves in or out is never mistaken for profit.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from patriot_app.core.domain.mandates import FeeMeasure
from patriot_app.core.domain.money import (
    EXACT,
    exact_product,
    exact_sum,
    round_cent_half_even,
    round_fee_down,
)

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class AccountProfit:
    """One account of a mandate at a moment.

    Attributes:
        performance: sum of its performance ledger rows since the mandate began, USDT.
        unrealised_pnl: of its open positions at that moment, USDT.
    """

    performance: Decimal
    unrealised_pnl: Decimal


@dataclass(frozen=True, slots=True)
class Crystallisation:
    """The fee of one closed period.

    Attributes:
        gain: USDT above the mark.
        fee: to the cent; 0 if nothing is charged.
        high_water_mark: candidate; it becomes the mark only with a finalised invoice.
    """

    gain: Decimal
    fee: Decimal
    high_water_mark: Decimal


def net_profit(accounts: Iterable[AccountProfit], *, measure: FeeMeasure) -> Decimal:
    """Return M: the accounts' performance, netted, plus what the measure counts of open profit."""
    known = tuple(accounts)
    performance = exact_sum(account.performance for account in known)
    unrealised = exact_sum(account.unrealised_pnl for account in known)
    match measure:
        case FeeMeasure.PRUDENT:
            return exact_sum((performance, min(_ZERO, unrealised)))
        case FeeMeasure.TOTAL_EQUITY:
            return exact_sum((performance, unrealised))
        case FeeMeasure.REALISED_ONLY:
            return performance


def crystallise(
    *,
    net_profit: Decimal,
    high_water_mark: Decimal,
    rate: Decimal,
    hurdle: Decimal = _ZERO,
    invoice_minimum: Decimal = _ZERO,
    loss_forgiven: Decimal = _ZERO,
) -> Crystallisation:
    """Crystallise the performance fee of one closed period.

    Where no fee results (no gain, less than a cent, less than the minimum) the mark stays and the
    profit rolls forward.

    Args:
        net_profit: USDT; M at the cut-off.
        high_water_mark: USDT; the highest M a fee was ever finalised at, from 0.
        rate: fraction of the gain, 0 <= rate < 1 (0.3 means 30 %).
        hurdle: USDT of the period's gain that is free.
        invoice_minimum: USDT; a smaller fee is not charged.
        loss_forgiven: USDT by which withdrawals shrank the carried loss (policy PRORATA).

    Source: ADR-0007.
    """
    assert high_water_mark >= 0
    assert 0 <= rate < 1
    assert hurdle >= 0
    assert loss_forgiven >= 0
    above = exact_sum((net_profit, -high_water_mark, loss_forgiven, -hurdle))
    gain = max(above, _ZERO)
    fee = round_fee_down(exact_product(gain, rate))
    if fee == 0 or fee < invoice_minimum:
        return Crystallisation(
            gain=gain, fee=round_fee_down(_ZERO), high_water_mark=high_water_mark
        )
    return Crystallisation(gain=gain, fee=fee, high_water_mark=max(net_profit, _ZERO))


def forgiven_loss(
    *,
    net_profit: Decimal,
    high_water_mark: Decimal,
    already_forgiven: Decimal,
    withdrawn: Decimal,
    equity_before: Decimal,
) -> Decimal:
    """Return the loss forgiven in all after a withdrawal under the policy PRORATA.

    The carried loss shrinks by the share of the equity that left, to the cent and half to even: a
    share is no finite decimal, and the statement's figures must lead to its fee.

    Args:
        withdrawn: USDT, positive.
        equity_before: USDT by the last snapshot before the flow, which the statement names.
    """
    assert withdrawn > 0
    carried = max(_ZERO, exact_sum((high_water_mark, -already_forgiven, -net_profit)))
    if carried == 0 or equity_before <= 0:
        return already_forgiven
    share = min(Decimal(1), EXACT.divide(withdrawn, equity_before))
    shrunk = min(carried, round_cent_half_even(exact_product(carried, share)))
    return exact_sum((already_forgiven, shrunk))

"""Name what differs between our books and the exchanges, explained or not; never trade it away.

A trade that was not ours explains itself by its order: its owner's hand, a liquidation, an automatic
deleveraging, a settlement. A position that differs in two looks with nothing in flight, and a wallet
that drifts beyond its tolerance, are explained by nobody: the account opens nothing until a person
has decided, and the others trade on.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from daemon.context import Context
from patriot_app.core.domain.orders import OrderIdentity
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.reconciliation import (
    Cause,
    DiscrepancyKind,
    cause_of,
    drift_tolerance,
)
from patriot_app.core.errors import ExchangeError
from patriot_app.core.queries import work_due
from patriot_app.core.queries.work_due import OutsideTrade, PositionBreak
from patriot_app.core.services import adoptions, discrepancies
from patriot_app.core.services.discrepancies import Found
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

LOOK_BACK = timedelta(days=1)


async def explain_outside_trades(context: Context) -> None:
    """Say of each new trade that was not ours who made it."""
    trades = await work_due.outside_trades(
        context.lease.ready, since=context.clock.now() - LOOK_BACK
    )
    found = [await _explained(context, trade) for trade in trades]
    async with begin(SYSTEM, clock=context.clock) as uow:
        await discrepancies.record(uow, found)


async def note_breaks(
    context: Context, lasting: Sequence[PositionBreak], *, all_now: Sequence[PositionBreak]
) -> None:
    """Write down positions that nothing explains, and close those that agree again.

    Args:
        lasting: seen in two looks in a row with nothing in flight.
        all_now: seen in this look.
    """
    kinds = (DiscrepancyKind.POSITION_DIFFERS,)
    async with begin(SYSTEM, clock=context.clock) as uow:
        await discrepancies.record(uow, [_break(one) for one in lasting])
        await discrepancies.clear_gone(
            uow,
            context.lease.ready,
            kinds,
            still=[(one.account_id, one.symbol) for one in all_now],
        )


async def note_drifts(context: Context) -> None:
    """Write down wallets that drifted beyond their tolerance within the day."""
    shards = context.lease.ready
    async with begin(SYSTEM, clock=context.clock) as uow:
        await adoptions.open_days(uow, list(shards))
    drifts = [
        drift
        for drift in await work_due.wallet_drifts(shards)
        if abs(drift.drift) > drift_tolerance(drift.equity)
    ]
    async with begin(SYSTEM, clock=context.clock) as uow:
        await discrepancies.record(
            uow, [_drift(d.account_id, d.drift, d.difference) for d in drifts]
        )
        await discrepancies.clear_gone(
            uow,
            shards,
            (DiscrepancyKind.WALLET_DIFFERS,),
            still=[(drift.account_id, "USDT") for drift in drifts],
        )


async def _explained(context: Context, trade: OutsideTrade) -> Found:
    cause, evidence = await _cause(context, trade)
    return Found(
        account_id=trade.account_id,
        kind=DiscrepancyKind.FOREIGN_TRADE,
        subject=trade.exchange_order_id,
        symbol=trade.symbol,
        local="not ours",
        reported=f"{trade.quantity.normalize():+f} {trade.symbol} at {trade.price.normalize():f}",
        cause=cause,
        evidence=evidence,
    )


async def _cause(context: Context, trade: OutsideTrade) -> tuple[Cause, str]:
    session = context.sessions.get(trade.account_id)
    if session is None or not trade.exchange_order_id:
        return Cause.MANUAL, "The trade names no order of ours"
    identity = OrderIdentity(trade.account_id, trade.symbol, "", trade.exchange_order_id, False)
    try:
        report = await context.gateway.fetch_order(session, identity)
    except ExchangeError as error:
        return Cause.MANUAL, f"Its order could not be looked up: {error}"[:300]
    if report is None:
        return Cause.MANUAL, "The exchange does not show its order any more"
    shown = report.client_order_id or "no client order id"
    return cause_of(report.client_order_id), f"{report.order_type} order with {shown}"


def _break(one: PositionBreak) -> Found:
    return Found(
        account_id=one.account_id,
        kind=DiscrepancyKind.POSITION_DIFFERS,
        subject=one.symbol,
        symbol=one.symbol,
        local=_plain(one.quantity),
        reported=_plain(one.exchange_quantity),
        evidence="Two looks in a row with nothing in flight, after reading the trades again",
    )


def _drift(account_id: UUID, drift: Decimal, difference: Decimal) -> Found:
    return Found(
        account_id=account_id,
        kind=DiscrepancyKind.WALLET_DIFFERS,
        subject="USDT",
        symbol="",
        local="the ledger's rows",
        reported=f"{_plain(drift)} USDT more than they explain today",
        evidence=f"Since the account was opened: {_plain(difference)} USDT",
    )


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text

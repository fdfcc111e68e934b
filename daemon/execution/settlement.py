"""Carry out what a person decided of a difference, on what the exchange shows now.

Nothing here guesses: the account is read again first, and a difference that is gone is closed
without touching the books.
"""

from decimal import Decimal
from uuid import UUID

from daemon.context import Context
from daemon.exchanges.gateway import AccountSession
from daemon.exchanges.throttle import READ_LANE, Lane
from daemon.execution import cancels, exits, reading, resolver
from patriot_app.core.domain.orders import OrderIdentity, OrderReport
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.positions import PositionReport
from patriot_app.core.domain.reconciliation import (
    STATUS_OF,
    Decision,
    DiscrepancyKind,
    DiscrepancyStatus,
)
from patriot_app.core.domain.sending import AccountReports
from patriot_app.core.errors import NotFound, Refused
from patriot_app.core.services import (
    account_readings,
    adoptions,
    attempts,
    discrepancies,
    fills,
    protection,
)
from patriot_app.core.services.account_readings import AccountReading
from patriot_app.core.unit_of_work import begin

K = DiscrepancyKind


async def settle(
    context: Context, discrepancy_id: UUID, decision: Decision, *, command_id: UUID
) -> DiscrepancyStatus:
    """Adopt, close or ignore a difference; return how it ended.

    Raises:
        NotFound: no such difference, or no opened key here; Refused: it is closed already.
        ExchangeError: the account could not be read; the difference stays open.
    """
    async with begin(SYSTEM, clock=context.clock) as uow:
        row = await discrepancies.load(uow, discrepancy_id)
    if row.status != DiscrepancyStatus.OPEN:
        raise Refused(f"This difference is {row.status} already")
    status = STATUS_OF[decision]
    if decision is not Decision.IGNORE:
        session = context.sessions.get(row.account_id)
        if session is None:
            raise NotFound(f"Account {row.account_id} has no opened key in this process")
        READ_LANE.set(Lane.EXIT)
        is_there = await _adopt(context, session, row.kind, row.subject, row.symbol, row.id)
        if not is_there:
            status = DiscrepancyStatus.CLEARED
        elif decision is Decision.CLOSE:
            await _close(context, row.account_id, row.kind, row.subject, command_id)
    async with begin(SYSTEM, clock=context.clock) as uow:
        await discrepancies.resolve(uow, discrepancy_id, status)
    return status


async def _adopt(
    context: Context,
    session: AccountSession,
    kind: str,
    subject: str,
    symbol: str,
    discrepancy_id: UUID,
) -> bool:
    """Bring our books to what the exchange shows; False if there is nothing to bring."""
    if kind == K.ORPHAN_ORDER:
        return await _adopt_order(context, session, subject, symbol)
    if kind == K.WALLET_DIFFERS:
        async with begin(SYSTEM, clock=context.clock) as uow:
            await adoptions.accept_drift(uow, session.account_id)
        return True
    return await _adopt_position(context, session, subject, discrepancy_id)


async def _adopt_position(
    context: Context, session: AccountSession, symbol: str, discrepancy_id: UUID
) -> bool:
    await reading.read_fills(context, session, symbol)
    observed_at, market_at = context.clock.now(), context.market_now()
    held = await context.gateway.fetch_positions(session)
    balance = await context.gateway.fetch_balance(session)
    theirs = sum((p.quantity for p in held if p.symbol == symbol), Decimal(0))
    async with begin(SYSTEM, clock=context.clock) as uow:
        difference = theirs - await adoptions.booked_quantity(uow, session.account_id, symbol)
        if difference != 0:
            fill = adoptions.adjusting_fill(
                discrepancy_id=discrepancy_id,
                exchange=session.exchange,
                symbol=symbol,
                difference=difference,
                price=_price(context, session, symbol, held),
                at=market_at,
            )
            recorded = await fills.record_fills(
                uow, [AccountReports(session.account_id, fills=(fill,))]
            )
            await protection.follow(uow, recorded.attempts)
        read = AccountReading(session.account_id, balance, tuple(held), observed_at, market_at)
        await account_readings.record_readings(uow, [read])
    return difference != 0


def _price(
    context: Context, session: AccountSession, symbol: str, held: list[PositionReport]
) -> Decimal:
    """Return what a position is booked at: the exchange's entry price, else the mark price.

    Raises:
        Refused: no price is known.
    """
    found = next((p for p in held if p.symbol == symbol and p.quantity != 0), None)
    if found is not None:
        return found.entry_price
    mark = context.prices.get(session.exchange, session.mode, symbol)
    if mark is None:
        raise Refused(f"There is no price of {symbol} yet; try again in a moment")
    return mark.price


async def _adopt_order(
    context: Context, session: AccountSession, client_order_id: str, symbol: str
) -> bool:
    report = await _find(context, session, client_order_id, symbol)
    if report is None:
        return False
    async with begin(SYSTEM, clock=context.clock) as uow:
        attempt_id = await adoptions.adopt_order(
            uow,
            session.account_id,
            report,
            timestamp_ms=context.gateway.timestamp_ms(session.exchange, session.mode),
        )
        adopted = await attempts.by_ids(uow, [attempt_id])
    await resolver.resolve(context, adopted)
    return True


async def _find(
    context: Context, session: AccountSession, client_order_id: str, symbol: str
) -> OrderReport | None:
    """Look an order up in both families of endpoints."""
    for is_conditional in (False, True):
        identity = OrderIdentity(session.account_id, symbol, client_order_id, None, is_conditional)
        report = await context.gateway.fetch_order(session, identity)
        if report is not None:
            return report
    return None


async def _close(
    context: Context, account_id: UUID, kind: str, subject: str, command_id: UUID
) -> None:
    if kind == K.ORPHAN_ORDER:
        async with begin(SYSTEM, clock=context.clock) as uow:
            working = await attempts.working(uow, account_id)
        mine = [live for live in working if live.ready.client_order_id == subject]
        await cancels.cancel(context, mine)
        return
    await exits.close_position(context, account_id, subject, command_id=command_id, cause="")

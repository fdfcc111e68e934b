"""Read what an exchange knows of one account and bring our books up to it.

The second source beside the streams: after a gap, at recovery, on doubt. Reading twice changes
nothing.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from daemon.context import Context
from daemon.exchanges.gateway import AccountSession
from daemon.execution import identities
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.fills import FillReport
from patriot_app.core.domain.orders import OrderIdentity, OrderReport
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.reconciliation import DiscrepancyKind
from patriot_app.core.domain.sending import AccountReports
from patriot_app.core.ids import is_ours
from patriot_app.core.services import (
    account_readings,
    attempts,
    cold_modes,
    discrepancies,
    fill_cursors,
    fills,
    protection,
    reports,
)
from patriot_app.core.services.account_readings import AccountReading
from patriot_app.core.services.fills import NOTHING, Recorded
from patriot_app.core.unit_of_work import begin

PAGES_MAX = 50
LISTS_MAX = 20


@dataclass(frozen=True, slots=True)
class Read:
    """What was found: counts of what stands at the exchange."""

    open_orders: int
    open_positions: int


async def read_account(
    context: Context, session: AccountSession, symbols: Collection[str], *, is_full: bool
) -> Read:
    """Read orders, trades, positions and money of an account.

    Args:
        symbols: whose orders and trades are read; trades of open positions are added.
        is_full: list the orders of every instrument.

    Raises:
        ExchangeError: something could not be read; what was read before it is kept.
    """
    standing = await read_orders(context, session, symbols=None if is_full else symbols)
    observed_at, market_at = context.clock.now(), context.market_now()
    positions = await context.gateway.fetch_positions(session)
    balance = await context.gateway.fetch_balance(session)
    for symbol in sorted(set(symbols) | {position.symbol for position in positions}):
        await read_fills(context, session, symbol)
    context.figures.put_reading(
        session.account_id, session.exchange, session.mode, balance, positions, as_of=observed_at
    )
    reading = AccountReading(
        account_id=session.account_id,
        balance=balance,
        positions=tuple(positions),
        observed_at=observed_at,
        market_at=market_at,
    )
    async with begin(SYSTEM, clock=context.clock) as uow:
        await account_readings.record_readings(uow, [reading])
        await protection.compare_attached(uow, attached_stops([reading]), observed_at=observed_at)
    return Read(open_orders=standing, open_positions=len(positions))


async def read_attached(context: Context, session: AccountSession) -> None:
    """Look which positions of an account still carry their attached stop; Bybit's alone do.

    Raises:
        ExchangeError: they could not be read.
    """
    if session.exchange is not Exchange.BYBIT:
        return
    observed_at = context.clock.now()
    positions = await context.gateway.fetch_positions(session)
    held = [
        (session.account_id, position.symbol, position.stop_loss)
        for position in positions
        if position.quantity != 0
    ]
    async with begin(SYSTEM, clock=context.clock) as uow:
        await protection.compare_attached(uow, held, observed_at=observed_at)


def attached_stops(readings: Iterable[AccountReading]) -> list[tuple[UUID, str, Decimal | None]]:
    """Return account, symbol and attached stop of each open position of some readings."""
    return [
        (reading.account_id, position.symbol, position.stop_loss)
        for reading in readings
        for position in reading.positions or ()
        if position.quantity != 0
    ]


async def read_orders(
    context: Context, session: AccountSession, *, symbols: Collection[str] | None = None
) -> int:
    """Read what rests at the exchange; what we believe to rest and is not listed is looked up.

    Args:
        symbols: to list alone; None: all.
    """
    listed: list[OrderReport] = []
    for symbol in _lists(session.exchange, symbols):
        listed += await context.gateway.fetch_open_orders(session, symbol=symbol)
    async with begin(SYSTEM, clock=context.clock) as uow:
        ours = await attempts.working(uow, session.account_id)
    await _note_orphans(context, session, listed, {live.ready.client_order_id for live in ours})
    known = {report.client_order_id: report for report in listed}
    found: list[OrderReport] = list(listed)
    for live in ours:
        shown = known.get(live.ready.client_order_id)
        # Not listed proves nothing: it may be filled, triggered or cancelled. Listed as a plain
        # order, it was triggered and goes by another number.
        is_new = identities.identity_of(live).is_conditional and live.triggered_order_id is None
        if shown is None or (is_new and not shown.is_conditional):
            report = await context.gateway.fetch_order(session, identities.identity_of(live))
            if report is not None:
                found.append(report)
    await record(context, [AccountReports(session.account_id, reports=tuple(found))])
    return len(listed)


def _lists(exchange: Exchange, symbols: Collection[str] | None) -> Sequence[str | None]:
    """Return the symbols to list by themselves; None stands for all.

    To Binance a list of all is forty lists of a symbol, to Bybit each is one request.
    """
    if symbols is None or len(symbols) > LISTS_MAX or exchange is Exchange.BYBIT:
        return (None,)
    return sorted(symbols)


async def _note_orphans(
    context: Context, session: AccountSession, listed: list[OrderReport], working: set[str]
) -> None:
    """Note orders that carry an id of ours and that our books do not know.

    An id that only looks like ours is one of the account's owner, and no business of ours.
    """
    strange = {
        report.client_order_id
        for report in listed
        if is_ours(
            context.instance_key,
            report.client_order_id,
            exchange=session.exchange.value,
            account_id=session.account_id,
        )
    } - working
    if not strange:
        return
    async with begin(SYSTEM, clock=context.clock) as uow:
        strange -= await attempts.in_books(uow, session.account_id, strange)
        found = [
            discrepancies.Found(
                account_id=session.account_id,
                kind=DiscrepancyKind.ORPHAN_ORDER,
                subject=report.client_order_id,
                symbol=report.symbol,
                local="unknown",
                reported=f"{report.side} {report.quantity:f} {report.symbol}, {report.state}",
                evidence="It rests at the exchange under an id that we made",
            )
            for report in listed
            if report.client_order_id in strange
        ]
        if await discrepancies.record(uow, found):
            # Whoever lost the record of one order may have lost others.
            await cold_modes.enter(
                uow, reason=f"Order {found[0].subject} is ours and unknown to the database"
            )
            context.is_cold = True


async def read_fills(context: Context, session: AccountSession, symbol: str) -> Recorded:
    """Read the trades of a symbol since the cursor, page by page.

    An account that never traded the symbol through us begins at the present: its owner's former
    trades are not ours to count. A page with a trade of an order that the exchange does not show
    yet is left for the next time.
    """
    async with begin(SYSTEM, clock=context.clock) as uow:
        cursor = await fill_cursors.cursor(uow, session.account_id, symbol)
        has_orders = cursor is None and await attempts.any_on(uow, session.account_id, symbol)
    if cursor is None and not has_orders:
        latest = await context.gateway.latest_fill_cursor(session, symbol)
        async with begin(SYSTEM, clock=context.clock) as uow:
            await fill_cursors.move_cursor(uow, session.account_id, symbol, latest)
        return NOTHING
    recorded = NOTHING
    for _ in range(PAGES_MAX):
        page = await context.gateway.fetch_fills(session, symbol, cursor=cursor or "")
        if not page.fills and page.complete and page.next_cursor == cursor:
            # Nothing since the last time.
            break
        if not await _are_orders_known(context, session, symbol, page.fills):
            break
        batch = AccountReports(session.account_id, fills=page.fills)
        async with begin(SYSTEM, clock=context.clock) as uow:
            recorded = await fills.record_fills(uow, [batch])
            await protection.follow(uow, recorded.attempts)
            await fill_cursors.move_cursor(uow, session.account_id, symbol, page.next_cursor)
        cursor = page.next_cursor
        if page.complete:
            break
    return recorded


async def _are_orders_known(
    context: Context, session: AccountSession, symbol: str, traded: Iterable[FillReport]
) -> bool:
    """Learn whose the orders of these trades are; False while the exchange does not say.

    Binance names a trade's order by its own number alone, which we hear with the answer to it. Who
    stores a trade before that makes it nobody's for ever, and its position unprotected.
    """
    numbers = {fill.exchange_order_id for fill in traded}
    if session.exchange is not Exchange.BINANCE or not numbers:
        return True
    async with begin(SYSTEM, clock=context.clock) as uow:
        strange = await attempts.strange_orders(uow, session.account_id, numbers)
        resting = await attempts.working(uow, session.account_id) if strange else []
    # What was triggered became an order under another number.
    waiting = [
        live
        for live in resting
        if live.ready.order.is_conditional and live.ready.order.symbol == symbol
    ]
    told = [
        await context.gateway.fetch_order(session, identities.identity_of(live)) for live in waiting
    ]
    for number in strange:
        identity = OrderIdentity(session.account_id, symbol, "", number, False)
        report = await context.gateway.fetch_order(session, identity)
        if report is None:
            return False
        told.append(report)
    found = tuple(report for report in told if report is not None)
    await record(context, [AccountReports(session.account_id, reports=found)])
    return True


async def record(context: Context, batches: list[AccountReports]) -> Recorded:
    """Store what exchanges told: first which orders were triggered, then trades, then the rest."""
    # An order without an id of its own is none of ours.
    if not any(batch.fills or any(r.client_order_id for r in batch.reports) for batch in batches):
        return NOTHING
    triggered = [
        AccountReports(
            batch.account_id,
            reports=tuple(r for r in batch.reports if r.triggered_order_id is not None),
        )
        for batch in batches
    ]
    if any(batch.reports for batch in triggered):
        async with begin(SYSTEM, clock=context.clock) as uow:
            await reports.record_reports(uow, triggered)
    async with begin(SYSTEM, clock=context.clock) as uow:
        await protection.lock(uow, [batch.account_id for batch in batches])
        recorded = await fills.record_fills(uow, batches)
        reported = await reports.record_reports(uow, batches)
        moved = {each.attempt_id for each in reported if each.is_changed} | recorded.attempts
        await protection.follow(uow, moved)
    return recorded

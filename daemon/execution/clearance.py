"""Clear up behind halts: cancel entries at K2, close what we hold, or a part of it, as well at K3.

The books say which accounts are due; several are worked on at once, the largest first. An account is
done when the exchange shows nothing of ours there any more, not when orders were sent. Running twice
closes nothing twice: an exit takes its size from the exchange and only ever reduces, and while the
outcome of one is unknown no other is sent for its symbol.
"""

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID

from daemon.context import Context
from daemon.exchanges.gateway import AccountSession
from daemon.exchanges.throttle import READ_LANE, Lane
from daemon.execution import cancels, exits, identities, reading
from patriot_app.core.db import halt_accounts
from patriot_app.core.db.notify import HALTS, listening
from patriot_app.core.db.sessions import use_reserve
from patriot_app.core.domain.entries import WithdrawalCause
from patriot_app.core.domain.halts import HaltLevel
from patriot_app.core.domain.instruments import round_quantity_down
from patriot_app.core.domain.orders import Leg
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.positions import PositionReport
from patriot_app.core.domain.sending import AccountReports
from patriot_app.core.errors import PatriotError, Refused
from patriot_app.core.services import attempts, clearing
from patriot_app.core.services.clearing import Clearing
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

_ZERO = Decimal(0)
POLL_S = 1.0
CONCURRENT_MAX = 20
TRIES_MAX = 3
ROUNDS_MAX = 5
"""Of closing in one try: a position may be larger than one order can be."""
AGAIN_AFTER = timedelta(seconds=3)


class Clearance:
    """Works on what halts left to be cleared up, for the shards we hold."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._busy: dict[UUID, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Work until cancelled; woken when a halt is raised, and polling."""
        try:
            url = self._context.settings.database_url
            async with listening(url, HALTS, poll_s=POLL_S) as notices:
                async for _ in notices:
                    try:
                        await self.start_due()
                    except Exception:
                        log.exception("clearing_not_started")
        finally:
            for task in self._busy.values():
                task.cancel()
            await asyncio.gather(*self._busy.values(), return_exceptions=True)

    async def start_due(self) -> None:
        """Start on the accounts that are due, as many at once as we may."""
        context = self._context
        shards, room = context.lease.ready, CONCURRENT_MAX - len(self._busy)
        if not shards or room <= 0:
            return
        async with begin(SYSTEM, clock=context.clock) as uow:
            found = await clearing.due(uow, shards, busy=self._busy, count=room)
        for one in found:
            if one.account_id not in self._busy:
                task = asyncio.create_task(self._clear(one), name=f"clear-{one.account_id}")
                self._busy[one.account_id] = task
                task.add_done_callback(partial(self._free, one.account_id))

    async def settle(self) -> None:
        """Wait for what is being worked on."""
        await asyncio.gather(*self._busy.values(), return_exceptions=True)

    async def _clear(self, one: Clearing) -> None:
        try:
            await clear(self._context, one)
        except Exception:
            # How it went could not be stored: the account stays due, and its turn comes again.
            log.exception("clearing_not_stored", extra={"account_id": str(one.account_id)})

    def _free(self, account_id: UUID, _: asyncio.Task[None]) -> None:
        self._busy.pop(account_id, None)


async def clear(context: Context, one: Clearing) -> None:
    """Clear one account up; an error is another try, at last a failure that says why."""
    async with begin(SYSTEM, clock=context.clock) as uow:
        tries = await clearing.start(uow, one)
    if tries is None:
        return
    try:
        await _clear(context, one, tries)
    except Exception as error:
        log.warning(
            "clearing_failed",
            exc_info=not isinstance(error, PatriotError),
            extra={"account_id": str(one.account_id), "error": str(error)},
        )
        why = str(error) if isinstance(error, PatriotError) else f"{type(error).__name__}"
        async with begin(SYSTEM, clock=context.clock) as uow:
            if tries < TRIES_MAX:
                await clearing.postpone(uow, one, after=AGAIN_AFTER, why=why, counts=True)
            else:
                await clearing.fail(uow, one, why=why)


async def _clear(context: Context, one: Clearing, tries: int) -> None:
    session = context.sessions.get(one.account_id)
    if session is None:
        async with begin(SYSTEM, clock=context.clock) as uow:
            await clearing.fail(uow, one, why="There is no opened key for this account")
        return
    READ_LANE.set(Lane.EXIT)
    use_reserve()
    async with begin(SYSTEM, clock=context.clock) as uow:
        entries = await attempts.by_ids(uow, await clearing.to_cancel(uow, one))
    await cancels.cancel(context, entries, cause=WithdrawalCause.HALT)
    async with begin(SYSTEM, clock=context.clock) as uow:
        kept = await halt_accounts.kept(uow.session, one.halt_id, one.account_id)
    if one.level is HaltLevel.FLATTEN:
        await _close(context, session, one, tries, kept=None)
    elif kept:
        await _close(context, session, one, tries, kept=kept)
    async with begin(SYSTEM, clock=context.clock) as uow:
        left = await clearing.to_cancel(uow, one)
        doubtful = await clearing.unsettled(uow, one.account_id)
        if left or doubtful:
            # What may still become a position is awaited; nothing of it may be sent twice.
            why = f"Waits for the outcome of orders on {', '.join(sorted(doubtful))}"
            why = why if doubtful else "Waits for entries to be cancelled"
            await clearing.postpone(uow, one, after=AGAIN_AFTER, why=why, counts=False)
            return
        await clearing.finish(uow, one)


async def _close(
    context: Context,
    session: AccountSession,
    one: Clearing,
    tries: int,
    *,
    kept: Mapping[str, Decimal] | None,
) -> None:
    """Close our positions round by round until no more is left than may stay.

    Args:
        kept: contract units that stay, by symbol, other symbols whole; None closes everything.

    Raises:
        ExchangeError: something could not be read; NotFound, Refused: a close is not possible.
    """
    async with begin(SYSTEM, clock=context.clock) as uow:
        ours = set(await clearing.our_symbols(uow, one))
    for number in range(ROUNDS_MAX):
        await _look_up_exits(context, session)
        held = await context.gateway.fetch_positions(session)
        async with begin(SYSTEM, clock=context.clock) as uow:
            doubtful = await clearing.unsettled(uow, one.account_id)
        mine = [p for p in held if p.quantity != 0 and p.symbol in ours]
        open_now = [
            p for p in mine if p.symbol not in doubtful and _is_too_large(context, session, p, kept)
        ]
        if not open_now:
            break
        for position in sorted(open_now, key=_notional, reverse=True):
            cause = f"halt|{one.halt_id}|{tries}|{number}"
            sent = await exits.close_position(
                context,
                one.account_id,
                position.symbol,
                command_id=None,
                cause=cause,
                keep=_ZERO if kept is None else kept[position.symbol],
            )
            log.info(
                "position_flattened",
                extra={
                    "account_id": str(one.account_id),
                    "symbol": position.symbol,
                    "reason": exits.describe(sent),
                },
            )
    else:
        raise Refused("Positions are still open after several orders")


async def _look_up_exits(context: Context, session: AccountSession) -> None:
    """Learn how exits ended that a stream may not have told of."""
    async with begin(SYSTEM, clock=context.clock) as uow:
        working = await attempts.working(uow, session.account_id)
    for live in working:
        if live.ready.order.leg is Leg.EXIT:
            report = await context.gateway.fetch_order(session, identities.identity_of(live))
            if report is not None:
                reports = AccountReports(session.account_id, reports=(report,))
                await reading.record(context, [reports])


def _is_too_large(
    context: Context,
    session: AccountSession,
    position: PositionReport,
    kept: Mapping[str, Decimal] | None,
) -> bool:
    """Tell whether at least a lot of a position has to go."""
    if kept is None:
        return True
    if position.symbol not in kept:
        return False
    instrument = context.instruments.get((session.exchange, position.symbol))
    if instrument is None:
        raise Refused(f"{position.symbol} on {session.exchange} is not known")
    beyond = max(abs(position.quantity) - kept[position.symbol], _ZERO)
    return round_quantity_down(instrument, beyond) > 0


def _notional(position: PositionReport) -> Decimal:
    return abs(position.quantity * position.mark_price)

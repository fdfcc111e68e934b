"""Withdraw working orders of ours through the fence, and look what became of each.

A cancel that was accepted is not yet cancelled, and "no such order" often means filled: only a look
tells. Accounts are worked on side by side; of one account up to five orders share a request, each
with an outcome of its own.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from daemon.context import Context
from daemon.exchanges.gateway import BATCH_MAX
from daemon.exchanges.throttle import READ_LANE, Lane
from daemon.execution import identities, kill_file, reading
from patriot_app.core.db.sessions import use_reserve
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.entries import WithdrawalCause
from patriot_app.core.domain.events import EntryWithdrawn
from patriot_app.core.domain.orders import WORKING, Leg, Outcome, WriteResult
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.sending import AccountReports, LiveAttempt
from patriot_app.core.services import attempts
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

CANCEL_AGAIN_AFTER = timedelta(seconds=10)
CANCEL_WEIGHT = {Exchange.BINANCE: 1.0, Exchange.BYBIT: 1.0}
ACCOUNTS_AT_ONCE = 20
MARKED_AT_ONCE = 200
"""Cancels marked under one timestamp; more would wait until their window is over."""


async def cancel(
    context: Context, found: Sequence[LiveAttempt], *, cause: WithdrawalCause | None = None
) -> None:
    """Withdraw working orders of ours through the fence, then read what became of each.

    Args:
        cause: why an order is taken back; an entry's story tells of it. None for a leg of ours.

    Raises:
        ExchangeError: what became of one could not be read; the others were withdrawn.
    """
    mine = [
        live
        for live in found
        if live.state in WORKING
        and live.ready.order.account_id in context.sessions
        and context.lease.epoch(live.ready.order.shard) is not None
    ]
    if kill_file.is_stopped(context):
        return
    for start in range(0, len(mine), MARKED_AT_ONCE):
        await _cancel_some(context, mine[start : start + MARKED_AT_ONCE], cause)


async def _cancel_some(
    context: Context, found: Sequence[LiveAttempt], cause: WithdrawalCause | None
) -> None:
    for live in found:
        session = context.sessions[live.ready.order.account_id]
        await context.gateway.throttle.admit(
            [session], lane=Lane.EXIT, weight=CANCEL_WEIGHT[session.exchange], orders=0
        )
    timestamps = {
        live.ready.attempt_id: context.gateway.timestamp_ms(
            live.ready.order.exchange, live.ready.order.mode
        )
        for live in found
    }
    marked = await _mark(context, found, cause)
    by_account: dict[UUID, list[LiveAttempt]] = {}
    for live in sorted(marked, key=lambda each: each.ready.attempt_id):
        by_account.setdefault(live.ready.order.account_id, []).append(live)
    gate = asyncio.Semaphore(ACCOUNTS_AT_ONCE)

    async def one(account: Sequence[LiveAttempt]) -> None:
        async with gate:
            await _cancel_account(context, account, timestamps)

    results = await asyncio.gather(
        *(asyncio.create_task(one(account)) for account in by_account.values()),
        return_exceptions=True,
    )
    for result in results:
        if isinstance(result, BaseException):
            raise result


async def _mark(
    context: Context, found: Sequence[LiveAttempt], cause: WithdrawalCause | None
) -> list[LiveAttempt]:
    """Write down what will be withdrawn before anything leaves."""
    epochs = [
        (live.ready.attempt_id, epoch)
        for live in found
        if (epoch := context.lease.epoch(live.ready.order.shard)) is not None
    ]
    if not epochs:
        return []
    async with begin(SYSTEM, clock=context.clock) as uow:
        ids = await attempts.mark_cancelling(
            uow,
            epochs,
            owner=context.process,
            again=context.clock.now() - CANCEL_AGAIN_AFTER,
            cause="" if cause is None else cause.value,
        )
        marked = [live for live in found if live.ready.attempt_id in ids]
        if cause is not None and cause is not WithdrawalCause.RESUMED:
            for live in (each for each in marked if each.ready.order.leg is Leg.ENTRY):
                uow.record(
                    EntryWithdrawn(
                        subject=live.ready.order.intent_id,
                        account_id=live.ready.order.account_id,
                        symbol=live.ready.order.symbol,
                        client_order_id=live.ready.client_order_id,
                        cause=cause.value,
                    )
                )
    return marked


async def _cancel_account(
    context: Context, found: Sequence[LiveAttempt], timestamps: Mapping[UUID, int]
) -> None:
    for batch in _batches(found):
        timestamp_ms = min(timestamps[live.ready.attempt_id] for live in batch)
        results = await _send(context, batch, timestamp_ms)
        for live, result in zip(batch, results, strict=True):
            await _look(context, live, result)


def _batches(found: Sequence[LiveAttempt]) -> list[list[LiveAttempt]]:
    """Put what one request can withdraw together: Binance takes plain orders of one symbol."""
    groups: dict[tuple[object, ...], list[LiveAttempt]] = {}
    for live in found:
        order = live.ready.order
        key: tuple[object, ...] = (order.exchange,)
        if order.exchange is Exchange.BINANCE:
            key = (order.symbol, live.ready.attempt_id if order.is_conditional else None)
        groups.setdefault(key, []).append(live)
    return [
        group[start : start + BATCH_MAX]
        for group in groups.values()
        for start in range(0, len(group), BATCH_MAX)
    ]


async def _send(
    context: Context, batch: Sequence[LiveAttempt], timestamp_ms: int
) -> list[WriteResult]:
    session = context.sessions[batch[0].ready.order.account_id]
    asked = [identities.identity_to_cancel(live) for live in batch]
    window_ms = context.settings.receive_window_ms
    if len(batch) > 1:
        return await context.gateway.cancel_batch(
            session, asked, timestamp_ms=timestamp_ms, receive_window_ms=window_ms
        )
    return [
        await context.gateway.cancel(
            session, asked[0], timestamp_ms=timestamp_ms, receive_window_ms=window_ms
        )
    ]


async def _look(context: Context, live: LiveAttempt, result: WriteResult) -> None:
    """See what became of an order: the answer to its cancel decides nothing."""
    order = live.ready.order
    session = context.sessions[order.account_id]
    if result.outcome is not Outcome.ACCEPTED:
        log.info(
            "cancel_not_accepted",
            extra={
                "client_order_id": live.ready.client_order_id,
                "outcome": result.outcome.value,
                "code": result.code,
            },
        )
    READ_LANE.set(Lane.EXIT)
    use_reserve()
    report = await context.gateway.fetch_order(session, identities.identity_of(live))
    if report is None:
        return
    await reading.record(context, [AccountReports(order.account_id, reports=(report,))])
    if report.filled_quantity > 0:
        # Whoever plans next must see the position that it made.
        await reading.read_fills(context, session, order.symbol)

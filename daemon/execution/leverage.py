"""Set an account's leverage on a symbol before its first entry there.

Setting it twice has the same effect, so a call that failed may simply be made again; an entry whose
leverage could not be set is not sent, since its margin would not be what the risk review assumed.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from uuid import UUID

from daemon.context import Context
from daemon.exchanges.throttle import READ_LANE, Lane
from daemon.execution import kill_file, maintenance
from patriot_app.core.domain.orders import Leg
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.sending import ReadyAttempt
from patriot_app.core.errors import ExchangeError
from patriot_app.core.services import orders, positions
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

CONCURRENT_MAX = 100
_NOT_OURS = "The shard is not ours any more"


def wanting(attempts: Sequence[ReadyAttempt], known: Mapping[UUID, int | None]) -> set[UUID]:
    """Return the entries whose account has another leverage than they need.

    Args:
        known: leverage at the exchange by account, None if never seen.
    """
    return {
        attempt.attempt_id
        for attempt in attempts
        if attempt.order.leg is Leg.ENTRY
        and attempt.order.leverage is not None
        and known.get(attempt.order.account_id) != attempt.order.leverage
    }


async def record(context: Context, problems: Mapping[ReadyAttempt, str]) -> list[ReadyAttempt]:
    """Note what was set and give up the entries whose leverage was not; return the others.

    Args:
        problems: by entry, "" where the leverage is as it needs.
    """
    if not problems:
        return []
    async with begin(SYSTEM, clock=context.clock) as uow:
        await positions.record_leverage(
            uow,
            [
                (a.order.account_id, a.order.symbol, a.order.leverage)
                for a, problem in problems.items()
                if not problem and a.order.leverage is not None
            ],
        )
        for attempt, problem in problems.items():
            # What a successor may send is not ours to give up.
            if problem and problem != _NOT_OURS:
                await orders.void_attempts(
                    uow, [attempt.attempt_id], owner=context.process, reason=problem
                )
    return [attempt for attempt, problem in problems.items() if not problem]


def note(context: Context, attempts: Sequence[ReadyAttempt]) -> None:
    """Let the live figures know: the margin of a new position depends on it."""
    for attempt in attempts:
        order = attempt.order
        if order.leg is Leg.ENTRY and order.leverage is not None:
            context.figures.note_leverage(order.account_id, order.symbol, order.leverage)


async def set_one(context: Context, attempt: ReadyAttempt, gate: asyncio.Semaphore) -> str:
    """Set the leverage of an entry's account; return "" or what went wrong."""
    order = attempt.order
    session = context.sessions.get(order.account_id)
    if session is None:
        return "No opened key for this account"
    assert order.leverage is not None
    async with gate:
        try:
            # An entry waits for it, so it must not queue behind polling.
            READ_LANE.set(Lane.ENTRY)
            if context.lease.epoch(order.shard) is None:
                return _NOT_OURS
            if kill_file.level_of(context.settings.kill_file) is not None:
                return "The kill file forbids it"
            maintenance.need_open(context, session)
            await context.gateway.set_leverage(session, order.symbol, leverage=order.leverage)
        except ExchangeError as error:
            log.warning("leverage_not_set", extra={"account_id": str(order.account_id)})
            return f"Leverage {order.leverage} could not be set: {error}"
    return ""

"""Bring a shard's accounts into agreement with their exchanges before anything is sent for them.

Runs at every take-over (EXECUTION 2.8). One account that cannot be read stays not ready and holds
up no other.
"""

import asyncio
import logging
from collections.abc import Sequence
from uuid import UUID

from daemon.context import Context
from daemon.exchanges.gateway import AccountSession
from daemon.exchanges.throttle import READ_LANE, Lane
from daemon.execution import keys, maintenance, protector, reading, reading_order, resolver
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.orders import AttemptState
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.errors import NotFound, PatriotError
from patriot_app.core.queries import sealed_keys
from patriot_app.core.queries.sealed_keys import SealedCredential
from patriot_app.core.services import (
    account_states,
    attempts,
    cold_modes,
    doubts,
    heartbeats,
    orders,
)
from patriot_app.core.services.heartbeats import Lease
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

WHY = "Recovering: orders, trades and positions are being read"


async def run(context: Context, lease: Lease) -> None:
    """Recover one shard; afterwards it may be planned and sent for."""
    shard = lease.shard
    async with begin(SYSTEM, clock=context.clock) as uow:
        await account_states.all_not_ready(uow, shard, reason=WHY)
    credentials = await sealed_keys.credentials_of_shards([shard])
    sessions = [s for s in [await _open(context, each) for each in credentials] if s is not None]
    async with begin(SYSTEM, clock=context.clock) as uow:
        has_open = await attempts.accounts_with_open(uow, shard)
    first = sessions if has_open else []
    with reading_order.going_first(context, first):
        await _settle_attempts(context, shard)
        await asyncio.gather(
            *(_recover_in_order(context, session, is_first=bool(first)) for session in sessions)
        )


async def admit_account(context: Context, credential_id: UUID) -> None:
    """Make an account whose key was just verified ready to trade.

    Raises:
        NotFound: the key is gone.
    """
    credential = await sealed_keys.credential(credential_id)
    if credential is None:
        raise NotFound(f"There is no key {credential_id}")
    session = context.sessions.get(credential.account_id)
    if session is not None:
        await _recover(context, session)


async def recover_account(context: Context, account_id: UUID, *, is_full: bool = False) -> bool:
    """Read one account afresh; return whether it is ready.

    Args:
        is_full: read every instrument that it may trade, not only those with something open.

    Raises:
        NotFound: it has no opened key here.
    """
    session = context.sessions.get(account_id)
    if session is None:
        raise NotFound(f"Account {account_id} has no opened key in this process")
    return await _recover(context, session, is_full=is_full)


async def _open(context: Context, credential: SealedCredential) -> AccountSession | None:
    """Open one key; one that does not open stops its own account only."""
    try:
        session = keys.open_session(context, credential)
    except PatriotError as error:
        await keys.tell_unopened(context, credential, error)
        return None
    context.sessions[credential.account_id] = session
    return session


async def _settle_attempts(context: Context, shard: int) -> None:
    """What was being sent is unknown, what was never sent and is too late is void."""
    async with begin(SYSTEM, clock=context.clock) as uow:
        found = await attempts.of_shards(uow, [shard], {AttemptState.SENDING, AttemptState.CREATED})
        sending = [a.ready.attempt_id for a in found if a.state is AttemptState.SENDING]
        await doubts.mark_unknown(uow, sending, evidence="Found being sent after a take-over")
        stale = [
            a.ready.attempt_id
            for a in found
            if a.state is AttemptState.CREATED
            and a.ready.order.deadline is not None
            and a.ready.order.deadline <= uow.now
        ]
        await orders.void_attempts(
            uow, stale, owner=context.process, reason="Found too late after a take-over"
        )
        unknown = await attempts.of_shards(uow, [shard], {AttemptState.UNKNOWN})
    await resolver.resolve(context, unknown)


async def _recover_in_order(context: Context, session: AccountSession, *, is_first: bool) -> bool:
    if not is_first:
        await reading_order.let_pass(context, session)
    return await _recover(context, session)


async def _recover(context: Context, session: AccountSession, *, is_full: bool = False) -> bool:
    async with context.recoveries:
        READ_LANE.set(Lane.TAKE_OVER)
        account_id = session.account_id
        # Whoever lost a part of the record cannot know where something is open.
        is_full = is_full or context.is_cold
        try:
            async with begin(SYSTEM, clock=context.clock) as uow:
                # By the clock that dates the end of a maintenance: ours may be another.
                began_at = await heartbeats.database_now(uow)
                symbols: Sequence[str] = await (
                    attempts.symbols_of(uow, account_id)
                    if is_full
                    else attempts.symbols_open(uow, account_id)
                )
            maintenance.need_open(context, session)
            await context.gateway.ensure_one_way(session)
            found = await reading.read_account(context, session, symbols, is_full=is_full)
            if not is_full and session.exchange is Exchange.BINANCE:
                context.unlisted.add(account_id)
        except Exception as error:
            log.warning(
                "account_not_recovered",
                exc_info=not isinstance(error, PatriotError),
                extra={"account_id": str(account_id), "error": str(error)},
            )
            async with begin(SYSTEM, clock=context.clock) as uow:
                await account_states.mark_not_ready(uow, account_id, reason=str(error)[:500])
            return False
        async with begin(SYSTEM, clock=context.clock) as uow:
            await account_states.mark_ready(
                uow,
                account_id,
                open_orders=found.open_orders,
                open_positions=found.open_positions,
                read_since=began_at,
            )
            await cold_modes.note_proved(uow, account_id)
    await protector.guard(context, [account_id])
    return True

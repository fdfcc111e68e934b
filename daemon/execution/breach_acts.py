"""Carry out what breaches call for: each once, after it is on record, by a halt and nothing else.

The halt, the note on the breach and the fact are one transaction: a crash before it leaves the breach
to the next look, and one after it leaves the clearing up to whoever holds the shard then.
"""

import logging
from datetime import timedelta
from uuid import UUID

from daemon.context import Context
from patriot_app.core.domain.breach_acts import ACTS
from patriot_app.core.domain.entries import EntryScope
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.risk_limits import Response
from patriot_app.core.errors import PatriotError, Refused
from patriot_app.core.services import breach_acts, desk_entries, halts
from patriot_app.core.services.breach_acts import TakenBreach
from patriot_app.core.unit_of_work import UnitOfWork, begin

log = logging.getLogger(__name__)

SEEN_WITHIN = timedelta(seconds=60)
"""An older sight decides nothing: the next measurement says whether it still stands."""
_ONLY_TOLD = "this desk only tells (PATRIOT_BREACHES=tell)"


async def act(context: Context) -> None:
    """Act on new breaches of our shards, tell of them, and end the pauses that are over."""
    shards = list(context.lease.ready)
    async with begin(SYSTEM, clock=context.clock) as uow:
        due = await breach_acts.due(uow, shards, seen_after=context.clock.now() - SEEN_WITHIN)
    for breach_id in due:
        try:
            await act_on(context, breach_id)
        except Exception:
            # One that fails must not keep the others waiting; its turn comes again.
            log.exception("breach_not_acted_on", extra={"breach_id": str(breach_id)})
    async with begin(SYSTEM, clock=context.clock) as uow:
        await breach_acts.tell(uow)
        ended = await breach_acts.ended(uow)
    for halt_id in ended:
        await _lift(context, halt_id)


async def act_on(context: Context, breach_id: UUID) -> None:
    """Do once what a breach calls for."""
    async with begin(SYSTEM, clock=context.clock) as uow:
        breach = await breach_acts.take(uow, breach_id)
        if breach is None:
            return
        if context.settings.breaches == "tell" and ACTS[breach.response].level is not None:
            await breach_acts.note(uow, breach, halts=[], refused=[_ONLY_TOLD])
            return
        raised, refused = await _halt(uow, breach)
        if ACTS[breach.response].withdraws:
            await desk_entries.cancel_entries(
                uow,
                EntryScope.ACCOUNT,
                str(breach.account_id),
                reason=breach.reason,
                idempotency_key=f"breach:{breach.id}",
            )
        await breach_acts.note(uow, breach, halts=raised, refused=refused)
    if breach.response is not Response.NOTIFY:
        log.warning(
            "breach_acted_on",
            extra={"account_id": str(breach.account_id), "reason": breach.reason},
        )


async def _halt(uow: UnitOfWork, breach: TakenBreach) -> tuple[list[UUID], list[str]]:
    """Raise the halts of a breach; return them, and why some could not be."""
    wanted = ACTS[breach.response]
    raised: list[UUID] = []
    refused: list[str] = []
    if wanted.level is None:
        return raised, refused
    for scope, scope_id in breach.scopes:
        try:
            async with uow.savepoint():
                done = await halts.raise_halt(
                    uow,
                    scope=scope,
                    scope_id=scope_id,
                    level=wanted.level,
                    state=wanted.state,
                    reason=breach.reason,
                    keep=wanted.keep,
                    is_told=False,
                )
            raised.append(done.halt_id)
        except PatriotError as error:
            # Most often: a halt that goes as far stands already.
            refused.append(str(error))
    if not breach.scopes:
        refused.append("the account runs no strategy")
    return raised, refused


async def _lift(context: Context, halt_id: UUID) -> None:
    try:
        async with begin(SYSTEM, clock=context.clock) as uow:
            await halts.lower_halt(
                uow, halt_id, reason="The breaches behind it are over", is_told=False
            )
    except Refused:
        # Somebody lifted it this moment, or the account is locked down: then it stays.
        log.info("pause_not_lifted", extra={"halt_id": str(halt_id)})

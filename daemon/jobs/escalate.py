"""Open and end incidents, and wake people for those that nobody sees to."""

from datetime import timedelta

from daemon.context import Context
from daemon.execution import condition
from patriot_app.core.domain.conditions import Trading
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.queries import running
from patriot_app.core.services import escalation, incidents
from patriot_app.core.unit_of_work import begin

YOUNG_S = 120.0
"""A daemon that has just started waits for its predecessor's last order: that is no incident."""


async def run(context: Context) -> None:
    """Look at the facts since the last look, then at who has to be woken."""
    settings = context.settings
    async with begin(SYSTEM, clock=context.clock) as uow:
        await incidents.follow_facts(
            uow,
            patience_s=settings.unprotected_s_max,
            not_trading=await _not_trading(context),
        )
    async with begin(SYSTEM, clock=context.clock) as uow:
        await escalation.escalate(uow, after=timedelta(seconds=settings.escalate_after_s))


async def _not_trading(context: Context) -> str | None:
    """Return why nobody trades for this desk, "" while somebody does, None while we cannot say.

    A halt is an incident of its own, and another trader may hold what we do not.
    """
    if context.lease.is_stopped:
        return None
    found = condition.of(context)
    if found.trading is not Trading.NOT_TRADING:
        return ""
    if (context.clock.now() - context.started_at).total_seconds() < YOUNG_S:
        return None
    if await running.is_any_shard_held():
        return ""
    return "; ".join(why.text for why in found.why)

"""Ask the exchanges whether they are or will be under maintenance, and record how far windows are."""

import logging

from daemon.context import Context
from daemon.exchanges.breakers import Market
from daemon.exchanges.throttle import READ_LANE, Lane
from daemon.execution import entries, maintenance
from patriot_app.core.domain.maintenance import Closure, Notice, NoticeState
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.errors import ExchangeError
from patriot_app.core.services import maintenance_exits, maintenance_notices
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

ASK_EVERY_S = 20.0
BELIEVED_S = 60.0
"""So long an answer counts that said "maintenance", where the status endpoint says nothing of it."""


async def run(context: Context) -> None:
    """Look once a second; the exchanges themselves are asked every 20 s, and at once after a sign."""
    for market in sorted({(each.exchange, each.mode) for each in context.sessions.values()}):
        if _is_time_to_ask(context, market):
            await _ask(context, market)
    async with begin(SYSTEM, clock=context.clock) as uow:
        await maintenance_notices.move_on(uow)
    await maintenance.look(context)
    await _withdraw(context)


def _is_time_to_ask(context: Context, market: Market) -> bool:
    now = context.clock.monotonic()
    asked, signs = context.maintenance_asked.get(market), context.gateway.maintenance_signs
    if asked is None or now - asked >= ASK_EVERY_S:
        return True
    return signs.get(market, asked) > asked


async def _ask(context: Context, market: Market) -> None:
    READ_LANE.set(Lane.RESOLUTION)
    now = context.clock.monotonic()
    context.maintenance_asked[market] = now
    try:
        notices = await context.gateway.fetch_maintenance(*market)
    except ExchangeError as error:
        log.info("maintenance_not_asked", extra={"exchange": market[0], "error": str(error)})
        notices = None
    notices = _with_signs(context, market, notices)
    if notices is None:
        return
    async with begin(SYSTEM, clock=context.clock) as uow:
        await maintenance_notices.hear(uow, *market, notices)


def _with_signs(
    context: Context, market: Market, notices: list[Notice] | None
) -> list[Notice] | None:
    """Add what answers said, unless the exchange names a maintenance that runs; None: not known."""
    sign = context.gateway.maintenance_signs.get(market)
    if sign is None or context.clock.monotonic() - sign > BELIEVED_S:
        return notices
    found = notices or []
    if any(each.state is NoticeState.ONGOING for each in found):
        return found
    return [*found, Notice("", "Its answers say so", NoticeState.ONGOING)]


async def _withdraw(context: Context) -> None:
    """Take back what rests where nothing opens any more; where nothing is sent it stays.

    Entries of strategies that leave their positions go in any case: one that fills would be left too.
    """
    markets = {(each.exchange, each.mode) for each in context.sessions.values()}
    soon = {m for m in markets if maintenance.closure(context, *m) is Closure.NO_ENTRIES}
    if not soon:
        return
    if context.settings.entries_at_maintenance == "cancel":
        await entries.withdraw_markets(context, soon)
        return
    async with begin(SYSTEM, clock=context.clock) as uow:
        leaving = await maintenance_exits.leaving_deployments(uow)
    if leaving:
        await entries.withdraw_markets(context, soon, deployments=leaving)

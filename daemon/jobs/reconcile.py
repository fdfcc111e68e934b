"""Compare our positions with the exchanges'; import what was missed, park what stays unexplained.

A difference counts only in two looks at the exchange with nothing in flight. First the trades are
read again, since a missed fill explains most; what remains parks the account. Nothing is ever
traded to make the sides agree.
"""

import logging

from daemon.context import Context
from daemon.execution import reading
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.errors import ExchangeError
from patriot_app.core.queries import work_due
from patriot_app.core.queries.work_due import PositionBreak
from patriot_app.core.services import account_states
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)


async def run(context: Context) -> None:
    """Look for differences of our shards; park those that lasted from the last run to this one."""
    found = {
        (one.account_id, one.symbol): one
        for one in await work_due.position_breaks(context.lease.ready)
    }
    lasting = [one for key, one in found.items() if _lasted(context.position_breaks.get(key), one)]
    context.position_breaks = found
    for one in found.values():
        await _import(context, one)
    for one in lasting:
        log.error(
            "position_differs", extra={"account_id": str(one.account_id), "symbol": one.symbol}
        )
        async with begin(SYSTEM) as uow:
            await account_states.park(
                uow,
                one.account_id,
                reason=f"{one.symbol}: our fills make {one.quantity:f}, "
                f"the exchange shows {one.exchange_quantity:f}",
            )


def _lasted(before: PositionBreak | None, now: PositionBreak) -> bool:
    return (
        before is not None
        and before.observed_at < now.observed_at
        and before.quantity - before.exchange_quantity == now.quantity - now.exchange_quantity
    )


async def _import(context: Context, one: PositionBreak) -> None:
    session = context.sessions.get(one.account_id)
    if session is None:
        return
    try:
        await reading.read_fills(context, session, one.symbol)
    except ExchangeError:
        log.warning("fills_unreadable", extra={"account_id": str(one.account_id)})

"""Compare our positions with the exchanges'; import what was missed, park what stays unexplained.

A difference counts only in two looks at the exchange with nothing in flight. First the trades are
read again, since a missed fill explains most; what remains parks the account. Nothing is ever
traded to make the sides agree.
"""

import logging

from daemon.context import Context
from daemon.execution import differences, reading
from patriot_app.core.errors import ExchangeError
from patriot_app.core.queries import work_due
from patriot_app.core.queries.work_due import PositionBreak

log = logging.getLogger(__name__)


async def run(context: Context) -> None:
    """Look for differences of our shards; what lasted from the last run to this one parks."""
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
    await differences.note_breaks(context, lasting, all_now=list(found.values()))
    await differences.note_drifts(context)
    await differences.explain_outside_trades(context)


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

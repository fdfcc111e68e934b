"""List all that rests at Binance for accounts that a take-over read for a few instruments only.

An order that carries an id of ours and that our books do not know may rest for any instrument. A list
of all costs as much as forty of one, so it comes after the take-over, from what is left over: one
account of each address at a time.
"""

import asyncio
import logging

from daemon.context import Context
from daemon.exchanges.gateway import AccountSession
from daemon.exchanges.throttle import Address
from daemon.execution import reading
from patriot_app.core.errors import ExchangeError

log = logging.getLogger(__name__)


async def run(context: Context) -> None:
    """List the orders of the next account of each address; one that fails is listed later."""
    context.unlisted &= context.sessions.keys()
    due: dict[Address, AccountSession] = {}
    for account_id in sorted(context.unlisted):
        session = context.sessions[account_id]
        due.setdefault((session.exchange, session.mode, session.source_address), session)
    await asyncio.gather(*(_list(context, session) for session in due.values()))


async def _list(context: Context, session: AccountSession) -> None:
    try:
        await reading.read_orders(context, session)
    except ExchangeError as error:
        log.warning(
            "orders_not_listed",
            extra={"account_id": str(session.account_id), "error": str(error)},
        )
    else:
        context.unlisted.discard(session.account_id)

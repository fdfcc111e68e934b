"""Read contracts and leverage brackets afresh."""

import logging

from daemon.context import Context
from daemon.execution import catalogue
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.errors import ExchangeError
from patriot_app.core.queries import running

log = logging.getLogger(__name__)

FOLLOW_EVERY_S = 1.0


async def run(context: Context) -> None:
    """Refresh every exchange that has accounts; one that does not answer keeps its old facts."""
    for exchange, mode in await running.exchanges_in_use():
        await _refresh(context, exchange, mode)
    context.instruments = await running.instruments()


async def follow(context: Context) -> None:
    """Read the contracts at the start, and of each exchange again when its first key is opened.

    Binance tells its leverage brackets only to a signed call, and an exchange whose first account
    is connected while we run has not been read at all.
    """
    await run(context)
    known: set[tuple[Exchange, AccountMode]] = set()
    while True:
        opened = {(session.exchange, session.mode) for session in context.sessions.values()}
        for exchange, mode in sorted(opened - known):
            if await _refresh(context, exchange, mode):
                known.add((exchange, mode))
                context.instruments = await running.instruments()
        await context.clock.sleep(FOLLOW_EVERY_S)


async def _refresh(context: Context, exchange: Exchange, mode: AccountMode) -> bool:
    """Refresh one exchange; return whether it answered."""
    try:
        await catalogue.refresh(context, exchange, mode)
    except ExchangeError:
        log.warning("instruments_unreadable", extra={"exchange": exchange.value}, exc_info=True)
        return False
    return True

"""Read contracts and leverage brackets afresh."""

import logging

from daemon.context import Context
from daemon.execution import catalogue
from patriot_app.core.errors import ExchangeError
from patriot_app.core.queries import running

log = logging.getLogger(__name__)


async def run(context: Context) -> None:
    """Refresh every exchange that has accounts; one that does not answer keeps its old facts."""
    for exchange, mode in await running.exchanges_in_use():
        try:
            await catalogue.refresh(context, exchange, mode)
        except ExchangeError:
            log.warning("instruments_unreadable", extra={"exchange": exchange.value}, exc_info=True)
    context.instruments = await running.instruments()

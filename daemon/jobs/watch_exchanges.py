"""Read the exchanges' clocks, and find out whether one that stopped answering is back."""

import asyncio
import logging

from daemon.context import Context
from daemon.exchanges.breakers import Market
from daemon.exchanges.throttle import READ_LANE, Lane
from patriot_app.core.domain.breakers import Probe
from patriot_app.core.domain.clock_trust import READINGS_NEEDED
from patriot_app.core.errors import ExchangeError, ExchangeRejected, ExchangeUnavailable

log = logging.getLogger(__name__)

READ_EVERY_S = 10.0
BETWEEN_READINGS_S = 0.2


async def run(context: Context) -> None:
    """Look at every exchange that we have accounts at."""
    markets = sorted({(each.exchange, each.mode) for each in context.sessions.values()})
    await asyncio.gather(*(_watch(context, market) for market in markets))


async def _watch(context: Context, market: Market) -> None:
    READ_LANE.set(Lane.RESOLUTION)
    try:
        await _ask_whether_it_is_back(context, market)
        await _read_clock(context, market)
    except ExchangeError as error:
        # The breakers have counted it; the next run asks again.
        log.info("exchange_not_watched", extra={"exchange": market[0], "error": str(error)})


async def _ask_whether_it_is_back(context: Context, market: Market) -> None:
    gateway = context.gateway
    probe = gateway.breakers.probe(market)
    if probe is None:
        return
    try:
        if probe is Probe.TIME:
            await gateway.server_time(*market)
        else:
            session = next(s for s in context.sessions.values() if (s.exchange, s.mode) == market)
            await gateway.fetch_balance(session)
    except ExchangeUnavailable:
        gateway.breakers.note_probe(market, probe, is_well=False)
        raise
    except ExchangeRejected:
        # It answers, if only to say that it does not know this key.
        log.info("probe_refused", extra={"exchange": market[0]})
    gateway.breakers.note_probe(market, probe, is_well=True)


async def _read_clock(context: Context, market: Market) -> None:
    clocks = context.gateway.clocks
    if not clocks.doubt(*market) and clocks.age_s(*market) < READ_EVERY_S:
        return
    await context.gateway.server_time(*market)
    for _ in range(READINGS_NEEDED):
        if not clocks.doubt(*market):
            return
        await context.clock.sleep(BETWEEN_READINGS_S)
        await context.gateway.server_time(*market)

"""Follow the paper exchange's market clock, so that every process dates things alike.

On a desk with paper accounts the paper exchange sets the mapping of wall to market time; it is
stored in one row, rewritten only when it moved. Without paper accounts market time is wall time.
"""

import logging
from datetime import UTC, datetime, timedelta

import aiohttp

from daemon.context import Context
from patriot_app.core.clock import MarketClock
from patriot_app.core.domain.accounts import AccountMode
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.queries import running
from patriot_app.core.services import market
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

POLL_S = 1.0
TIMEOUT_S = 2.0
DRIFT_WALL_S_MAX = 0.25
"""How far, in wall seconds, the mapping may be off before it is rewritten."""


async def run(context: Context) -> None:
    """Follow until cancelled; while the paper exchange is down the last mapping stays."""
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    stored: tuple[MarketClock, bool] | None = None
    async with aiohttp.ClientSession(timeout=timeout) as http:
        while True:
            try:
                if any(mode is AccountMode.PAPER for _, mode in await running.exchanges_in_use()):
                    reading = await _read(http, context)
                    if stored is None or _has_moved(stored, reading, context.clock.now()):
                        await _store(context, *reading)
                        stored = reading
            except (aiohttp.ClientError, TimeoutError) as error:
                log.warning("paper_clock_unreadable", extra={"error": type(error).__name__})
            except Exception:
                log.exception("paper_clock_failed")
            await context.clock.sleep(POLL_S)


async def _read(http: aiohttp.ClientSession, context: Context) -> tuple[MarketClock, bool]:
    async with http.get(f"{context.settings.paper_url}/_paper/clock") as response:
        body = await response.json()
    is_finished = bool(body["finished"])
    clock = MarketClock(
        wall_origin=context.clock.now(),
        market_origin=datetime.fromtimestamp(body["market_ms"] / 1000, tz=UTC),
        speed=float(body["speed"]),
        paused=bool(body["paused"]) or is_finished,
    )
    return clock, is_finished


def _has_moved(
    before: tuple[MarketClock, bool], after: tuple[MarketClock, bool], now: datetime
) -> bool:
    old, was_finished = before
    new, is_finished = after
    if (old.speed, old.paused, was_finished) != (new.speed, new.paused, is_finished):
        return True
    drift = abs(new.at(now) - old.at(now))
    return drift > timedelta(seconds=DRIFT_WALL_S_MAX * max(new.speed, 1.0))


async def _store(context: Context, clock: MarketClock, is_finished: bool) -> None:
    context.market_clock = clock
    context.is_paper_clock_read = True
    async with begin(SYSTEM) as uow:
        await market.put_market_clock(uow, clock, is_finished=is_finished)

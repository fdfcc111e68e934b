"""Drop what has outlived its use: old minutes, old candles, old job runs."""

from datetime import timedelta

from daemon.context import Context
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.services import heartbeats, market, portfolio, risk_watch
from patriot_app.core.unit_of_work import begin

CANDLES_KEPT = timedelta(days=60)
RUNS_KEPT = timedelta(days=14)


async def run(context: Context) -> None:
    """Apply every retention rule once."""
    async with begin(SYSTEM) as uow:
        await portfolio.forget_snapshots(uow, market_now=context.market_now())
        await market.forget_candles(uow, older_than=context.market_now() - CANDLES_KEPT)
        await risk_watch.forget(uow)
        await heartbeats.forget_old(uow, older_than=context.clock.now() - RUNS_KEPT)

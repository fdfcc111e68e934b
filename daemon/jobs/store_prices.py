"""Store the newest prices that the public streams told."""

from daemon.context import Context
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.services import market
from patriot_app.core.unit_of_work import begin


async def run(context: Context) -> None:
    """Write what changed since the last run, in one statement."""
    changed = context.prices.take_changed()
    if not changed:
        return
    async with begin(SYSTEM) as uow:
        await market.put_last_prices(
            uow,
            [
                market.LastPrice(
                    exchange=price.exchange,
                    mode=price.mode,
                    symbol=price.symbol,
                    mark=price.mark,
                    last=price.last,
                    observed_at=price.observed_at,
                )
                for price in changed
            ],
        )

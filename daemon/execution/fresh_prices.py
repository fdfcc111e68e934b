"""The price that a person's signal is judged at: fresh, or not at all."""

from daemon.context import Context
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.targets import MarkPrice
from patriot_app.core.errors import Refused

AGE_MS_MAX = 10_000
LOOK_EVERY_S = 0.2


async def wait_for_price(
    context: Context, exchange: Exchange, mode: AccountMode, symbol: str
) -> MarkPrice:
    """Return the present mark price; a trader that has just begun waits for its first one.

    Raises:
        Refused: none that is fresh came within `first_price_wait_s`.
    """
    until = context.clock.monotonic() + context.settings.first_price_wait_s
    while True:
        price = context.prices.get(exchange, mode, symbol)
        if price is not None and price.age_ms <= AGE_MS_MAX:
            return price
        if context.clock.monotonic() >= until:
            raise Refused(f"There is no fresh price of {symbol} on {exchange}")
        await context.clock.sleep(LOOK_EVERY_S)

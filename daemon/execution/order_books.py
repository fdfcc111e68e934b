"""Order books of the exchanges' public endpoints, read once for all who ask at about the same time."""

import asyncio
import logging
from dataclasses import dataclass

from daemon.context import Context
from daemon.exchanges.throttle import READ_LANE, Lane
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.order_books import OrderBook
from patriot_app.core.errors import ExchangeError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NoBook:
    """Why there is no book to look at."""

    reason: str


async def read(
    context: Context, exchange: Exchange, mode: AccountMode, symbol: str
) -> OrderBook | NoBook:
    """Return a book that is fresh, or why there is none; entries wait for it, so not for long."""
    key, settings = (exchange, mode, symbol), context.settings
    known = context.books.get(key)
    now = context.clock.monotonic()
    if known is not None and now - known[1] <= settings.book_age_s_max:
        return known[0]
    READ_LANE.set(Lane.ENTRY)
    reading = asyncio.create_task(context.gateway.fetch_order_book(exchange, mode, symbol))
    pause = asyncio.create_task(context.clock.sleep(settings.book_wait_s))
    try:
        await asyncio.wait({reading, pause}, return_when=asyncio.FIRST_COMPLETED)
        if not reading.done():
            return NoBook(f"No order book within {settings.book_wait_s:g} s")
        book = reading.result()
    except ExchangeError as error:
        log.warning("order_book_not_read", extra={"exchange": exchange.value, "error": str(error)})
        return NoBook(f"No order book: {error}")
    finally:
        for task in (reading, pause):
            task.cancel()
        await asyncio.gather(reading, pause, return_exceptions=True)
    context.books[key] = (book, now)
    return book

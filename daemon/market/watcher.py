"""Watch the markets in use: store every closed bar, know the newest prices, tell of new bars.

One shared public stream per exchange and mode, whatever the number of accounts. A bar is stored
before anybody decides on it, and told once and in order.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from daemon.context import Context, MarketKey
from daemon.exchanges.market_stream import MarketStream
from daemon.exchanges.stream_events import MarketStreamHandlers, PriceChange
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.candles import Candle
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.errors import ExchangeError
from patriot_app.core.queries import running
from patriot_app.core.services import market
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

POLL_S = 2.0
QUEUE_MAX = 50_000
PAGE_BARS = 999
HISTORY = timedelta(days=3)
"""What is read of a market not seen before, so that strategies can decide at once."""

OnBar = Callable[[Context, Exchange, AccountMode, str, Candle], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Bar:
    exchange: Exchange
    mode: AccountMode
    symbol: str
    candle: Candle


class MarketWatcher:
    """Keeps the public streams that the desk needs; `run` it as a task.

    Args:
        on_bar: called for each new closed bar after it is stored; it must handle its own errors.
    """

    def __init__(self, context: Context, *, on_bar: OnBar) -> None:
        self._context = context
        self._on_bar = on_bar
        self._bars: asyncio.Queue[_Bar] = asyncio.Queue(maxsize=QUEUE_MAX)
        self._streams: dict[MarketKey, MarketStream] = {}
        self._watched: set[tuple[Exchange, AccountMode, str]] = set()
        self._handlers = MarketStreamHandlers(on_candle=self._queue, on_price=self._note_price)

    async def run(self) -> None:
        """Watch until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._store_and_tell(), name="bars")
            while True:
                try:
                    for key, symbols in (await running.markets_in_use()).items():
                        await self._watch(tasks, key, symbols)
                except ExchangeError as error:
                    log.warning("market_history_unreadable", extra={"error": str(error)})
                except Exception:
                    log.exception("market_watch_failed")
                await self._context.clock.sleep(POLL_S)

    async def _watch(
        self, tasks: asyncio.TaskGroup, key: MarketKey, symbols: tuple[str, ...]
    ) -> None:
        exchange, mode = key
        if mode is AccountMode.PAPER and not self._context.is_paper_clock_read:
            # Without its market time, history would be asked for at the wrong time.
            return
        stream = self._streams.get(key)
        if stream is None:
            stream = MarketStream(
                exchange,
                mode,
                gateway=self._context.gateway,
                handlers=self._handlers,
                shared=self._context.streams,
            )
            self._streams[key] = stream
            tasks.create_task(stream.run(), name=f"market-{exchange}-{mode}")
        for symbol in symbols:
            if (exchange, mode, symbol) in self._watched:
                continue
            known_until = await self._load_history(exchange, mode, symbol)
            await stream.watch(symbol, told_until=known_until)
            self._watched.add((exchange, mode, symbol))

    async def _load_history(
        self, exchange: Exchange, mode: AccountMode, symbol: str
    ) -> datetime | None:
        """Store the bars before now; return when the last one closed."""
        market_now = self._context.market_now()
        stored = await running.last_candles(
            exchange, mode, symbol, before=market_now + timedelta(days=1), count=1
        )
        until = stored[-1].closed_at if stored else None
        since = market_now - HISTORY if until is None else max(until, market_now - HISTORY)
        while True:
            candles = await self._context.gateway.fetch_candles(
                exchange, mode, symbol, interval_minutes=1, since=since, limit=PAGE_BARS
            )
            if candles:
                async with begin(SYSTEM) as uow:
                    await market.add_candles(uow, exchange, mode, symbol, candles)
                since = until = candles[-1].closed_at
            if len(candles) < PAGE_BARS:
                return until

    async def _store_and_tell(self) -> None:
        while True:
            batch = [await self._bars.get()]
            while not self._bars.empty():
                batch.append(self._bars.get_nowait())
            await self._store(batch)
            for bar in batch:
                await self._on_bar(self._context, bar.exchange, bar.mode, bar.symbol, bar.candle)

    async def _store(self, batch: list[_Bar]) -> None:
        groups: dict[tuple[Exchange, AccountMode, str], list[Candle]] = {}
        for bar in batch:
            groups.setdefault((bar.exchange, bar.mode, bar.symbol), []).append(bar.candle)
        while True:
            try:
                async with begin(SYSTEM) as uow:
                    for (exchange, mode, symbol), candles in groups.items():
                        await market.add_candles(uow, exchange, mode, symbol, candles)
                    uow.touch("candles")
                return
            except Exception:
                # Without the bar in the table nothing may be decided on it: wait and try again.
                log.exception("bars_not_stored", extra={"count": len(batch)})
                await self._context.clock.sleep(1.0)

    def _queue(self, exchange: Exchange, mode: AccountMode, symbol: str, candle: Candle) -> None:
        self._bars.put_nowait(_Bar(exchange, mode, symbol, candle))

    def _note_price(self, exchange: Exchange, mode: AccountMode, change: PriceChange) -> None:
        if change.mark_price is None and change.last_price is None:
            return
        self._context.prices.put(
            exchange, mode, change.symbol, mark=change.mark_price, last=change.last_price
        )

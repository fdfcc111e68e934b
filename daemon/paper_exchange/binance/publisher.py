"""Engine events to stream frames: user data at once, market data at the streams' own pace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from daemon.paper_exchange.binance.countdown import cancel_overdue
from daemon.paper_exchange.binance.day import read_day
from daemon.paper_exchange.binance.frames import user_frames
from daemon.paper_exchange.binance.klines import INTERVALS
from daemon.paper_exchange.binance.margin_calls import MarginCalls
from daemon.paper_exchange.binance.market_frames import (
    aggregate_trade_frame,
    book_ticker_frame,
    continuous_kline_frame,
    depth_frame,
    difference_frame,
    force_order_frame,
    kline_frame,
    mark_frame,
    mini_ticker_frame,
    ticker_frame,
    trade_frame,
)
from daemon.paper_exchange.binance.stream import StreamHub
from daemon.paper_exchange.binance.stream_names import StreamName, read_name
from daemon.paper_exchange.binance.tape import Print, read_tape
from daemon.paper_exchange.events import CandleClosed, Event, MarketTick, OrderUpdate
from daemon.paper_exchange.execution import LIQUIDATION
from daemon.paper_exchange.market import STEP_MS, Market
from daemon.paper_exchange.prices import MINUTE_MS

_FAST_MS: Final = 250
_SLOW_MS: Final = 1_000
_LONGEST_TAPE: Final = 500
"""Trades told at once after market time has jumped; older ones are left out."""
_SLOW_WORDS: Final = frozenset({"markPrice", "miniTicker", "ticker"})
_TAPE_WORDS: Final = frozenset({"aggTrade", "trade"})
_DEPTHS: Final = frozenset({"5", "10", "20"})

Frame = dict[str, Any]
Maker = Callable[[Market], Frame | None]


class Publisher:
    """Turns engine events into frames for the hub's connections."""

    def __init__(self, hub: StreamHub) -> None:
        self._hub = hub
        self._dialect = hub.dialect
        self._engine = hub.dialect.engine
        self._fast_ms = 0
        self._slow_ms = 0
        self._tape_ms = self._engine.time_ms
        self._partial_ids: dict[str, int] = {}
        self._margin_calls = MarginCalls()

    def on_event(self, event: Event) -> None:
        """Take one event of the engine."""
        if isinstance(event, MarketTick):
            self._on_tick(event.time_ms)
            return
        if isinstance(event, CandleClosed):
            self._on_candle(event)
            return
        if event.account.api_key in self._hub.by_account:
            for frame in user_frames(self._engine.state, event):
                self._hub.publish_to_account(event.account, frame)
        if isinstance(event, OrderUpdate) and event.order.reason == LIQUIDATION:
            self._on_liquidation(event)

    def _on_liquidation(self, event: OrderUpdate) -> None:
        if event.trade is None:
            return
        frame = force_order_frame(event.order, event.trade, event.time_ms)
        self._hub.publish(f"{event.order.symbol.lower()}@forceOrder", frame)
        self._hub.publish("!forceOrder@arr", frame)

    def _on_candle(self, event: CandleClosed) -> None:
        market = self._engine.state.markets[event.symbol]
        close_ms = event.candle.open_time_ms + MINUTE_MS
        symbol = event.symbol.lower()
        for interval, interval_ms in INTERVALS.items():
            if close_ms % interval_ms:
                continue
            name = f"{symbol}@kline_{interval}"
            pair = f"{symbol}_perpetual@continuousKline_{interval}"
            if name not in self._hub.by_name and pair not in self._hub.by_name:
                continue
            candle = event.candle
            if interval_ms > MINUTE_MS:
                start_ms = close_ms - interval_ms
                candle = self._dialect.candles.read(
                    market, interval_ms=interval_ms, limit=1, start_ms=start_ms
                )[0]
            frame = kline_frame(
                market,
                candle,
                interval=interval,
                interval_ms=interval_ms,
                closed=True,
                now_ms=close_ms,
            )
            self._hub.publish(name, frame)
            self._hub.publish(pair, continuous_kline_frame(frame))

    def _on_tick(self, market_ms: int) -> None:
        wall = self._dialect.host.wall_ms()
        slow = wall - self._slow_ms >= _SLOW_MS
        if slow:
            self._slow_ms = wall
            self._hub.expire_keys(market_ms)
            cancel_overdue(self._dialect)
            self._call_margins(market_ms)
        if wall - self._fast_ms < _FAST_MS:
            return
        self._fast_ms = wall
        prints: dict[str, list[Print]] = {}
        differences: dict[str, Frame | None] = {}
        for name in list(self._hub.by_name):
            wanted = read_name(name)
            if wanted is None or (wanted.word in _SLOW_WORDS and not slow):
                continue
            if not wanted.symbol:
                self._publish_all(name, wanted, market_ms)
                continue
            market = self._engine.state.markets.get(wanted.symbol)
            if market is None:
                continue
            if wanted.word in _TAPE_WORDS:
                self._publish_tape(name, wanted, market, prints, market_ms)
            elif wanted.word in {"depth", "rpiDepth"}:
                self._publish_depth(name, wanted, market, differences, market_ms)
            elif (frame := self._maker(wanted, market_ms)(market)) is not None:
                self._hub.publish(name, frame)
        self._dialect.books.forget_differences()
        self._tape_ms = self._engine.time_ms

    def _call_margins(self, market_ms: int) -> None:
        for api_key in list(self._hub.by_account):
            account = self._engine.accounts[api_key]
            frame = self._margin_calls.check(self._engine.state, account, market_ms)
            if frame is not None:
                self._hub.publish_to_account(account, frame)

    def _publish_all(self, name: str, wanted: StreamName, market_ms: int) -> None:
        if wanted.word == "forceOrder":
            return
        make = self._maker(wanted, market_ms)
        markets = self._engine.state.markets.values()
        frames = [frame for market in markets if (frame := make(market)) is not None]
        if wanted.word == "bookTicker":
            for frame in frames:
                self._hub.publish(name, frame)
        else:
            self._hub.publish(name, frames)

    def _publish_tape(
        self,
        name: str,
        wanted: StreamName,
        market: Market,
        prints: dict[str, list[Print]],
        market_ms: int,
    ) -> None:
        """Tell the trades since the last time, each once."""
        if wanted.symbol not in prints:
            steps = (market.time_ms - self._tape_ms) // STEP_MS
            limit = min(steps, _LONGEST_TAPE)
            prints[wanted.symbol] = (
                read_tape(market, self._dialect.candles, limit=limit) if limit > 0 else []
            )
        write = aggregate_trade_frame if wanted.word == "aggTrade" else trade_frame
        for trade in prints[wanted.symbol]:
            self._hub.publish(name, write(market, trade, market_ms))

    def _publish_depth(
        self,
        name: str,
        wanted: StreamName,
        market: Market,
        differences: dict[str, Frame | None],
        market_ms: int,
    ) -> None:
        book = self._dialect.books.read(market)
        levels = wanted.rest.partition("@")[0]
        if levels in _DEPTHS:
            before = self._partial_ids.get(name, book.last_id - 1)
            self._partial_ids[name] = book.last_id
            frame = depth_frame(market, book, market_ms, depth=int(levels), before=before)
            self._hub.publish(name, frame)
            return
        if wanted.symbol not in differences:
            differences[wanted.symbol] = book.take_difference()
        difference = differences[wanted.symbol]
        if difference is not None:
            self._hub.publish(name, difference_frame(market, difference, market_ms))

    def _maker(self, wanted: StreamName, market_ms: int) -> Maker:
        candles, books = self._dialect.candles, self._dialect.books
        makers: dict[str, Maker] = {
            "kline": lambda market: self._forming(market, wanted.rest, market_ms),
            "continuousKline": lambda market: _continuous(
                self._forming(market, wanted.rest, market_ms)
            ),
            "markPrice": lambda market: mark_frame(market, market_ms),
            "bookTicker": lambda market: book_ticker_frame(market, books.number(market), market_ms),
            "miniTicker": lambda market: mini_ticker_frame(
                market, read_day(market, candles), market_ms
            ),
            "ticker": lambda market: ticker_frame(market, read_day(market, candles), market_ms),
            "forceOrder": lambda market: None,
        }
        return makers[wanted.word]

    def _forming(self, market: Market, interval: str, market_ms: int) -> Frame | None:
        interval_ms = INTERVALS.get(interval)
        if interval_ms is None:
            return None
        found = self._dialect.candles.read(market, interval_ms=interval_ms, limit=1)
        if not found:
            return None
        return kline_frame(
            market,
            found[-1],
            interval=interval,
            interval_ms=interval_ms,
            closed=False,
            now_ms=market_ms,
        )


def _continuous(frame: Frame | None) -> Frame | None:
    return None if frame is None else continuous_kline_frame(frame)

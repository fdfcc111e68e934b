"""Engine events to stream frames: user data at once, market data at the streams' own pace."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from daemon.paper_exchange.binance.countdown import cancel_overdue
from daemon.paper_exchange.binance.day import read_day
from daemon.paper_exchange.binance.frames import (
    account_frame,
    add_positions,
    algo_frame,
    leverage_frame,
    order_frame,
)
from daemon.paper_exchange.binance.market_data import INTERVALS
from daemon.paper_exchange.binance.market_frames import (
    aggregate_trade_frame,
    book_ticker_frame,
    depth_frame,
    kline_frame,
    mark_frame,
    mini_ticker_frame,
    ticker_frame,
)
from daemon.paper_exchange.binance.stream import StreamHub
from daemon.paper_exchange.events import (
    AccountUpdate,
    CandleClosed,
    ConditionalUpdate,
    Event,
    LeverageUpdate,
    MarketTick,
    OrderUpdate,
)
from daemon.paper_exchange.market import Market
from daemon.paper_exchange.prices import MINUTE_MS

_FAST_MS: Final = 250
_SLOW_MS: Final = 1_000
_NAME: Final = re.compile(
    r"^(?P<symbol>[a-z0-9_]+)@(?P<word>kline|markPrice|miniTicker|ticker|bookTicker|aggTrade|depth)"
    r"(?P<rest>.*)$"
)
_ARRAYS: Final = {
    "!miniTicker@arr": "miniTicker",
    "!ticker@arr": "ticker",
    "!markPrice@arr": "markPrice",
    "!markPrice@arr@1s": "markPrice",
}
_SLOW_WORDS: Final = frozenset({"markPrice", "miniTicker", "ticker"})
_DEPTHS: Final = frozenset({5, 10, 20})


class Publisher:
    """Turns engine events into frames for the hub's connections."""

    def __init__(self, hub: StreamHub) -> None:
        self._hub = hub
        self._dialect = hub.dialect
        self._engine = hub.dialect.engine
        self._fast_ms = 0
        self._slow_ms = 0

    def on_event(self, event: Event) -> None:
        """Take one event of the engine."""
        if isinstance(event, MarketTick):
            self._on_tick(event.time_ms)
        elif isinstance(event, CandleClosed):
            self._on_candle(event)
        elif event.account.api_key in self._hub.by_account:
            self._hub.publish_to_account(event.account, self._user_frame(event))

    def _user_frame(
        self, event: OrderUpdate | ConditionalUpdate | AccountUpdate | LeverageUpdate
    ) -> dict[str, Any]:
        state = self._engine.state
        if isinstance(event, OrderUpdate):
            return order_frame(state, event)
        if isinstance(event, ConditionalUpdate):
            return algo_frame(state, event)
        if isinstance(event, AccountUpdate):
            return add_positions(account_frame(event), state, event)
        return leverage_frame(event)

    def _on_candle(self, event: CandleClosed) -> None:
        market = self._engine.state.markets[event.symbol]
        close_ms = event.candle.open_time_ms + MINUTE_MS
        for interval, interval_ms in INTERVALS.items():
            name = f"{event.symbol.lower()}@kline_{interval}"
            if name not in self._hub.by_name or close_ms % interval_ms:
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

    def _on_tick(self, market_ms: int) -> None:
        wall = self._dialect.host.wall_ms()
        slow = wall - self._slow_ms >= _SLOW_MS
        if slow:
            self._slow_ms = wall
            self._hub.expire_keys(market_ms)
            cancel_overdue(self._dialect)
        if wall - self._fast_ms < _FAST_MS:
            return
        self._fast_ms = wall
        for name in list(self._hub.by_name):
            self._publish(name, market_ms, slow=slow)

    def _publish(self, name: str, market_ms: int, *, slow: bool) -> None:
        if name in _ARRAYS:
            if slow:
                make = self._maker(_ARRAYS[name], "", market_ms)
                markets = self._engine.state.markets.values()
                self._hub.publish(name, [frame for m in markets if (frame := make(m))])
            return
        if name == "!bookTicker":
            for market in self._engine.state.markets.values():
                self._hub.publish(name, book_ticker_frame(market, market_ms))
            return
        parts = _NAME.match(name)
        if parts is None or (parts["word"] in _SLOW_WORDS and not slow):
            return
        own = self._engine.state.markets.get(parts["symbol"].upper())
        if own is None:
            return
        frame = self._maker(parts["word"], parts["rest"], market_ms)(own)
        if frame is not None:
            self._hub.publish(name, frame)

    def _maker(
        self, word: str, rest: str, market_ms: int
    ) -> Callable[[Market], dict[str, Any] | None]:
        candles = self._dialect.candles
        makers: dict[str, Callable[[Market], dict[str, Any] | None]] = {
            "kline": lambda market: self._forming(market, rest.removeprefix("_"), market_ms),
            "markPrice": lambda market: mark_frame(market, market_ms),
            "bookTicker": lambda market: book_ticker_frame(market, market_ms),
            "aggTrade": lambda market: aggregate_trade_frame(market, market_ms),
            "miniTicker": lambda market: mini_ticker_frame(
                market, read_day(market, candles), market_ms
            ),
            "ticker": lambda market: ticker_frame(market, read_day(market, candles), market_ms),
            "depth": lambda market: depth_frame(market, market_ms, _depth(rest)),
        }
        return makers[word]

    def _forming(self, market: Market, interval: str, market_ms: int) -> dict[str, Any] | None:
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


def _depth(rest: str) -> int:
    digits = rest.partition("@")[0]
    return int(digits) if digits.isdigit() and int(digits) in _DEPTHS else 20

"""Bybit's public stream: candles, tickers, trades and books of linear contracts.

Closed minutes are told one by one at any market speed; everything else is told as it is when the
wall clock comes round. Source: https://bybit-exchange.github.io/docs/v5/ws/connect
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

import orjson

from daemon.paper_exchange.bybit.candles import INTERVALS, interval_end, interval_start, turnover
from daemon.paper_exchange.bybit.connection import Connection, Json
from daemon.paper_exchange.bybit.market_data import MarketData
from daemon.paper_exchange.bybit.wire import price_text, text
from daemon.paper_exchange.events import CandleClosed, Event, MarketTick
from daemon.paper_exchange.market import Market
from daemon.paper_exchange.prices import Candle

PUSH_INTERVAL_MS: Final = 250
"""A topic is pushed at most this often in wall time, closed candles apart."""
BOOK_DEPTHS: Final = frozenset({"1", "50", "200", "1000"})


class PublicStream:
    """Subscriptions to market topics."""

    def __init__(self, data: MarketData, wall_ms: Callable[[], int]) -> None:
        self._data = data
        self._wall_ms = wall_ms
        self._subscribers: dict[str, set[Connection]] = {}
        self._pushed: dict[str, tuple[tuple[int, Decimal], int]] = {}
        """By topic: market time and price at the last push, and its wall time."""

    def subscribe(self, connection: Connection, topic: str) -> bool:
        """Add a topic and send its first snapshot; False for an unknown topic."""
        market = self._market_of(topic)
        if market is None:
            return False
        connection.topics.add(topic)
        self._subscribers.setdefault(topic, set()).add(connection)
        return True

    def snapshot(self, connection: Connection, topic: str) -> None:
        """Send what a topic says now."""
        market = self._market_of(topic)
        assert market is not None
        connection.send(self._frame(topic, market))

    def unsubscribe(self, connection: Connection, topic: str) -> None:
        """Drop a topic."""
        connection.topics.discard(topic)
        self._subscribers.get(topic, set()).discard(connection)

    def forget(self, connection: Connection) -> None:
        """Drop every topic of a connection that has ended."""
        for subscribers in self._subscribers.values():
            subscribers.discard(connection)

    def watch(self, event: Event) -> None:
        """Push what an event of the engine changes."""
        if isinstance(event, CandleClosed):
            self._push_closed(event)
        elif isinstance(event, MarketTick):
            self._push_current()

    def _push_closed(self, event: CandleClosed) -> None:
        market = self._data.market(event.symbol)
        last_ms = event.candle.open_time_ms
        for interval in INTERVALS:
            subscribers = self._subscribers.get(f"kline.{interval}.{event.symbol}")
            if not subscribers:
                continue
            start = interval_start(interval, last_ms)
            end = interval_end(interval, start)
            if end != last_ms + 60_000:
                continue
            candle = self._data.candles.candle(market, interval, start)
            if candle is not None:
                frame = self._kline_frame(market, interval, candle, end, confirm=True)
                for connection in list(subscribers):
                    connection.send(frame)

    def _push_current(self) -> None:
        now_ms = self._wall_ms()
        for topic, subscribers in self._subscribers.items():
            if not subscribers:
                continue
            market = self._market_of(topic)
            assert market is not None
            told, wall_ms = self._pushed.get(topic, (None, 0))
            current = (market.time_ms, market.last_price)
            if current == told or now_ms - wall_ms < PUSH_INTERVAL_MS:
                continue
            self._pushed[topic] = (current, now_ms)
            frame = self._frame(topic, market)
            for connection in list(subscribers):
                connection.send(frame)

    def _market_of(self, topic: str) -> Market | None:
        """Find the market of a topic; None when the topic is not served."""
        name, _, rest = topic.partition(".")
        argument, _, symbol = rest.rpartition(".")
        served = (
            (name == "kline" and argument in INTERVALS)
            or (name == "orderbook" and argument in BOOK_DEPTHS)
            or (name in {"tickers", "publicTrade"} and not argument)
        )
        return self._data.find(symbol) if served else None

    def _frame(self, topic: str, market: Market) -> bytes:
        name, _, rest = topic.partition(".")
        argument = rest.rpartition(".")[0]
        if name == "kline":
            start = interval_start(argument, market.time_ms)
            candle = self._data.candles.candle(market, argument, start)
            end = interval_end(argument, start)
            return self._kline_frame(
                market, argument, candle or market.forming_candle(), end, confirm=False
            )
        if name == "tickers":
            return _wrap(topic, self._data.ticker(market), market, cs=market.time_ms // 1000)
        if name == "publicTrade":
            return _wrap(topic, [_trade_data(self._data.public_trade(market))], market)
        book = self._data.book(market, depth=int(argument))
        data = {key: book[key] for key in ("s", "b", "a", "u", "seq")}
        return _wrap(topic, data, market, cts=market.time_ms)

    def _kline_frame(
        self, market: Market, interval: str, candle: Candle, end_ms: int, *, confirm: bool
    ) -> bytes:
        spec = market.spec
        row = {
            "start": candle.open_time_ms,
            "end": end_ms - 1,
            "interval": interval,
            "open": price_text(candle.open, spec),
            "close": price_text(candle.close, spec),
            "high": price_text(candle.high, spec),
            "low": price_text(candle.low, spec),
            "volume": text(candle.volume),
            "turnover": text(turnover(candle)),
            "confirm": confirm,
            "timestamp": end_ms - 1 if confirm else market.time_ms,
        }
        return _wrap(f"kline.{interval}.{spec.symbol}", [row], market)


def _wrap(topic: str, data: object, market: Market, **more: int) -> bytes:
    """Put data into a frame; its time is the market's, like that of the data."""
    message: Json = {
        "topic": topic,
        "type": "snapshot",
        "ts": market.time_ms,
        "data": data,
        **more,
    }
    return orjson.dumps(message)


def _trade_data(row: Json) -> Json:
    return {
        "T": int(row["time"]),
        "s": row["symbol"],
        "S": row["side"],
        "v": row["size"],
        "p": row["price"],
        "L": "ZeroPlusTick",
        "i": row["execId"],
        "BT": False,
    }

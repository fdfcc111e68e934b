"""Bybit's public stream: candles, tickers, trades, books and liquidations of linear contracts.

Closed minutes are told one by one at any market speed; everything else is told as it is when the
wall clock comes round. Source: https://bybit-exchange.github.io/docs/v5/ws/connect
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

import orjson

from daemon.paper_exchange.bybit.candles import INTERVALS, interval_end, interval_start, turnover
from daemon.paper_exchange.bybit.changes import SNAPSHOT, BookChanges, TickerChanges
from daemon.paper_exchange.bybit.connection import Connection, Json
from daemon.paper_exchange.bybit.market_data import MarketData
from daemon.paper_exchange.bybit.wire import SIDES, price_text, text
from daemon.paper_exchange.events import CandleClosed, Event, MarketTick, OrderUpdate
from daemon.paper_exchange.execution import LIQUIDATION
from daemon.paper_exchange.market import Market
from daemon.paper_exchange.prices import Candle

PUSH_INTERVAL_MS: Final = 250
"""A topic is pushed at most this often in wall time, closed candles apart."""
RPI: Final = "rpi"
RPI_DEPTH: Final = 50
BOOK_DEPTHS: Final = frozenset({"1", "50", "200", "500", "1000", RPI})
PLAIN_TOPICS: Final = frozenset(
    {"tickers", "publicTrade", "priceLimit", "liquidation", "allLiquidation"}
)


class PublicStream:
    """Subscriptions to market topics."""

    def __init__(self, data: MarketData, wall_ms: Callable[[], int]) -> None:
        self._data = data
        self._wall_ms = wall_ms
        self._subscribers: dict[str, dict[Connection, None]] = {}
        self._pushed: dict[str, tuple[tuple[int, Decimal], int]] = {}
        """By topic: market time and price at the last push, and its wall time."""
        self._changes: dict[str, BookChanges | TickerChanges] = {}

    def subscribe(self, connection: Connection, topic: str) -> bool:
        """Add a topic; False for an unknown one."""
        if self._market_of(topic) is None:
            return False
        connection.topics.add(topic)
        self._subscribers.setdefault(topic, {})[connection] = None
        return True

    def snapshot(self, connection: Connection, topic: str) -> None:
        """Send what a topic says now, to a connection that has just subscribed to it."""
        market = self._market_of(topic)
        assert market is not None
        name = topic.partition(".")[0]
        if name in {"tickers", "orderbook"}:
            is_first = len(self._subscribers[topic]) == 1
            row = self._row(topic, market)
            data = self._changes_of(topic).snapshot(row, is_first=is_first)
            connection.send(_wrap(topic, data, market, SNAPSHOT, **_sequence(name, market)))
            return
        frame = self._frame(topic, market)
        if frame is not None:
            connection.send(frame)

    def unsubscribe(self, connection: Connection, topic: str) -> None:
        """Drop a topic."""
        connection.topics.discard(topic)
        self._drop(connection, topic)

    def forget(self, connection: Connection) -> None:
        """Drop every topic of a connection that has ended."""
        for topic in connection.topics:
            self._drop(connection, topic)

    def watch(self, event: Event) -> None:
        """Push what an event of the engine changes."""
        if isinstance(event, CandleClosed):
            self._push_closed(event)
        elif isinstance(event, MarketTick):
            self._push_current()
        elif isinstance(event, OrderUpdate) and event.order.reason == LIQUIDATION:
            self._push_liquidation(event)

    def _drop(self, connection: Connection, topic: str) -> None:
        subscribers = self._subscribers.get(topic, {})
        subscribers.pop(connection, None)
        if not subscribers:
            self._subscribers.pop(topic, None)
            self._changes.pop(topic, None)

    def _push_closed(self, event: CandleClosed) -> None:
        market = self._data.market(event.symbol)
        last_ms = event.candle.open_time_ms
        for interval in INTERVALS:
            topic = f"kline.{interval}.{event.symbol}"
            if topic not in self._subscribers:
                continue
            start = interval_start(interval, last_ms)
            end = interval_end(interval, start)
            if end != last_ms + 60_000:
                continue
            candle = self._data.candles.candle(market, interval, start)
            if candle is not None:
                self._send(topic, self._kline_frame(market, interval, candle, end, confirm=True))

    def _push_current(self) -> None:
        now_ms = self._wall_ms()
        for topic in list(self._subscribers):
            market = self._market_of(topic)
            assert market is not None
            told, wall_ms = self._pushed.get(topic, (None, 0))
            is_book = topic.startswith(("orderbook.", "tickers."))
            number = market.book.revision if is_book else market.time_ms
            current = (number, market.last_price)
            if current == told or now_ms - wall_ms < PUSH_INTERVAL_MS:
                continue
            self._pushed[topic] = (current, now_ms)
            frame = self._frame(topic, market)
            if frame is not None:
                self._send(topic, frame)

    def _push_liquidation(self, event: OrderUpdate) -> None:
        """Tell a liquidation; its side is that of the position that was closed."""
        trade, order = event.trade, event.order
        market = self._data.market(order.symbol)
        if trade is None:
            return
        side, price = SIDES[order.side.opposite], price_text(trade.price, market.spec)
        row: Json = {"T": trade.time_ms, "s": order.symbol, "S": side}
        row |= {"v": text(trade.quantity), "p": price}
        topic = f"allLiquidation.{order.symbol}"
        self._send(topic, _wrap(topic, [row], market, SNAPSHOT))
        old: Json = {"updatedTime": trade.time_ms, "symbol": order.symbol, "side": side}
        old |= {"size": text(trade.quantity), "price": price}
        topic = f"liquidation.{order.symbol}"
        self._send(topic, _wrap(topic, old, market, SNAPSHOT))

    def _send(self, topic: str, frame: bytes) -> None:
        for connection in list(self._subscribers.get(topic, ())):
            connection.send(frame)

    def _market_of(self, topic: str) -> Market | None:
        """Find the market of a topic; None when the topic is not served."""
        name, _, rest = topic.partition(".")
        argument, _, symbol = rest.rpartition(".")
        served = (
            (name == "kline" and argument in INTERVALS)
            or (name == "orderbook" and argument in BOOK_DEPTHS)
            or (name in PLAIN_TOPICS and not argument)
        )
        return self._data.find(symbol) if served else None

    def _changes_of(self, topic: str) -> BookChanges | TickerChanges:
        found = self._changes.get(topic)
        if found is None:
            is_book = topic.startswith("orderbook.")
            whole = topic.startswith("orderbook.1.")
            with_rpi = topic.startswith(f"orderbook.{RPI}.")
            found = (
                BookChanges(always_whole=whole, with_rpi=with_rpi) if is_book else TickerChanges()
            )
            self._changes[topic] = found
        return found

    def _row(self, topic: str, market: Market) -> Json:
        if topic.startswith("tickers."):
            return self._data.ticker(market)
        depth = topic.split(".")[1]
        return self._data.book(market, depth=RPI_DEPTH if depth == RPI else int(depth))

    def _frame(self, topic: str, market: Market) -> bytes | None:
        """Build the next frame of a topic; None when it has nothing to tell."""
        name, _, rest = topic.partition(".")
        if name == "kline":
            interval = rest.rpartition(".")[0]
            start = interval_start(interval, market.time_ms)
            candle = self._data.candles.candle(market, interval, start)
            end = interval_end(interval, start)
            return self._kline_frame(
                market, interval, candle or market.forming_candle(), end, confirm=False
            )
        if name in {"tickers", "orderbook"}:
            change = self._changes_of(topic).change(self._row(topic, market))
            if change is None:
                return None
            kind, data = change
            return _wrap(topic, data, market, kind, **_sequence(name, market))
        if name == "publicTrade":
            trade = _trade_data(self._data.public_trade(market))
            return _wrap(topic, [trade], market, SNAPSHOT)
        if name == "priceLimit":
            limits = self._data.price_limits(market)
            return orjson.dumps({"topic": topic, "data": limits, "ts": market.time_ms})
        return None

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
        return _wrap(f"kline.{interval}.{spec.symbol}", [row], market, SNAPSHOT)


def _sequence(name: str, market: Market) -> dict[str, int]:
    """Return the extra times and numbers of a frame."""
    return {"cs": market.time_ms} if name == "tickers" else {"cts": market.time_ms}


def _wrap(topic: str, data: object, market: Market, kind: str, **more: int) -> bytes:
    """Put data into a frame; its time is the market's, like that of the data."""
    message: Json = {"topic": topic, "type": kind, "ts": market.time_ms, "data": data, **more}
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
        "seq": int(row["seq"]),
    }

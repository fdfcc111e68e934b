"""One stream of bars and prices for everybody who trades on an exchange.

Every closed one-minute bar is told once and in order; what a stream missed is read by REST before
the next bar is told.

Sources: https://developers.binance.com/docs/derivatives/usds-margined-futures/websocket-market-streams,
https://bybit-exchange.github.io/docs/v5/websocket/public.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Protocol

from daemon.exchanges import binance_wire, bybit_wire
from daemon.exchanges.ccxt_gateway import CcxtGateway
from daemon.exchanges.stream_events import MarketStreamHandlers, PriceChange
from daemon.exchanges.stream_link import Shared, StreamBroken, StreamLink
from daemon.exchanges.wire import decimal_of, decimal_or_none, text, time_of
from daemon.exchanges.wire import field as must
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.candles import Candle

MINUTE = timedelta(minutes=1)
GAP_BARS_MAX = 999
"""What one REST page gives; an older gap is filled by whoever loads history."""
_TOPICS_PER_MESSAGE = 50


@dataclass(slots=True)
class _Dialect:
    """How one exchange spells subscriptions and events."""

    exchange: Exchange
    ids: Iterator[int] = field(default_factory=lambda: count(1))

    def subscription(self, symbols: list[str]) -> list[dict[str, Any]]:
        topics = [topic for symbol in symbols for topic in self._topics(symbol)]
        parts = [
            topics[i : i + _TOPICS_PER_MESSAGE] for i in range(0, len(topics), _TOPICS_PER_MESSAGE)
        ]
        if self.exchange is Exchange.BINANCE:
            return [{"method": "SUBSCRIBE", "params": part, "id": next(self.ids)} for part in parts]
        return [{"op": "subscribe", "args": part} for part in parts]

    def is_confirmed(self, message: dict[str, Any]) -> bool:
        if self.exchange is Exchange.BINANCE:
            if "error" in message:
                raise StreamBroken("binance refused a subscription")
            return "result" in message and "id" in message
        if message.get("op") != "subscribe":
            return False
        if message.get("success") is not True:
            raise StreamBroken(f"bybit subscribe: {text(message, 'ret_msg')[:100]}")
        return True

    def read(self, message: dict[str, Any]) -> tuple[list[tuple[str, Candle]], list[PriceChange]]:
        """Return closed bars and price changes of one message."""
        if self.exchange is Exchange.BINANCE:
            return _read_binance(message.get("data", message))
        return _read_bybit(message)

    def _topics(self, symbol: str) -> tuple[str, str]:
        if self.exchange is Exchange.BINANCE:
            return f"{symbol.lower()}@kline_1m", f"{symbol.lower()}@markPrice@1s"
        return f"kline.1.{symbol}", f"tickers.{symbol}"


class _History(Protocol):
    async def fetch_candles(
        self,
        exchange: Exchange,
        mode: AccountMode,
        symbol: str,
        *,
        interval_minutes: int,
        since: datetime,
        limit: int,
    ) -> list[Candle]: ...


class MarketStream:
    """The shared stream of one exchange in one mode; `run` it as a task."""

    kind = "market"

    def __init__(
        self,
        exchange: Exchange,
        mode: AccountMode,
        *,
        gateway: CcxtGateway,
        handlers: MarketStreamHandlers,
        shared: Shared,
    ) -> None:
        self.exchange = exchange
        self._mode = mode
        self._gateway: _History = gateway
        self._url = gateway.caller.endpoints.of(exchange, mode).market_stream
        self._handlers = handlers
        self._dialect = _Dialect(exchange)
        self._told: dict[str, datetime | None] = {}
        self._link = StreamLink(self, shared)

    @property
    def is_connected(self) -> bool:
        return self._link.is_connected

    async def run(self) -> None:
        """Keep the stream until cancelled."""
        await self._link.run()

    async def watch(self, symbol: str, *, told_until: datetime | None = None) -> None:
        """Add a contract.

        Args:
            told_until: market time at which the last bar known to the caller closed; bars after
                it are read by REST. None begins with the next bar.
        """
        if symbol in self._told:
            return
        self._told[symbol] = told_until
        for message in self._dialect.subscription([symbol]):
            await self._link.send(message)
        if self._link.is_connected and told_until is not None:
            await self._fill_gap(symbol, before=None)

    async def open_url(self) -> str:
        return self._url

    def greetings(self) -> list[dict[str, Any]]:
        return self._dialect.subscription(list(self._told))

    def is_greeted(self, message: Any) -> bool:
        return isinstance(message, dict) and self._dialect.is_confirmed(message)

    async def on_connected(self) -> None:
        for symbol, told in list(self._told.items()):
            if told is not None:
                await self._fill_gap(symbol, before=None)

    async def keep_alive(self) -> dict[str, Any] | None:
        return None if self.exchange is Exchange.BINANCE else {"op": "ping"}

    async def on_message(self, message: Any) -> None:
        if not isinstance(message, dict):
            return
        candles, prices = self._dialect.read(message)
        for price in prices:
            self._handlers.on_price(self.exchange, self._mode, price)
        for symbol, candle in candles:
            told = self._told.get(symbol)
            if told is not None and candle.opened_at > told:
                await self._fill_gap(symbol, before=candle.opened_at)
            self._tell(symbol, candle)

    async def _fill_gap(self, symbol: str, *, before: datetime | None) -> None:
        """Tell the closed bars after the last one told, up to `before`."""
        since = self._told[symbol]
        if since is None:
            return
        missing = GAP_BARS_MAX if before is None else (before - since) // MINUTE
        candles = await self._gateway.fetch_candles(
            self.exchange,
            self._mode,
            symbol,
            interval_minutes=1,
            since=since,
            limit=max(1, min(missing, GAP_BARS_MAX)),
        )
        for candle in candles:
            if before is None or candle.opened_at < before:
                self._tell(symbol, candle)

    def _tell(self, symbol: str, candle: Candle) -> None:
        if symbol not in self._told:
            return
        told = self._told[symbol]
        if told is None or candle.opened_at >= told:
            self._told[symbol] = candle.closed_at
            self._handlers.on_candle(self.exchange, self._mode, symbol, candle)


def _read_binance(event: dict[str, Any]) -> tuple[list[tuple[str, Candle]], list[PriceChange]]:
    name = event.get("e")
    if name == "markPriceUpdate":
        change = PriceChange(
            must(event, "s"), decimal_of(must(event, "p")), None, time_of(must(event, "E"))
        )
        return [], [change]
    if name != "kline":
        return [], []
    bar = must(event, "k")
    symbol = must(event, "s")
    price = PriceChange(symbol, None, decimal_of(must(bar, "c")), time_of(must(event, "E")))
    if must(bar, "x") is not True or must(bar, "i") != "1m":
        return [], [price]
    row = [must(bar, name) for name in ("t", "o", "h", "l", "c", "v", "T")]
    return [(symbol, binance_wire.candle(row))], [price]


def _read_bybit(message: dict[str, Any]) -> tuple[list[tuple[str, Candle]], list[PriceChange]]:
    topic = text(message, "topic")
    if topic.startswith("tickers."):
        row = must(message, "data")
        change = PriceChange(
            row.get("symbol") or topic.removeprefix("tickers."),
            decimal_or_none(row.get("markPrice")),
            decimal_or_none(row.get("lastPrice")),
            time_of(must(message, "ts")),
        )
        return [], [change] if change.mark_price or change.last_price else []
    if not topic.startswith("kline.1."):
        return [], []
    symbol = topic.removeprefix("kline.1.")
    names = ("start", "open", "high", "low", "close", "volume")
    return [
        (symbol, bybit_wire.candle([must(row, name) for name in names], interval_minutes=1))
        for row in must(message, "data")
        if must(row, "confirm") is True
    ], []

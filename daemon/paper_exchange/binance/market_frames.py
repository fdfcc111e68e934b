"""Frames of the market streams."""

from __future__ import annotations

from typing import Any, Final

from daemon.paper_exchange.binance.book import Book
from daemon.paper_exchange.binance.day import Day
from daemon.paper_exchange.binance.klines import quote_volume
from daemon.paper_exchange.binance.tape import Print
from daemon.paper_exchange.binance.wire import money, plain
from daemon.paper_exchange.market import STEP_MS, Market, next_funding_ms
from daemon.paper_exchange.orders import Order, Trade
from daemon.paper_exchange.prices import Candle

_STREAM_TYPE: Final = 1


def kline_frame(
    market: Market, candle: Candle, *, interval: str, interval_ms: int, closed: bool, now_ms: int
) -> dict[str, Any]:
    """Write a kline event."""
    quote = quote_volume(candle)
    first = candle.open_time_ms // STEP_MS
    steps = interval_ms // STEP_MS if closed else max(0, now_ms // STEP_MS - first) + 1
    return {
        "e": "kline",
        "E": now_ms,
        "s": market.spec.symbol,
        "k": {
            "t": candle.open_time_ms,
            "T": candle.open_time_ms + interval_ms - 1,
            "s": market.spec.symbol,
            "i": interval,
            "f": first,
            "L": first + steps - 1,
            "o": plain(candle.open),
            "c": plain(candle.close),
            "h": plain(candle.high),
            "l": plain(candle.low),
            "v": plain(candle.volume),
            "n": steps,
            "x": closed,
            "q": money(quote),
            "V": plain(candle.volume / 2, 8),
            "Q": money(quote / 2),
            "B": "0",
        },
    }


def continuous_kline_frame(frame: dict[str, Any]) -> dict[str, Any]:
    """Write a kline event as the stream of a pair's perpetual contract does."""
    candle = {name: value for name, value in frame["k"].items() if name != "s"}
    return {
        "e": "continuous_kline",
        "E": frame["E"],
        "ps": frame["s"],
        "ct": "PERPETUAL",
        "k": candle,
    }


def mark_frame(market: Market, now_ms: int) -> dict[str, Any]:
    """Write markPriceUpdate."""
    index, mark = money(market.index_price), money(market.mark_price)
    return {
        "e": "markPriceUpdate",
        "E": now_ms,
        "s": market.spec.symbol,
        "p": mark,
        "ap": mark,
        "P": index,
        "i": index,
        "r": money(market.funding_rate()),
        "T": next_funding_ms(market.time_ms),
        "st": _STREAM_TYPE,
    }


def book_ticker_frame(market: Market, number: int, now_ms: int) -> dict[str, Any]:
    """Write bookTicker."""
    return {
        "e": "bookTicker",
        "u": number,
        "E": now_ms,
        "T": market.time_ms,
        "s": market.spec.symbol,
        "ps": market.spec.symbol,
        "b": plain(market.bid),
        "B": plain(market.bid_quantity),
        "a": plain(market.ask),
        "A": plain(market.ask_quantity),
        "st": _STREAM_TYPE,
    }


def mini_ticker_frame(market: Market, day: Day, now_ms: int) -> dict[str, Any]:
    """Write 24hrMiniTicker."""
    candle = day.candle
    return {
        "e": "24hrMiniTicker",
        "E": now_ms,
        "s": market.spec.symbol,
        "ps": market.spec.symbol,
        "c": plain(market.last_price),
        "o": plain(candle.open),
        "h": plain(candle.high),
        "l": plain(candle.low),
        "v": plain(candle.volume),
        "q": plain(day.quote, 2),
        "st": _STREAM_TYPE,
    }


def ticker_frame(market: Market, day: Day, now_ms: int) -> dict[str, Any]:
    """Write 24hrTicker."""
    candle = day.candle
    change = market.last_price - candle.open
    mean = day.quote / candle.volume if candle.volume else market.last_price
    return {
        **mini_ticker_frame(market, day, now_ms),
        "e": "24hrTicker",
        "p": plain(change),
        "P": plain(change / candle.open * 100, 3),
        "w": plain(mean, market.spec.price_precision),
        "Q": plain(market.spec.min_quantity),
        "O": day.open_ms,
        "C": day.close_ms,
        "F": day.open_ms // STEP_MS,
        "L": day.close_ms // STEP_MS,
        "n": (day.close_ms - day.open_ms) // STEP_MS + 1,
    }


def aggregate_trade_frame(market: Market, trade: Print, now_ms: int) -> dict[str, Any]:
    """Write aggTrade."""
    quantity = plain(trade.quantity)
    return {
        "e": "aggTrade",
        "E": now_ms,
        "s": market.spec.symbol,
        "a": trade.number,
        "p": plain(trade.price),
        "q": quantity,
        "nq": quantity,
        "f": trade.number,
        "l": trade.number,
        "T": trade.time_ms,
        "m": trade.buyer_is_maker,
        "st": _STREAM_TYPE,
    }


def trade_frame(market: Market, trade: Print, now_ms: int) -> dict[str, Any]:
    """Write trade."""
    return {
        "e": "trade",
        "E": now_ms,
        "T": trade.time_ms,
        "s": market.spec.symbol,
        "t": trade.number,
        "p": plain(trade.price),
        "q": plain(trade.quantity),
        "X": "MARKET",
        "m": trade.buyer_is_maker,
    }


def difference_frame(market: Market, difference: dict[str, Any], now_ms: int) -> dict[str, Any]:
    """Write depthUpdate of the difference stream."""
    return {
        "e": "depthUpdate",
        "E": now_ms,
        "T": market.time_ms,
        "s": market.spec.symbol,
        "ps": market.spec.symbol,
        **difference,
        "st": _STREAM_TYPE,
    }


def depth_frame(
    market: Market, book: Book, now_ms: int, *, depth: int, before: int
) -> dict[str, Any]:
    """Write depthUpdate of a partial book: its best levels as they are."""
    levels = {
        "U": book.last_id,
        "u": book.last_id,
        "pu": before,
        "b": book.side(asks=False, depth=depth),
        "a": book.side(asks=True, depth=depth),
    }
    return difference_frame(market, levels, now_ms)


def force_order_frame(order: Order, trade: Trade, now_ms: int) -> dict[str, Any]:
    """Write forceOrder: a liquidation's fill."""
    return {
        "e": "forceOrder",
        "E": now_ms,
        "o": {
            "s": order.symbol,
            "S": order.side,
            "o": "LIMIT",
            "f": "IOC",
            "q": plain(order.quantity),
            "p": plain(order.price or trade.price),
            "ap": plain(order.average_price, 8),
            "X": order.status,
            "l": plain(trade.quantity),
            "z": plain(order.filled_quantity),
            "T": trade.time_ms,
        },
        "ps": order.symbol,
        "st": _STREAM_TYPE,
    }

"""Frames of the market streams."""

from __future__ import annotations

from typing import Any

from daemon.paper_exchange.binance.day import Day
from daemon.paper_exchange.binance.market_data import quote_volume
from daemon.paper_exchange.binance.wire import money, plain
from daemon.paper_exchange.market import STEP_MS, Market, next_funding_ms
from daemon.paper_exchange.prices import Candle


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


def mark_frame(market: Market, now_ms: int) -> dict[str, Any]:
    """Write markPriceUpdate."""
    index = money(market.index_price)
    return {
        "e": "markPriceUpdate",
        "E": now_ms,
        "s": market.spec.symbol,
        "p": money(market.mark_price),
        "ap": money(market.mark_price),
        "i": index,
        "P": index,
        "r": money(market.funding_rate()),
        "T": next_funding_ms(market.time_ms),
    }


def book_ticker_frame(market: Market, now_ms: int) -> dict[str, Any]:
    """Write bookTicker."""
    quantity = plain(market.level_quantity)
    return {
        "e": "bookTicker",
        "u": market.time_ms // STEP_MS,
        "E": now_ms,
        "T": market.time_ms,
        "s": market.spec.symbol,
        "b": plain(market.bid),
        "B": quantity,
        "a": plain(market.ask),
        "A": quantity,
    }


def mini_ticker_frame(market: Market, day: Day, now_ms: int) -> dict[str, Any]:
    """Write 24hrMiniTicker."""
    candle = day.candle
    return {
        "e": "24hrMiniTicker",
        "E": now_ms,
        "s": market.spec.symbol,
        "c": plain(market.last_price),
        "o": plain(candle.open),
        "h": plain(candle.high),
        "l": plain(candle.low),
        "v": plain(candle.volume),
        "q": plain(day.quote, 2),
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


def aggregate_trade_frame(market: Market, now_ms: int) -> dict[str, Any]:
    """Write aggTrade: the present price step as one trade."""
    number = market.time_ms // STEP_MS
    return {
        "e": "aggTrade",
        "E": now_ms,
        "s": market.spec.symbol,
        "a": number,
        "p": plain(market.last_price),
        "q": plain(market.spec.min_quantity),
        "f": number,
        "l": number,
        "T": market.time_ms,
        "m": False,
    }


def depth_frame(market: Market, now_ms: int, depth: int) -> dict[str, Any]:
    """Write a partial book."""
    number = market.time_ms // STEP_MS
    return {
        "e": "depthUpdate",
        "E": now_ms,
        "T": market.time_ms,
        "s": market.spec.symbol,
        "U": number,
        "u": number,
        "pu": number - 1,
        "b": [[plain(p), plain(q)] for p, q in market.levels(asks=False, depth=depth)],
        "a": [[plain(p), plain(q)] for p, q in market.levels(asks=True, depth=depth)],
    }

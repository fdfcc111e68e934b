"""Recorded candles from an exchange's public endpoints, as the exchange wrote them.

ccxt's raw endpoints are used because its unified candles are floats: here each figure stays the
text that the exchange sent.

Sources: https://developers.binance.com/docs/derivatives/usds-margined-futures/market-data
(Kline Candlestick Data), https://bybit-exchange.github.io/docs/v5/market/kline.
"""

from collections.abc import AsyncIterator
from typing import Any

import ccxt
import ccxt.async_support

from patriot_app.core.clock import Clock
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.errors import ExchangeRejected, ExchangeUnavailable

MINUTE_MS = 60_000
TRIES_MAX = 4
_PAGE = {Exchange.BINANCE: 1500, Exchange.BYBIT: 1000}
_TIMEOUT_MS = 10_000

CandleRow = tuple[str, str, str, str, str, str]
"""open_time_ms, open, high, low, close, volume (base asset)."""


class PublicCandles:
    """Read closed 1-minute candles of linear USDT perpetuals; an async context.

    Args:
        rest_url: in place of the exchange's own; for tests.
    """

    def __init__(self, exchange: Exchange, clock: Clock, *, rest_url: str = "") -> None:
        self._exchange = exchange
        self._clock = clock
        if exchange is Exchange.BINANCE:
            self._client = ccxt.async_support.binanceusdm(_options())
            if rest_url:
                self._client.urls["api"]["fapiPublic"] = f"{rest_url}/fapi/v1"
        else:
            self._client = ccxt.async_support.bybit(_options())
            if rest_url:
                self._client.urls["api"]["public"] = rest_url

    async def __aenter__(self) -> "PublicCandles":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()

    async def pages(
        self, symbol: str, *, start_ms: int, end_ms: int
    ) -> AsyncIterator[list[CandleRow]]:
        """Yield the candles that open in [start_ms, end_ms), oldest first, page by page.

        Raises:
            ExchangeUnavailable: it cannot be reached, or not from here.
            ExchangeRejected: it does not know the symbol.
        """
        next_ms = start_ms
        while next_ms < end_ms:
            rows = await self._page(symbol, start_ms=next_ms, end_ms=end_ms)
            rows = [row for row in rows if next_ms <= int(row[0]) < end_ms]
            if not rows:
                next_ms += _PAGE[self._exchange] * MINUTE_MS  # before the listing, or a halt
                continue
            yield rows
            next_ms = int(rows[-1][0]) + MINUTE_MS

    async def _page(self, symbol: str, *, start_ms: int, end_ms: int) -> list[CandleRow]:
        limit = _PAGE[self._exchange]
        last_ms = min(start_ms + limit * MINUTE_MS, end_ms) - 1
        for attempt in range(1, TRIES_MAX + 1):
            try:
                return await self._ask(symbol, start_ms=start_ms, last_ms=last_ms, limit=limit)
            except ccxt.NetworkError as error:
                if attempt == TRIES_MAX:
                    raise ExchangeUnavailable(
                        f"{self._exchange} does not answer after {TRIES_MAX} tries: {error}"
                    ) from error
                await self._clock.sleep(2.0**attempt)
            except ccxt.BaseError as error:
                raise ExchangeRejected(f"{self._exchange} refuses {symbol}: {error}") from error
        raise AssertionError("the loop above returns or raises")

    async def _ask(
        self, symbol: str, *, start_ms: int, last_ms: int, limit: int
    ) -> list[CandleRow]:
        if self._exchange is Exchange.BINANCE:
            query = {"symbol": symbol, "interval": "1m", "limit": limit}
            query |= {"startTime": start_ms, "endTime": last_ms}
            return [_row(row) for row in await self._client.fapiPublicGetKlines(query)]
        query = {"category": "linear", "symbol": symbol, "interval": "1", "limit": limit}
        query |= {"start": start_ms, "end": last_ms}
        answer = await self._client.publicGetV5MarketKline(query)
        return [_row(row) for row in reversed(answer["result"]["list"])]


def _row(raw: list[Any]) -> CandleRow:
    opened, first, high, low, last, volume = (str(value) for value in raw[:6])
    return opened, first, high, low, last, volume


def _options() -> dict[str, Any]:
    return {"enableRateLimit": True, "timeout": _TIMEOUT_MS}

"""Read a whole Bybit unified account (linear USDT) with plain signed requests."""

import hashlib
import hmac
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import aiohttp
import orjson

from daemon.verify.facts import (
    MoneyFact,
    OrderFact,
    Period,
    Side,
    TradeFact,
    add_order,
    money_key,
)
from patriot_app.core.clock import Clock
from patriot_app.core.errors import ExchangeUnavailable

PAGES_MAX = 2000
WINDOW_MS = "10000"
STATES = {
    "New": "working",
    "PartiallyFilled": "working",
    "Untriggered": "working",
    "Triggered": "working",
    "Filled": "filled",
    "Cancelled": "canceled",
    "PartiallyFilledCanceled": "canceled",
    "Deactivated": "canceled",
    "Rejected": "rejected",
}
# Whatever moves a position: trades of its owner and of the exchange; funding does not.
TRADES = frozenset({"Trade", "AdlTrade", "BustTrade", "Settle", "Delivery"})
SIDES = {"Buy": "BUY", "Sell": "SELL"}


class BybitReader:
    """One account; every number stays the text that the exchange sent until it is a Decimal."""

    def __init__(
        self, http: aiohttp.ClientSession, base_url: str, key: str, secret: str, clock: Clock
    ) -> None:
        self._http = http
        self._base_url = base_url
        self._key = key
        self._secret = secret.encode()
        self._clock = clock

    async def read(self, symbols: list[str], *, prefix: str, period: Period) -> Side:
        """Read the account; orders only of ours, told by their prefix."""
        side = Side()
        for symbol in symbols:
            scope = {"category": "linear", "symbol": symbol, "limit": 50}
            for window in period.windows():
                async for row in self._paged("/v5/order/history", {**scope, **window}):
                    _note_order(side, row, prefix)
                async for row in self._paged("/v5/execution/list", {**scope, **window}):
                    if row["execType"] in TRADES:
                        _note_trade(side, row)
            async for row in self._paged("/v5/order/realtime", {**scope, "openOnly": 0}):
                _note_order(side, row, prefix)
        async for row in self._paged(
            "/v5/position/list", {"category": "linear", "settleCoin": "USDT", "limit": 200}
        ):
            if Decimal(row["size"] or 0):
                sign = 1 if row["side"] == "Buy" else -1
                side.positions[row["symbol"]] = sign * Decimal(row["size"])
        balance = await self._get("/v5/account/wallet-balance", {"accountType": "UNIFIED"})
        side.wallet = next(
            Decimal(coin["walletBalance"])
            for coin in balance["list"][0]["coin"]
            if coin["coin"] == "USDT"
        )
        for window in period.windows():
            async for row in self._paged(
                "/v5/account/transaction-log", {"accountType": "UNIFIED", "limit": 50, **window}
            ):
                _note_money(side, row)
        return side

    async def _paged(self, path: str, params: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
        cursor = ""
        for _ in range(PAGES_MAX):
            result = await self._get(path, {**params, "cursor": cursor} if cursor else params)
            for row in result["list"]:
                yield row
            cursor = result.get("nextPageCursor") or ""
            if not cursor or not result["list"]:
                return

    async def _get(self, path: str, params: dict[str, Any]) -> Any:
        query = urlencode(params)
        stamp = str(int(self._clock.now().timestamp() * 1000))
        payload = f"{stamp}{self._key}{WINDOW_MS}{query}".encode()
        headers = {
            "X-BAPI-API-KEY": self._key,
            "X-BAPI-TIMESTAMP": stamp,
            "X-BAPI-RECV-WINDOW": WINDOW_MS,
            "X-BAPI-SIGN": hmac.new(self._secret, payload, hashlib.sha256).hexdigest(),
        }
        async with self._http.get(f"{self._base_url}{path}?{query}", headers=headers) as response:
            body = await response.read()
            answer = orjson.loads(body) if response.status == 200 else {"retCode": response.status}
            if answer["retCode"] != 0:
                raise ExchangeUnavailable(f"{path} answered {answer['retCode']}: {body[:200]!r}")
            return answer["result"]


def _note_order(side: Side, row: dict[str, Any], prefix: str) -> None:
    if row["orderLinkId"].startswith(prefix):
        add_order(
            side,
            OrderFact(
                client_order_id=row["orderLinkId"],
                symbol=row["symbol"],
                side=SIDES[row["side"]],
                state=STATES[row["orderStatus"]],
                filled=Decimal(row["cumExecQty"]),
            ),
        )


def _note_trade(side: Side, row: dict[str, Any]) -> None:
    side.trades[row["symbol"], row["execId"]] = TradeFact(
        symbol=row["symbol"],
        trade_id=row["execId"],
        order_id=row["orderId"],
        side=SIDES[row["side"]],
        quantity=Decimal(row["execQty"]),
        price=Decimal(row["execPrice"]),
        commission=Decimal(row["execFee"]),
    )


def _note_money(side: Side, row: dict[str, Any]) -> None:
    fact = MoneyFact(
        row_type=row["type"],
        row_id=row["id"],
        symbol=row["symbol"],
        asset=row["currency"],
        amount=Decimal(row["change"]),
        occurred_ms=int(row["transactionTime"]),
    )
    side.ledger[money_key(fact)] = fact

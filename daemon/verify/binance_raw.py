"""Read a whole Binance USDT-M account with plain signed requests."""

import hashlib
import hmac
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

PAGE = 1000
PAGES_MAX = 2000
USED_MAX = 1_920
"""Weight that an address has used in a minute from which on the next minute is waited for: the
daemons that trade from it need the rest of its 2,400."""
MINUTE_S = 60.0
TRIES_MAX = 3
TOO_MANY = 429
STATES = {
    "NEW": "working",
    "PARTIALLY_FILLED": "working",
    "TRIGGERING": "working",
    "FILLED": "filled",
    "CANCELED": "canceled",
    "EXPIRED": "expired",
    "EXPIRED_IN_MATCH": "expired",
    "REJECTED": "rejected",
}


class BinanceReader:
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
            await self._orders(side, symbol, prefix)
            await self._trades(side, symbol)
        for row in await self._get("/fapi/v3/positionRisk"):
            if Decimal(row["positionAmt"]):
                side.positions[row["symbol"]] = Decimal(row["positionAmt"])
        account = await self._get("/fapi/v3/account")
        side.wallet = next(
            Decimal(asset["walletBalance"])
            for asset in account["assets"]
            if asset["asset"] == "USDT"
        )
        await self._ledger(side, period)
        return side

    async def _orders(self, side: Side, symbol: str, prefix: str) -> None:
        triggered: dict[str, str] = {}
        for row in await self._paged("/fapi/v1/allAlgoOrders", symbol, "algoId"):
            if not row["clientAlgoId"].startswith(prefix):
                continue
            child = str(row.get("actualOrderId") or "")
            if child and child != "0":
                triggered[child] = row["clientAlgoId"]
                continue
            add_order(side, _algo(row))
        for row in await self._paged("/fapi/v1/allOrders", symbol, "orderId"):
            parent = triggered.get(str(row["orderId"]))
            if parent is None and not row["clientOrderId"].startswith(prefix):
                continue
            add_order(side, _order(row, parent or row["clientOrderId"]))

    async def _trades(self, side: Side, symbol: str) -> None:
        for row in await self._paged("/fapi/v1/userTrades", symbol, "id", start_name="fromId"):
            side.trades[symbol, str(row["id"])] = TradeFact(
                symbol=symbol,
                trade_id=str(row["id"]),
                order_id=str(row["orderId"]),
                side=row["side"],
                quantity=Decimal(row["qty"]),
                price=Decimal(row["price"]),
                commission=Decimal(row["commission"]),
            )

    async def _ledger(self, side: Side, period: Period) -> None:
        for page in range(1, PAGES_MAX):
            rows = await self._get(
                "/fapi/v1/income", {"limit": PAGE, "page": page, "startTime": period.start_ms}
            )
            for row in rows:
                fact = MoneyFact(
                    row_type=row["incomeType"],
                    row_id=str(row["tranId"]),
                    symbol=row["symbol"],
                    asset=row["asset"],
                    amount=Decimal(row["income"]),
                    occurred_ms=int(row["time"]),
                )
                side.ledger[money_key(fact)] = fact
            if len(rows) < PAGE:
                return

    async def _paged(
        self, path: str, symbol: str, id_name: str, *, start_name: str = ""
    ) -> list[dict[str, Any]]:
        found: dict[int, dict[str, Any]] = {}
        start = 0
        for _ in range(PAGES_MAX):
            rows = await self._get(
                path, {"symbol": symbol, "limit": PAGE, start_name or id_name: start}
            )
            found.update({int(row[id_name]): row for row in rows})
            if len(rows) < PAGE:
                break
            start = max(int(row[id_name]) for row in rows) + 1
        return [found[key] for key in sorted(found)]

    async def _get(self, path: str, params: dict[str, Any] | None = None) -> Any:
        for _ in range(TRIES_MAX):
            answer = await self._try(path, params or {})
            if answer is not None:
                return answer
        raise ExchangeUnavailable(f"{path}: the address's requests are used up")

    async def _try(self, path: str, params: dict[str, Any]) -> Any:
        """Ask once; None, after the silence that was asked for, where it was one too many."""
        stamp = int(self._clock.now().timestamp() * 1000)
        query = urlencode({**params, "timestamp": stamp, "recvWindow": 10_000})
        signature = hmac.new(self._secret, query.encode(), hashlib.sha256).hexdigest()
        url = f"{self._base_url}{path}?{query}&signature={signature}"
        async with self._http.get(url, headers={"X-MBX-APIKEY": self._key}) as response:
            body = await response.read()
            used = int(response.headers.get("X-MBX-USED-WEIGHT-1M", "0"))
            asked_s = float(response.headers.get("Retry-After", "0"))
        if response.status == TOO_MANY or used >= USED_MAX:
            await self._clock.sleep(
                max(asked_s, MINUTE_S - self._clock.now().timestamp() % MINUTE_S)
            )
        if response.status == TOO_MANY:
            return None
        if response.status != 200:
            raise ExchangeUnavailable(f"{path} answered {response.status}: {body[:200]!r}")
        return orjson.loads(body)


def _order(row: dict[str, Any], client_order_id: str) -> OrderFact:
    return OrderFact(
        client_order_id=client_order_id,
        symbol=row["symbol"],
        side=row["side"],
        state=STATES[row["status"]],
        filled=Decimal(row["executedQty"]),
    )


def _algo(row: dict[str, Any]) -> OrderFact:
    return OrderFact(
        client_order_id=row["clientAlgoId"],
        symbol=row["symbol"],
        side=row["side"],
        state=STATES[row["algoStatus"]],
        filled=Decimal(0),
    )

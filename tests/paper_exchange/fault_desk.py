"""Raw clients of both exchanges beside the exchange's own record, for tests of faults."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp

from tests.paper import SECRET, Paper, running_paper_exchange

KEY = "key-1"
BROKEN = (aiohttp.ClientError, TimeoutError)


@dataclass(frozen=True)
class Reply:
    """What a client saw: a whole answer, or a connection that broke."""

    status: int = 0
    text: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    broke: str = ""

    @property
    def body(self) -> Any:
        return json.loads(self.text)

    @property
    def code(self) -> Any:
        """Return the code of either exchange, None for what has none."""
        try:
            content = json.loads(self.text)
        except ValueError:
            return None
        if not isinstance(content, dict):
            return None
        return content.get("retCode", content.get("code"))

    def header(self, name: str) -> str:
        return dict(self.headers).get(name, "")


class FaultDesk:
    """One account at each exchange, and the hand on the exchange."""

    def __init__(self, paper: Paper, session: aiohttp.ClientSession) -> None:
        self.paper = paper
        self.session = session

    async def plan(self, kind: str, **body: Any) -> dict[str, Any]:
        """Plan a fault."""
        answer = await self.paper.control("POST", "/faults", {"kind": kind, **body})
        return dict(answer["fault"])

    async def happened(self) -> list[dict[str, Any]]:
        """Return the faults in the ground truth."""
        page = await self.paper.control("GET", "/truth?kind=fault")
        return list(page["entries"])

    async def orders(self, exchange: str) -> list[dict[str, Any]]:
        """Return the account's orders as they really are."""
        page = await self.paper.control("GET", f"/truth/{exchange}/{KEY}/orders")
        return list(page["entries"])

    async def truth(self, exchange: str) -> dict[str, Any]:
        """Return the account as it really is."""
        return await self.paper.control("GET", f"/truth/{exchange}/{KEY}")

    async def place(self, exchange: str, client_id: str = "mine-1", **changes: Any) -> Reply:
        """Place a small market order, or what the changes make of it."""
        if exchange == "binance":
            words = {
                "symbol": "BTCUSDT",
                "side": "BUY",
                "type": "MARKET",
                "quantity": "0.01",
                "newClientOrderId": client_id,
            }
            return await self.binance("POST", "/fapi/v1/order", **(words | changes))
        body = {
            "category": "linear",
            "symbol": "BTCUSDT",
            "side": "Buy",
            "orderType": "Market",
            "qty": "0.01",
            "orderLinkId": client_id,
        }
        return await self.bybit("POST", "/v5/order/create", **(body | changes))

    async def rest(self, exchange: str, client_id: str = "mine-1") -> Reply:
        """Place a limit order far below the market, so that it waits."""
        price = str((await self.paper.price("BTCUSDT", exchange) * 9 / 10).quantize(1))
        if exchange == "binance":
            limit = {"type": "LIMIT", "timeInForce": "GTC", "price": price}
            return await self.place(exchange, client_id, **limit)
        return await self.place(exchange, client_id, orderType="Limit", price=price)

    async def cancel(self, exchange: str, client_id: str = "mine-1") -> Reply:
        """Cancel by client order id."""
        if exchange == "binance":
            words = {"symbol": "BTCUSDT", "origClientOrderId": client_id}
            return await self.binance("DELETE", "/fapi/v1/order", **words)
        words = {"category": "linear", "symbol": "BTCUSDT", "orderLinkId": client_id}
        return await self.bybit("POST", "/v5/order/cancel", **words)

    async def query(self, exchange: str, client_id: str = "mine-1") -> Reply:
        """Ask for an order by client order id."""
        if exchange == "binance":
            words = {"symbol": "BTCUSDT", "origClientOrderId": client_id}
            return await self.binance("GET", "/fapi/v1/order", **words)
        words = {"category": "linear", "orderLinkId": client_id}
        return await self.bybit("GET", "/v5/order/realtime", **words)

    async def account(self, exchange: str) -> Reply:
        """Read the account."""
        if exchange == "binance":
            return await self.binance("GET", "/fapi/v3/account")
        return await self.bybit("GET", "/v5/account/wallet-balance", accountType="UNIFIED")

    async def binance(self, method: str, path: str, **words: Any) -> Reply:
        """Send a signed request as Binance wants it."""
        payload = urlencode({"timestamp": _now_ms(), **words})
        url = f"{self.paper.url}{path}?{payload}&signature={_sign(payload)}"
        return await self._send(method, url, {"X-MBX-APIKEY": KEY}, None)

    async def bybit(self, method: str, path: str, **words: Any) -> Reply:
        """Send a signed request as Bybit wants it."""
        payload = urlencode(words) if method == "GET" else json.dumps(words)
        at_ms = str(_now_ms())
        headers = {
            "X-BAPI-API-KEY": KEY,
            "X-BAPI-TIMESTAMP": at_ms,
            "X-BAPI-RECV-WINDOW": "5000",
            "X-BAPI-SIGN": _sign(f"{at_ms}{KEY}5000{payload}"),
            "Content-Type": "application/json",
        }
        url = f"{self.paper.url}{path}" + (f"?{payload}" if method == "GET" else "")
        return await self._send(method, url, headers, None if method == "GET" else payload)

    async def place_over_socket(
        self, exchange: str, client_id: str = "mine-1"
    ) -> dict[str, Any] | None:
        """Place a small market order over a trading socket; None when the socket breaks."""
        if exchange == "binance":
            return await self._place_over_ws_api(client_id)
        async with self.session.ws_connect(f"{self.paper.ws_url}/v5/trade") as socket:
            await socket.send_json({"op": "auth", "args": stream_login()})
            assert (await socket.receive_json())["retCode"] == 0
            order = {
                "category": "linear",
                "symbol": "BTCUSDT",
                "side": "Buy",
                "orderType": "Market",
                "qty": "0.01",
                "orderLinkId": client_id,
            }
            header = {"X-BAPI-TIMESTAMP": str(_now_ms())}
            message = {"reqId": "r1", "op": "order.create", "header": header, "args": [order]}
            await socket.send_json(message)
            return await _answer(socket)

    async def _place_over_ws_api(self, client_id: str) -> dict[str, Any] | None:
        words = {
            "apiKey": KEY,
            "newClientOrderId": client_id,
            "quantity": "0.01",
            "side": "BUY",
            "symbol": "BTCUSDT",
            "timestamp": str(_now_ms()),
            "type": "MARKET",
        }
        signed = "&".join(f"{name}={value}" for name, value in sorted(words.items()))
        message = {
            "id": "r1",
            "method": "order.place",
            "params": {**words, "signature": _sign(signed)},
        }
        async with self.session.ws_connect(f"{self.paper.ws_url}/ws-fapi/v1") as socket:
            await socket.send_json(message)
            return await _answer(socket)

    async def _send(
        self, method: str, url: str, headers: dict[str, str], data: str | None
    ) -> Reply:
        try:
            async with self.session.request(
                method, url, headers=headers, data=data, allow_redirects=False
            ) as answer:
                text = await answer.text()
                return Reply(answer.status, text, tuple(answer.headers.items()))
        except BROKEN as error:
            return Reply(broke=type(error).__name__)


@asynccontextmanager
async def running_fault_desk(**options: Any) -> AsyncIterator[FaultDesk]:
    """Run an exchange with one account at each side."""
    async with running_paper_exchange(**options) as paper:
        timeout = aiohttp.ClientTimeout(total=60)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            desk = FaultDesk(paper, session)
            for exchange in ("binance", "bybit"):
                await paper.create_account(exchange, KEY)
            yield desk


async def _answer(socket: aiohttp.ClientWebSocketResponse) -> dict[str, Any] | None:
    message = await socket.receive(timeout=60)
    return json.loads(message.data) if message.type is aiohttp.WSMsgType.TEXT else None


def stream_login() -> list[str]:
    """Sign the auth of Bybit's private sockets."""
    expires = str(_now_ms() + 30_000)
    return [KEY, expires, _sign(f"GET/realtime{expires}")]


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _sign(text: str) -> str:
    return hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()

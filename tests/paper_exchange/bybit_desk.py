"""A served Bybit dialect over a scripted market, with hand-turned clocks, and a signing client."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from aiohttp import ClientSession, ClientWebSocketResponse, web
from aiohttp.test_utils import TestServer
from yarl import URL

from daemon.paper_exchange import bybit
from daemon.paper_exchange.accounts import Account, Permissions
from daemon.paper_exchange.bybit.visibility import BybitOptions
from daemon.paper_exchange.clock import MarketClock
from daemon.paper_exchange.commands import CreateAccount
from daemon.paper_exchange.engine import Engine
from daemon.paper_exchange.host import PaperHost
from daemon.paper_exchange.instruments import INSTRUMENTS
from daemon.paper_exchange.prices import MINUTE_MS, Candle
from daemon.paper_exchange.profiles import PROFILES

START_MS = 1_746_403_200_000
WALL_MS = 1_800_000_000_000


@dataclass
class Clockwork:
    """Clocks that move only when a test moves them."""

    monotonic_s: float = 0.0
    wall_ms: int = WALL_MS

    def monotonic(self) -> float:
        return self.monotonic_s

    def wall(self) -> int:
        return self.wall_ms

    def pass_time(self, seconds: float) -> None:
        self.monotonic_s += seconds
        self.wall_ms += int(seconds * 1000)


@dataclass
class FlatPrices:
    """Each contract stands still; a test moves it through the engine."""

    prices: Mapping[str, Decimal] = field(
        default_factory=lambda: {"BTCUSDT": Decimal(100_000), "ETHUSDT": Decimal(2500)}
    )
    rate: Decimal = Decimal("0.0001")
    start_ms: int = START_MS - 3 * 86_400_000
    end_ms: int | None = None

    @property
    def symbols(self) -> tuple[str, ...]:
        return tuple(self.prices)

    def minute(self, symbol: str, open_time_ms: int) -> Candle | None:
        if open_time_ms < self.start_ms:
            return None
        start, price = open_time_ms - open_time_ms % MINUTE_MS, self.prices[symbol]
        return Candle(start, price, price, price, price, Decimal(600))

    def path(self, symbol: str, open_time_ms: int) -> tuple[Decimal, ...] | None:
        return None

    def funding_rate(self, symbol: str, time_ms: int) -> Decimal:
        return self.rate


class Desk:
    """The engine, its server and the clocks of one test."""

    def __init__(self, engine: Engine, server: TestServer, clockwork: Clockwork) -> None:
        self.engine = engine
        self.server = server
        self.clockwork = clockwork

    def open_account(self, *, key: str = "key-1", balance: str = "10000", **rights: Any) -> Account:
        return self.engine.create_account(
            CreateAccount(
                api_key=key,
                api_secret=f"secret-{key}",
                label="test",
                balance=Decimal(balance),
                permissions=Permissions(**rights),
                leverage=10,
            )
        )

    def count_listeners(self, topic: str) -> int:
        return self.server.app[bybit.STREAMS].count_listeners(topic)

    def move(self, price: str, symbol: str = "BTCUSDT") -> None:
        self.engine.set_price(symbol, Decimal(price))
        self.engine.tick()

    def pass_time(self, seconds: float) -> None:
        self.clockwork.pass_time(seconds)
        self.engine.tick()


class Client:
    """Signs as Bybit's documentation says, independently of the code under test."""

    def __init__(self, desk: Desk, session: ClientSession, account: Account) -> None:
        self.desk = desk
        self.session = session
        self.account = account
        self.headers: Mapping[str, str] = {}

    async def get(self, path: str, **params: Any) -> dict[str, Any]:
        query = urlencode(params)
        # Sent as it was signed: the client library must not quote it again.
        url = URL(f"{self.desk.server.make_url(path)}?{query}", encoded=True)
        async with self.session.get(url, headers=self._sign(query)) as answer:
            self.headers = answer.headers
            return dict(await answer.json())

    async def post(self, path: str, **body: Any) -> dict[str, Any]:
        raw = json.dumps({"category": "linear", **body})
        url = self.desk.server.make_url(path)
        async with self.session.post(url, data=raw, headers=self._sign(raw)) as answer:
            self.headers = answer.headers
            return dict(await answer.json())

    async def result(self, path: str, **params: Any) -> dict[str, Any]:
        """Get and expect success."""
        answer = await self.get(path, **params)
        assert answer["retCode"] == 0, answer
        return dict(answer["result"])

    async def rows(self, path: str, **params: Any) -> list[dict[str, Any]]:
        return list((await self.result(path, category="linear", **params))["list"])

    async def order(self, **body: Any) -> dict[str, Any]:
        defaults = {"symbol": "BTCUSDT", "side": "Buy", "orderType": "Market", "qty": "0.01"}
        return await self.post("/v5/order/create", **(defaults | body))

    async def placed(self, **body: Any) -> str:
        """Place an order, expect success and return its orderId."""
        answer = await self.order(**body)
        assert answer["retCode"] == 0, answer
        return str(answer["result"]["orderId"])

    async def stream(self, path: str, *, sign_in: bool = False) -> ClientWebSocketResponse:
        socket = await self.session.ws_connect(self.desk.server.make_url(path))
        if sign_in:
            await socket.send_json({"op": "auth", "args": self.stream_login()})
            assert (await socket.receive_json())["success"] is True
        return socket

    def stream_login(self) -> list[str]:
        """Sign a websocket's auth: key, expiry, signature."""
        expires = str(self.desk.clockwork.wall_ms + 10_000)
        return [self.account.api_key, expires, self._hmac(f"GET/realtime{expires}")]

    def _sign(self, payload: str) -> dict[str, str]:
        timestamp = str(self.desk.clockwork.wall_ms)
        text = f"{timestamp}{self.account.api_key}5000{payload}"
        return {
            "X-BAPI-API-KEY": self.account.api_key,
            "X-BAPI-TIMESTAMP": timestamp,
            "X-BAPI-RECV-WINDOW": "5000",
            "X-BAPI-SIGN": self._hmac(text),
            "Content-Type": "application/json",
        }

    def _hmac(self, text: str) -> str:
        secret = self.account.api_secret.encode()
        return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()


class RunningClockwork(Clockwork):
    """The machine's own clocks, for clients that sign with them."""

    def monotonic(self) -> float:
        return time.monotonic() + self.monotonic_s

    def wall(self) -> int:
        return time.time_ns() // 1_000_000


@asynccontextmanager
async def running_desk(
    clockwork: Clockwork | None = None, options: BybitOptions | None = None, **prices: Any
) -> AsyncIterator[Desk]:
    """Serve an engine on an ephemeral port of the loopback interface."""
    clockwork = clockwork or Clockwork()
    # A clock that a test turns by hand would hide every order for ever.
    options = options or BybitOptions(acknowledgement_lag_ms=0)
    clock = MarketClock(market_ms=START_MS, monotonic=clockwork.monotonic)
    engine = Engine(
        profile=PROFILES["bybit"],
        instruments=INSTRUMENTS["bybit"],
        source=FlatPrices(**prices),
        clock=clock,
    )
    app = web.Application()
    bybit.mount(
        app, PaperHost(engines={"bybit": engine}, clock=clock, wall_ms=clockwork.wall), options
    )
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    try:
        yield Desk(engine, server, clockwork)
    finally:
        await server.close()


@asynccontextmanager
async def running_client(
    balance: str = "10000", rights: Mapping[str, Any] | None = None, **prices: Any
) -> AsyncIterator[Client]:
    """Serve an engine with one account and its client."""
    async with running_desk(**prices) as desk, ClientSession() as session:
        account = desk.open_account(balance=balance, **(rights or {}))
        yield Client(desk, session, account)

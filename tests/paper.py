"""The paper exchange for tests: in this process, on a free port, its time in the test's hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp

from daemon.paper_exchange.binance.call import BinanceOptions
from daemon.paper_exchange.bybit.visibility import BybitOptions
from daemon.paper_exchange.server import PaperExchange, PaperOptions

SECRET = "secret-1"


class Paper:
    """A running paper exchange and its control."""

    def __init__(self, exchange: PaperExchange, url: str, session: aiohttp.ClientSession) -> None:
        self.exchange = exchange
        self.url = url
        self._session = session

    @property
    def ws_url(self) -> str:
        """Return the base URL of the WebSockets."""
        return self.url.replace("http://", "ws://")

    async def create_account(
        self,
        exchange: str = "binance",
        api_key: str = "key-1",
        *,
        api_secret: str = SECRET,
        balance: str = "10000",
        label: str = "",
        permissions: dict[str, Any] | None = None,
        leverage: int | None = None,
    ) -> dict[str, Any]:
        """Open an account; again with the same key changes nothing."""
        body: dict[str, Any] = {
            "exchange": exchange,
            "api_key": api_key,
            "api_secret": api_secret,
            "balance": balance,
            "label": label,
            "permissions": permissions or {},
        }
        if leverage is not None:
            body["leverage"] = leverage
        return await self.control("POST", "/accounts", body)

    async def account(self, exchange: str = "binance", api_key: str = "key-1") -> dict[str, Any]:
        """Return what the exchange knows about an account."""
        return await self.control("GET", f"/accounts/{exchange}/{api_key}")

    async def act(self, exchange: str, api_key: str, action: str, **body: Any) -> dict[str, Any]:
        """Do deposit, withdraw, permissions or close_position on an account."""
        return await self.control("POST", f"/accounts/{exchange}/{api_key}/{action}", body)

    async def price(self, symbol: str, exchange: str = "binance") -> Decimal:
        """Return the last price."""
        health = await self.control("GET", "/health")
        return Decimal(health["prices"][exchange][symbol])

    async def set_price(self, symbol: str, price: Decimal | str) -> dict[str, Any]:
        """Script a price on both exchanges."""
        return await self.control("POST", "/price", {"symbol": symbol, "price": str(price)})

    async def move_price(self, symbol: str, percent: Decimal | str) -> dict[str, Any]:
        """Move a price by percent on both exchanges."""
        return await self.control("POST", "/price", {"symbol": symbol, "percent": str(percent)})

    async def advance(self, *, minutes: int = 0, seconds: int = 0) -> dict[str, Any]:
        """Let market time pass at once."""
        step_ms = (minutes * 60 + seconds) * 1000
        return await self.control("POST", "/clock", {"step_ms": step_ms})

    async def set_clock(self, **body: Any) -> dict[str, Any]:
        """Change speed or pause."""
        return await self.control("POST", "/clock", body)

    async def plan_fault(self, kind: str, path: str, **body: Any) -> dict[str, Any]:
        """Let the next requests to a path go wrong."""
        return await self.control("POST", "/faults", {"kind": kind, "path": path, **body})

    async def control(
        self, method: str, path: str, body: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Call a control endpoint; an error answer fails the test."""
        async with self._session.request(method, f"{self.url}/_paper{path}", json=body) as answer:
            content: dict[str, Any] = await answer.json()
            assert answer.status == 200, content
            return content


@asynccontextmanager
async def running_paper_exchange(
    *,
    home: Path | None = None,
    seed: int = 7,
    speed: float = 1.0,
    paused: bool = True,
    start: datetime | None = None,
    replay: Path | None = None,
    binance: BinanceOptions | None = None,
    recovery_s: int = 0,
    bybit: BybitOptions | None = None,
) -> AsyncIterator[Paper]:
    """Run a paper exchange; market time stands still unless the test lets it pass.

    Args:
        recovery_s: until the book has back what orders took; with 0 every order sees the whole
            book, so that tests can tell how many fills an order has.
        bybit: by default an order is seen as soon as it is acknowledged, so that a test may look.
    """
    exchange = PaperExchange(
        PaperOptions(
            home=home,
            seed=seed,
            speed=speed,
            paused=paused,
            start=start,
            replay=replay,
            binance=binance,
            recovery_s=recovery_s,
            bybit=bybit or BybitOptions(acknowledgement_lag_ms=0),
        )
    )
    url = await exchange.start()
    try:
        async with aiohttp.ClientSession() as session:
            yield Paper(exchange, url, session)
    finally:
        await exchange.stop()

"""What ccxt makes of the exchanges' bad days, and what really happened meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import ccxt.async_support as ccxt
import pytest

from tests.paper import SECRET
from tests.paper_exchange.fault_desk import KEY, FaultDesk, running_fault_desk

SYMBOL = "BTC/USDT:USDT"

# The error class that an order's sender sees, None for an answer without an id, and the orders
# that there are afterwards.
TOLD: dict[str, dict[str, tuple[type[Exception] | None, int]]] = {
    "drop_before": {"binance": (ccxt.NetworkError, 0), "bybit": (ccxt.NetworkError, 0)},
    "drop_after": {"binance": (ccxt.NetworkError, 1), "bybit": (ccxt.NetworkError, 1)},
    "reset_mid_body": {"binance": (ccxt.BaseError, 1), "bybit": (ccxt.BaseError, 1)},
    "html": {"binance": (None, 1), "bybit": (None, 1)},
    "truncated": {"binance": (None, 1), "bybit": (None, 1)},
    "empty": {"binance": (None, 1), "bybit": (None, 1)},
    "timeout": {"binance": (ccxt.RequestTimeout, 1), "bybit": (ccxt.ExchangeError, 1)},
    "unknown_error": {"binance": (ccxt.OperationFailed, 1), "bybit": (ccxt.ExchangeError, 1)},
    "overloaded": {"binance": (ccxt.BaseError, 0)},
    "unexpected_response": {"binance": (ccxt.OperationFailed, 1)},
    "bad_gateway": {
        "binance": (ccxt.ExchangeNotAvailable, 0),
        "bybit": (ccxt.ExchangeNotAvailable, 0),
    },
    "too_many_requests": {
        "binance": (ccxt.DDoSProtection, 0),
        "bybit": (ccxt.RateLimitExceeded, 0),
    },
    "address_banned": {"binance": (ccxt.DDoSProtection, 0), "bybit": (ccxt.BaseError, 0)},
    "insufficient_margin": {
        "binance": (ccxt.InsufficientFunds, 0),
        "bybit": (ccxt.InsufficientFunds, 0),
    },
    "bad_timestamp": {"binance": (ccxt.InvalidNonce, 0), "bybit": (ccxt.InvalidNonce, 0)},
    "key_revoked": {
        "binance": (ccxt.AuthenticationError, 0),
        "bybit": (ccxt.AuthenticationError, 0),
    },
    "duplicate_client_id": {"binance": (ccxt.ExchangeError, 1), "bybit": (ccxt.InvalidOrder, 1)},
}


@pytest.fixture
async def desk() -> AsyncIterator[FaultDesk]:
    async with running_fault_desk() as running:
        yield running


@asynccontextmanager
async def connected(desk: FaultDesk, exchange: str) -> AsyncIterator[Any]:
    """Open ccxt's client of an exchange, its contracts loaded."""
    settings: dict[str, Any] = {"apiKey": KEY, "secret": SECRET, "maxRetriesOnFailure": 0}
    url = desk.paper.url
    if exchange == "binance":
        client = ccxt.binanceusdm({**settings, "options": {"fetchCurrencies": False}})
        for name, address in client.urls["api"].items():
            if isinstance(address, str):
                client.urls["api"][name] = url + urlsplit(address).path
        for kind in ("exact", "broad"):
            client.exceptions[kind].update(client.exceptions["linear"].get(kind, {}))
    else:
        client = ccxt.bybit({**settings, "options": {"fetchMarkets": {"types": ["linear"]}}})
        sites = ("spot", "futures", "v2", "public", "private")
        client.urls["api"].update(dict.fromkeys(sites, url))
    try:
        await client.load_markets()
        yield client
    finally:
        await client.close()


@pytest.mark.parametrize(
    ("kind", "exchange"), [(kind, exchange) for kind, told in TOLD.items() for exchange in told]
)
async def test_a_fault_is_what_ccxt_knows_of_it(desk: FaultDesk, kind: str, exchange: str) -> None:
    told, orders = TOLD[kind][exchange]
    async with connected(desk, exchange) as client:
        if exchange == "bybit":
            await client.is_unified_enabled()
        await desk.plan(kind, exchange=exchange, method="POST")
        name = "clientOrderId" if exchange == "binance" else "orderLinkId"
        order = client.create_order(SYMBOL, "market", "buy", 0.01, None, {name: "mine-1"})
        if told is None:
            assert (await order)["id"] is None
        else:
            with pytest.raises(told):
                await order
    found = await desk.orders(exchange)
    assert [row["client_order_id"] for row in found] == ["mine-1"] * orders

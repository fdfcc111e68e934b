"""Bybit's own client, pybit, trades against the paper exchange with nothing changed but its URLs."""

from typing import Any

import pytest

from tests.exchange_contract.clients import run_client
from tests.paper import running_paper_exchange

CARDS: dict[str, dict[str, Any]] = {
    "book": {"is_ordered": True, "levels": 5},
    "candles": {"count": 3},
    "leverage again": {"code": 110043},
    "key": {"trade": ["Order", "Position"]},
    "account": {"mode": "REGULAR_MARGIN"},
    "fees": {"maker": "0.0002", "taker": "0.00055"},
    "amended": {"price": "20001.00", "is_same": True},
    "link id again": {"code": 110072},
    "batch": {"codes": [0, 0, 0]},
    "all cancelled": {"count": 3},
    "position": {"size": "0.02", "leverage": "5"},
    "stop": {"kind": "StopLoss", "link": ""},
    "executions": {"quantity": pytest.approx(0.02)},
    "log": {"kinds": ["TRADE"]},
    "wallet": {"has_paid": True},
    "stream book": {"symbol": "BTCUSDT"},
    "socket order": {"code": 0, "link": "w-1"},
    "stream order": {"category": "linear"},
    "stream execution": {"quantity": "0.001"},
    "stream position": {"symbol": "BTCUSDT"},
    "socket cancel": {"code": 0},
}


async def test_pybit_trades_over_http_streams_and_the_trade_socket() -> None:
    async with running_paper_exchange() as paper:
        await paper.create_account("bybit", "key-1", api_secret="secret-1")
        told = await run_client("bybit_trades", url=paper.url, key="key-1", secret="secret-1")
    cards = {line.pop("card"): line for line in told}
    assert "BTCUSDT" in cards.pop("instruments")["symbols"]
    assert cards.pop("tiers")["count"] > 1
    assert cards == CARDS

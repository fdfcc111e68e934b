"""Every method and path that real clients call is served, as the real gateway would."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from daemon.paper_exchange.binance.routes import ENDPOINTS
from daemon.paper_exchange.binance.ws_methods import METHODS
from tests.paper import Paper, running_paper_exchange
from tests.paper_exchange.binance_desk import opened, raw_client

MATRIX = Path(__file__).resolve().parents[3] / "shared/wire/observed_clients/endpoint_matrix.json"
needs_matrix = pytest.mark.skipif(not MATRIX.exists(), reason="no observed clients beside it")

# What clients send at one endpoint or another; what an endpoint does not know it leaves alone.
EVERYTHING: dict[str, Any] = {
    "symbol": "BTCUSDT",
    "pair": "BTCUSDT",
    "contractType": "PERPETUAL",
    "interval": "1m",
    "period": "5m",
    "limit": 10,
    "side": "BUY",
    "quantity": "0.010",
    "leverage": 20,
    "countdownTime": 0,
    "asset": "USDT",
    "recvWindow": 60000,
}
OWN: dict[str, dict[str, Any]] = {
    "POST /fapi/v1/order": {"type": "MARKET"},
    "POST /fapi/v1/order/test": {"type": "MARKET"},
    "POST /fapi/v1/marginType": {"marginType": "CROSSED"},
    "POST /fapi/v1/positionSide/dual": {"dualSidePosition": "false"},
    "POST /fapi/v1/multiAssetsMargin": {"multiAssetsMargin": "false"},
    "POST /fapi/v1/feeBurn": {"feeBurn": "true"},
    "POST /fapi/v1/positionMargin": {"type": 1, "amount": 10},
    "POST /sapi/v1/asset/transfer": {"type": "UMFUTURE_MAIN", "amount": 1},
    "GET /sapi/v1/asset/transfer": {"type": "UMFUTURE_MAIN"},
    "POST /fapi/v1/algoOrder": {
        "algoType": "CONDITIONAL",
        "type": "STOP_MARKET",
        "triggerPrice": "900000",
    },
    "POST /fapi/v1/batchOrders": {"batchOrders": "[]"},
    "PUT /fapi/v1/batchOrders": {"batchOrders": "[]"},
    "DELETE /fapi/v1/batchOrders": {"orderIdList": "[1]"},
}
# Requests that are right in form and refused for what the account has or is.
REFUSED = {
    "POST /fapi/v1/marginType": -4046,
    "POST /fapi/v1/positionSide/dual": -4059,
    "POST /fapi/v1/multiAssetsMargin": -4171,
    "POST /fapi/v1/positionMargin": -4049,
    "POST /fapi/v1/batchOrders": -4082,
    "PUT /fapi/v1/batchOrders": -4082,
    "GET /fapi/v1/order": -1102,
    "PUT /fapi/v1/order": -1102,
    "DELETE /fapi/v1/order": -1102,
    "GET /fapi/v1/openOrder": -1102,
    "GET /fapi/v1/orderAmendment": -1102,
    "GET /fapi/v1/algoOrder": -1102,
    "DELETE /fapi/v1/algoOrder": -1102,
    "PUT /fapi/v1/listenKey": 0,
}


@pytest.fixture
async def paper() -> AsyncIterator[Paper]:
    async with running_paper_exchange() as running:
        await running.create_account(permissions={"universal_transfer": True})
        yield running


async def walk(paper: Paper, pairs: list[tuple[str, str]]) -> list[str]:
    """Call each pair; return what was not answered as the exchange answers."""
    wrong: list[str] = []
    async with raw_client(paper) as client:
        await client.send("POST", "/fapi/v1/listenKey")
        for method, path in pairs:
            name = f"{method} {path}"
            answer = await client.call(method, path, **{**EVERYTHING, **OWN.get(name, {})})
            wanted = REFUSED.get(name)
            if not wanted:
                if answer.status != 200:
                    wrong.append(f"{name}: {answer.status} {answer.body}")
            elif answer.status != 400 or answer.code != wanted:
                wrong.append(f"{name}: {answer.status} {answer.body}, not {wanted}")
    return wrong


async def test_every_endpoint_of_the_table_answers(paper: Paper) -> None:
    pairs = [(endpoint.method, endpoint.path) for endpoint in ENDPOINTS]
    assert len(pairs) == len(set(pairs))
    assert await walk(paper, [pair for pair in pairs if pair[0] != "DELETE"]) == []
    assert await walk(paper, [pair for pair in pairs if pair[0] == "DELETE"]) == []


@needs_matrix
async def test_every_endpoint_that_clients_were_seen_to_call_answers(paper: Paper) -> None:
    rows = json.loads(MATRIX.read_text())
    ours = [(row["method"], row["path"]) for row in rows if not row["path"].startswith("/v5")]
    calls = [pair for pair in ours if not pair[0].startswith("WS")]
    assert len(calls) >= 60
    assert await walk(paper, calls) == []
    for method, path in ours:
        if method.startswith("WS"):
            async with opened(paper, path.replace("*", "0")) as socket:
                assert not socket.closed


def test_the_websocket_api_has_the_methods_that_clients_call() -> None:
    wanted = {
        *("order.place", "order.modify", "order.cancel", "order.status"),
        *("algoOrder.place", "algoOrder.cancel", "depth", "ticker.price", "ticker.book"),
        *("account.status", "v2/account.status", "account.balance", "v2/account.balance"),
        *("account.position", "v2/account.position"),
        *("userDataStream.start", "userDataStream.ping", "userDataStream.stop"),
    }
    assert wanted <= set(METHODS)

"""The official Binance client, whose typed models refuse wrong shapes, against our dialect.

Its models take answers that leave keys out or add some, so both are listed here: what the models
do not know must be a key that the exchange is known to send beyond its own schema, and what they
missed must be a key that only other kinds of orders or accounts have.
"""

from typing import Any

from daemon.paper_exchange.binance.call import BinanceOptions
from tests.exchange_contract import binance_sdk_calls as calls
from tests.exchange_contract.clients import run_client
from tests.paper import SECRET, Paper, running_paper_exchange

# Sent by the exchange and absent from the client's schema of that answer.
BEYOND = {
    "pair",
    "activatePrice",
    "callbackRate",
    "breakEvenPrice",
    "isolatedMargin",
    "isolatedWallet",
    "notional",
    "feeBurn",
    "futuresType",
    "maxMoveOrderLimit",
    "permissionSets",
    # The client's schema has the book's sides beside the result; the exchange sends them within.
    "asks",
    "bids",
}
# Of other kinds of orders, filters, events or contracts than the one that was answered.
OF_OTHERS = {
    *("activatePrice", "priceRate", "callbackRate", "AP", "cr", "modifyId"),
    *("icebergQuantity", "tpOrderType", "tpTriggerPrice", "tpPrice", "slTriggerPrice", "slPrice"),
    *("BTCUSDT", "ETHUSDT", "ACCOUNT", "marketSchedules"),
    *("limit", "maxPrice", "maxQty", "minPrice", "minQty", "notional", "stepSize", "tickSize"),
    *("multiplierDecimal", "multiplierDown", "multiplierUp"),
    *("HEDGE", "LONG", "SHORT", "baseQty", "cumBase", "marginAvailable"),
    *("M", "N", "n", "S", "ai", "ia", "rm", "asks", "bids"),
}
BATCHES = {"place_multiple_orders", "modify_multiple_orders", "cancel_multiple_orders"}


def unexpected(rows: list[dict[str, Any]]) -> list[str]:
    """List errors, and keys that were added or left out without a reason."""
    found: list[str] = []
    for row in rows:
        name = row["method"]
        if row.get("error"):
            found.append(f"{name}: {row['error']} {row.get('message')}")
            continue
        found += [f"{name}{p} is beyond" for p in row["unknown"] if last(p) not in BEYOND]
        if name not in BATCHES:
            found += [f"{name}{p} is missing" for p in row["missed"] if last(p) not in OF_OTHERS]
    return found


def last(path: str) -> str:
    """Return the last key of a path."""
    return path.rpartition(".")[2]


async def run(paper: Paper, script: str, **settings: Any) -> list[dict[str, Any]]:
    """Run a client script on the first account."""
    return await run_client(
        script,
        url=paper.url,
        ws_url=paper.ws_url,
        api_key="key-1",
        api_secret=SECRET,
        **settings,
    )


async def test_every_call_of_the_official_client_is_understood() -> None:
    options = BinanceOptions(lean_ack=True, weight_limit=1_000_000)
    wanted = [*calls.ORDERS, *calls.READS, *calls.SETTINGS]
    async with running_paper_exchange(binance=options) as paper:
        await paper.create_account()
        rows = await run(paper, "binance_rest", calls=wanted)
    assert [row["method"] for row in rows] == [name for name, _ in wanted]
    assert unexpected(rows) == []
    by_method = {row["method"]: row["data"] for row in rows if "data" in row}
    assert by_method["account_trade_list"][0]["symbol"] == "BTCUSDT"
    assert by_method["place_multiple_orders"][1]["code"] == -1102
    assert by_method["modify_multiple_orders"][0]["price"] == "77000.00"
    cancelled = by_method["cancel_multiple_orders"]
    assert (cancelled[0]["status"], cancelled[1]["code"]) == ("CANCELED", -2011)
    assert by_method["query_algo_order"]["algoStatus"] == "NEW"


async def test_refusals_reach_the_official_client_by_their_codes() -> None:
    async with running_paper_exchange() as paper:
        await paper.create_account()
        start = ("new_order", {**calls.BUY, "type": "MARKET", "quantity": 0.01})
        rows = await run(paper, "binance_rest", calls=[start, *calls.REFUSED])
    assert "error" not in rows[0]
    for row, code in zip(rows[1:], calls.REFUSALS, strict=True):
        assert row["error"] == "BadRequestError", row
        assert str(code) in row["message"]


async def test_the_official_client_trades_over_the_websocket_api() -> None:
    async with running_paper_exchange() as paper:
        await paper.create_account()
        rows = await run(paper, "binance_ws_api", calls=calls.SOCKET)
    assert len(rows) == len(calls.SOCKET)
    assert unexpected(rows) == []
    assert all(row["limits"] >= 1 for row in rows)
    assert rows[3]["data"]["result"]["status"] == "CANCELED"


async def test_the_official_client_listens_to_every_stream() -> None:
    async with running_paper_exchange(paused=False) as paper:
        await paper.create_account()
        rows = await run(
            paper,
            "binance_streams",
            streams=calls.STREAMS,
            events=calls.EVENTS,
            calls=calls.EVENT_CALLS,
        )
    assert {row["method"] for row in rows} == {name for name, _ in calls.STREAMS} | set(
        calls.EVENTS
    )
    assert unexpected(rows) == []

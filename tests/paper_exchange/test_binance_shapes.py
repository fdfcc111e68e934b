"""The keys and types of our answers are those of Binance's own samples."""

import json
from pathlib import Path
from typing import Any

import pytest

from daemon.paper_exchange.binance.signing import sign
from tests.paper import running_paper_exchange
from tests.paper_exchange.binance_desk import raw_client

WIRE = Path(__file__).resolve().parents[3] / "shared" / "wire"
SAMPLES = WIRE / "binance_connector_python" / "derivatives_trading_usds_futures" / "rest_api"
needs_samples = pytest.mark.skipif(not SAMPLES.exists(), reason="no recorded samples beside it")
BTC = {"symbol": "BTCUSDT"}
STOP = {
    **BTC,
    "algoType": "CONDITIONAL",
    "side": "SELL",
    "type": "STOP_MARKET",
    "closePosition": "true",
    "triggerPrice": "50000",
}
LIMIT = {
    **BTC,
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": "0.01",
    "price": "80000",
}

# Sample file, sample, parameters: what is compared after an order, a fill and a stop.
GETS: list[tuple[str, str, dict[str, Any]]] = [
    ("test_account_api", "account_information_v2", {}),
    ("test_account_api", "account_information_v3", {}),
    ("test_account_api", "futures_account_balance_v2", {}),
    ("test_account_api", "futures_account_balance_v3", {}),
    ("test_account_api", "futures_account_configuration", {}),
    ("test_account_api", "get_current_multi_assets_mode", {}),
    ("test_account_api", "get_current_position_mode", {}),
    ("test_account_api", "get_income_history", {}),
    ("test_account_api", "notional_and_leverage_brackets", {}),
    ("test_account_api", "query_user_rate_limit", {}),
    ("test_account_api", "symbol_configuration", BTC),
    ("test_account_api", "user_commission_rate", BTC),
    ("test_trade_api", "account_trade_list", BTC),
    ("test_trade_api", "all_orders", BTC),
    ("test_trade_api", "current_all_algo_open_orders", BTC),
    ("test_trade_api", "current_all_open_orders", BTC),
    ("test_trade_api", "position_information_v2", BTC),
    ("test_trade_api", "position_information_v3", BTC),
    ("test_trade_api", "query_all_algo_orders", BTC),
    ("test_market_data_api", "check_server_time", {}),
    ("test_market_data_api", "compressed_aggregate_trades_list", BTC),
    ("test_market_data_api", "get_funding_rate_history", BTC),
    ("test_market_data_api", "get_funding_rate_info", {}),
    ("test_market_data_api", "mark_price", BTC),
    ("test_market_data_api", "order_book", BTC),
    ("test_market_data_api", "symbol_order_book_ticker", BTC),
    ("test_market_data_api", "symbol_price_ticker", BTC),
    ("test_market_data_api", "ticker24hr_price_change_statistics", BTC),
]
# Keys of samples that concern order kinds which the paper exchange does not offer, or that other
# order types have (trailing stops carry activatePrice and priceRate).
NOT_OURS = {
    "activatePrice",
    "priceRate",
    "callbackRate",
    "cumBase",
    "baseQty",
    "tpTriggerPrice",
    "tpPrice",
    "slTriggerPrice",
    "slPrice",
    "tpOrderType",
}


def load(file: str, name: str) -> dict[str, Any]:
    samples: dict[str, Any] = json.loads((SAMPLES / f"{file}.json").read_text())
    sample: dict[str, Any] = samples[name]
    return sample


def differences(sample: Any, ours: Any, path: str = "") -> list[str]:
    """List keys that are missing and values of another JSON type."""
    if isinstance(sample, dict):
        if not isinstance(ours, dict):
            return [f"{path}: no object"]
        found = [f"{path}.{key} is missing" for key in sample.keys() - ours.keys() - NOT_OURS]
        for key in sample.keys() & ours.keys():
            found += differences(sample[key], ours[key], f"{path}.{key}")
        return found
    if isinstance(sample, list):
        if not isinstance(ours, list):
            return [f"{path}: no list"]
        return differences(sample[0], ours[0], f"{path}[0]") if sample and ours else []
    numbers = (int, float)
    same = isinstance(ours, type(sample)) or (
        isinstance(sample, numbers) and isinstance(ours, numbers)
    )
    return [] if same or sample in {"None", None} else [f"{path}: {sample!r} against {ours!r}"]


@needs_samples
async def test_answers_have_the_keys_and_types_of_the_official_samples() -> None:
    async with running_paper_exchange() as paper, raw_client(paper) as client:
        await paper.create_account()
        order = {**BTC, "side": "BUY", "type": "MARKET", "quantity": "0.05"}
        made = [
            ("new_order", await client.call("POST", "/fapi/v1/order", **order)),
            ("new_algo_order", await client.call("POST", "/fapi/v1/algoOrder", **STOP)),
        ]
        resting = await client.call("POST", "/fapi/v1/order", **LIMIT)
        wanted = {**BTC, "orderId": resting.body["orderId"]}
        algo = {"algoId": made[1][1].body["algoId"]}
        made += [
            ("query_order", await client.call("GET", "/fapi/v1/order", **wanted)),
            ("query_current_open_order", await client.call("GET", "/fapi/v1/openOrder", **wanted)),
            ("query_algo_order", await client.call("GET", "/fapi/v1/algoOrder", **algo)),
        ]
        found: list[str] = []
        for file, name, parameters in GETS:
            sample = load(file, name)
            answer = await client.call("GET", sample["path"], **parameters)
            assert answer.status == 200, (name, answer.body)
            assert answer.body, name
            found += [f"{name}{d}" for d in differences(sample["response"], answer.body)]
        made += [
            ("cancel_order", await client.call("DELETE", "/fapi/v1/order", **wanted)),
            ("cancel_algo_order", await client.call("DELETE", "/fapi/v1/algoOrder", **algo)),
        ]
        for name, answer in made:
            assert answer.status == 200, (name, answer.body)
            sample = load("test_trade_api", name)
            found += [f"{name}{d}" for d in differences(sample["response"], answer.body)]
        assert found == []


@needs_samples
def test_the_official_signature_vector_is_ours() -> None:
    vectors = json.loads((WIRE / "binance_docs" / "hmac_vectors.json").read_text())
    for vector in vectors["vectors"][:1]:
        payload = (vector["query"] + vector["body"]).encode()
        assert sign(vectors["secretKey"], payload) == vector["signature"]

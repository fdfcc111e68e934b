"""The keys and types of our answers are those of Bybit's own samples."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from daemon.paper_exchange.bybit.refusals import bybit_error
from daemon.paper_exchange.refusals import Reason, Refused
from tests.paper_exchange.bybit_desk import Client, running_client

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "wire" / "bybit_docs"
LINEAR: dict[str, Any] = {"category": "linear"}
BTC: dict[str, Any] = LINEAR | {"symbol": "BTCUSDT"}

# Sample, path, parameters: what is compared after a day of trading.
GETS: list[tuple[str, str, dict[str, Any]]] = [
    ("order__open-order", "/v5/order/realtime", BTC),
    ("order__order-list", "/v5/order/history", BTC),
    ("order__execution", "/v5/execution/list", BTC),
    ("position__position", "/v5/position/list", BTC),
    ("position__close-pnl", "/v5/position/closed-pnl", BTC),
    ("account__wallet-balance", "/v5/account/wallet-balance", {"accountType": "UNIFIED"}),
    ("account__account-info", "/v5/account/info", {}),
    ("account__fee-rate", "/v5/account/fee-rate", BTC),
    ("account__transaction-log", "/v5/account/transaction-log", {}),
    ("account__unified-trans-amnt", "/v5/account/withdrawal", {"coinName": "USDT"}),
    ("user__apikey-info", "/v5/user/query-api", {}),
    ("asset__coin-info", "/v5/asset/coin/query-info", {}),
    ("account__instrument", "/v5/market/instruments-info", BTC),
    ("market__kline", "/v5/market/kline", BTC | {"interval": "1"}),
    ("market__mark-kline", "/v5/market/mark-price-kline", BTC | {"interval": "1"}),
    ("market__tickers", "/v5/market/tickers", BTC),
    ("market__orderbook", "/v5/market/orderbook", BTC),
    ("market__recent-trade", "/v5/market/recent-trade", BTC),
    ("market__history-fund-rate", "/v5/market/funding/history", BTC),
    ("market__open-interest", "/v5/market/open-interest", BTC),
    ("market__time", "/v5/market/time", {}),
]

# Keys of the samples that a linear contract on a live account does not have, or that concern
# products and programmes that the paper exchange does not offer.
NOT_OURS = {
    "underlyingPrice",
    "indexPrice",
    "breakEvenPrice",
    "sessionAvgPrice",
    "availableToBorrow",
    "symbolId",
    "myRpiPermission",
    "isPublicRpi",
    "singleOpenInterest",
    "basisRateYear",
    "preOpenPrice",
    "preQty",
    "curPreListingPhase",
    "userIDInt64",
    "inviterIDInt64",
    "affiliateIDInt64",
    "FiatP2P",
    "FiatConvertBroker",
    "FiatGlobalPay",
    "FiatBitPay",
    "BitCard",
    "ByXPost",
    "BTC",
    "SOL",
    "XRP",
    "ETH",
    "MNT",
    "rpiTakerAccess",
    "rpiMatchedQty",
}


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Walk a payload to its ends; of a list of rows only the first counts, words are one end."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and value and not isinstance(value[0], str):
        for inner in value[:1]:
            yield from leaves(inner, f"{path}[]")
    else:
        yield path, value


async def trade_a_while(client: Client) -> None:
    await client.placed(qty="0.05", stopLoss="90000")
    await client.placed(side="Sell", qty="0.02", reduceOnly=True)
    client.desk.pass_time(60)


@pytest.mark.skipif(not SAMPLES.exists(), reason="the wire samples are not beside this checkout")
async def test_answers_have_the_keys_and_types_of_the_samples() -> None:
    async with running_client() as client:
        await trade_a_while(client)
        missing: dict[str, list[str]] = {}
        for name, path, params in GETS:
            answer = await client.get(path, **params)
            assert answer["retCode"] == 0, (path, answer)
            ours = dict(leaves(answer["result"]))
            sample = json.loads((SAMPLES / f"{name}.json").read_text())["examples"][0]["result"]
            for key, value in leaves(sample):
                if key.rpartition(".")[2] in NOT_OURS:
                    continue
                if key not in ours or type(ours[key]) is not type(value):
                    missing.setdefault(name, []).append(key)
        assert missing == {}


async def test_every_row_is_written_with_plain_numbers() -> None:
    async with running_client() as client:
        await trade_a_while(client)
        for _, path, params in GETS:
            for key, value in leaves((await client.get(path, **params))["result"]):
                assert not isinstance(value, float), (path, key)
                if isinstance(value, str) and value[:1].isdigit():
                    assert "E" not in value.replace("LEVEL", ""), (path, key)


@pytest.mark.parametrize("reason", list(Reason))
def test_every_refusal_of_the_engine_has_a_code_and_words(reason: Reason) -> None:
    error = bybit_error(Refused(reason))
    assert error.code > 0
    assert error.message

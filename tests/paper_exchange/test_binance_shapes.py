"""Every answer and frame has the keys, types and words that are written down for it.

The written shapes are always checked; where Binance's own samples lie beside the checkout, the
shapes are compared with these too.
"""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from daemon.paper_exchange.binance.call import BinanceOptions
from daemon.paper_exchange.binance.codes import wire_error
from daemon.paper_exchange.binance.signing import sign, split_signature
from daemon.paper_exchange.refusals import Reason, Refused
from tests.paper import Paper, running_paper_exchange
from tests.paper_exchange.binance_desk import (
    RawClient,
    opened,
    raw_client,
    receive,
    receive_event,
    ws_api,
)
from tests.paper_exchange.binance_shapes import SHAPES, WORDS
from tests.paper_exchange.shapes import Shapes

WIRE = Path(__file__).resolve().parents[3] / "shared" / "wire"
CONNECTOR = WIRE / "binance_connector_python"
needs_samples = pytest.mark.skipif(not WIRE.exists(), reason="no recorded samples beside it")
shapes = Shapes(SHAPES, WORDS)

BTC = {"symbol": "BTCUSDT"}
MARKET = {**BTC, "side": "BUY", "type": "MARKET", "quantity": "0.05"}
LIMIT = {
    **BTC,
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": "0.01",
    "price": "80000",
}
STOP = {
    **BTC,
    "algoType": "CONDITIONAL",
    "side": "SELL",
    "type": "STOP_MARKET",
    "closePosition": "true",
    "triggerPrice": "50000",
}
TRAILING = {
    **STOP,
    "type": "TRAILING_STOP_MARKET",
    "callbackRate": "1",
    "quantity": "0.01",
    "closePosition": "false",
}
# Path, parameters, shape: what is read after an order, a fill, two stops and a moved margin.
GETS: list[tuple[str, dict[str, Any], str]] = [
    ("/fapi/v1/account", {}, "account_v1"),
    ("/fapi/v2/account", {}, "account_v2"),
    ("/fapi/v3/account", {}, "account"),
    ("/fapi/v1/balance", {}, "balance_v1"),
    ("/fapi/v2/balance", {}, "balance"),
    ("/fapi/v3/balance", {}, "balance"),
    ("/fapi/v1/positionRisk", {}, "risk_v1"),
    ("/fapi/v2/positionRisk", {}, "risk_v2"),
    ("/fapi/v3/positionRisk", {}, "risk"),
    ("/fapi/v1/accountConfig", {}, "config"),
    ("/fapi/v1/symbolConfig", {}, "symbol_config"),
    ("/fapi/v1/multiAssetsMargin", {}, "multi_assets"),
    ("/fapi/v1/positionSide/dual", {}, "dual"),
    ("/fapi/v1/feeBurn", {}, "fee_burn"),
    ("/fapi/v1/apiTradingStatus", {}, "trading_status"),
    ("/fapi/v1/adlQuantile", {}, "adl_quantile"),
    ("/fapi/v1/income", {}, "income"),
    ("/fapi/v1/commissionRate", BTC, "commission"),
    ("/fapi/v1/leverageBracket", {}, "brackets"),
    ("/fapi/v1/rateLimit/order", {}, "order_limit"),
    ("/fapi/v1/userTrades", BTC, "trade"),
    ("/fapi/v1/openOrders", {}, "order"),
    ("/fapi/v1/allOrders", BTC, "order"),
    ("/fapi/v1/openAlgoOrders", {}, "algo"),
    ("/fapi/v1/allAlgoOrders", BTC, "algo"),
    ("/fapi/v1/positionMargin/history", {"symbol": "ETHUSDT"}, "margin_change"),
    ("/sapi/v1/account/apiRestrictions", {}, "rights"),
    ("/sapi/v1/capital/config/getall", {}, "coin"),
    ("/fapi/v1/time", {}, "time"),
    ("/fapi/v1/exchangeInfo", {}, "exchange"),
    ("/fapi/v1/ticker/price", {}, "price"),
    ("/fapi/v2/ticker/price", BTC, "price"),
    ("/fapi/v1/ticker/bookTicker", {}, "book_ticker"),
    ("/fapi/v1/ticker/24hr", {}, "day"),
    ("/fapi/v1/depth", BTC, "depth"),
    ("/fapi/v1/rpiDepth", BTC, "depth"),
    ("/fapi/v1/trades", BTC, "public_trade"),
    ("/fapi/v1/historicalTrades", BTC, "public_trade"),
    ("/fapi/v1/aggTrades", BTC, "aggregate"),
    ("/fapi/v1/premiumIndex", {}, "premium"),
    ("/fapi/v1/fundingRate", BTC, "funding"),
    ("/fapi/v1/fundingInfo", {}, "funding_info"),
    ("/fapi/v1/openInterest", BTC, "open_interest"),
    ("/fapi/v1/constituents", BTC, "constituents"),
]
KLINES = ("klines", "markPriceKlines", "premiumIndexKlines", "indexPriceKlines")
FRAMES = {
    "/market/ws/btcusdt@kline_1m": "kline",
    "/market/ws/btcusdt@markPrice": "markPriceUpdate",
    "/market/ws/btcusdt@miniTicker": "24hrMiniTicker",
    "/market/ws/btcusdt@ticker": "24hrTicker",
    "/public/ws/btcusdt@bookTicker": "bookTicker",
    "/public/ws/btcusdt@depth5": "depthUpdate",
}


@pytest.fixture
async def paper() -> AsyncIterator[Paper]:
    async with running_paper_exchange() as running:
        await running.create_account()
        yield running


async def do(client: RawClient, method: str, path: str, shape: str, **parameters: Any) -> Any:
    """Call an endpoint and hold its answer against a shape."""
    answer = await client.call(method, path, **parameters)
    assert answer.status == 200, (path, answer.body)
    assert answer.body, path
    assert shapes.differences(shape, answer.body) == [], path
    return answer.body


async def trade(client: RawClient) -> None:
    """Leave a fill, a resting order, two stops and an isolated position behind."""
    await do(client, "POST", "/fapi/v1/order", "ack", **MARKET)
    await do(client, "POST", "/fapi/v1/order", "ack", **LIMIT, newClientOrderId="rest-1")
    await do(client, "POST", "/fapi/v1/algoOrder", "algo_ack", **STOP, clientAlgoId="stop-1")
    await do(client, "POST", "/fapi/v1/algoOrder", "algo_ack", **TRAILING)
    isolated = {"symbol": "ETHUSDT", "marginType": "ISOLATED"}
    await do(client, "POST", "/fapi/v1/marginType", "done", **isolated)
    await do(client, "POST", "/fapi/v1/leverage", "leverage", symbol="ETHUSDT", leverage=7)
    ether = {**MARKET, "symbol": "ETHUSDT", "quantity": "0.1"}
    await do(client, "POST", "/fapi/v1/order", "ack", **ether)
    margin = {"symbol": "ETHUSDT", "amount": "20", "type": 1}
    await do(client, "POST", "/fapi/v1/positionMargin", "margin_moved", **margin)


async def test_answers_have_their_written_shapes(client_of: RawClient) -> None:
    client = client_of
    await trade(client)
    await do(client, "POST", "/fapi/v1/order/test", "ack", **LIMIT)
    for path, parameters, shape in GETS:
        await do(client, "GET", path, shape, **parameters)
    wanted = {**BTC, "origClientOrderId": "rest-1"}
    await do(client, "GET", "/fapi/v1/order", "order", **wanted)
    await do(client, "GET", "/fapi/v1/openOrder", "order", **wanted)
    await do(client, "GET", "/fapi/v1/algoOrder", "algo", clientAlgoId="stop-1")
    changed = {**wanted, "side": "BUY", "quantity": "0.02", "price": "79000"}
    await do(client, "PUT", "/fapi/v1/order", "ack", **changed)
    await do(client, "GET", "/fapi/v1/orderAmendment", "amendment", **wanted)
    await do(client, "DELETE", "/fapi/v1/order", "ack", **wanted)
    await do(client, "DELETE", "/fapi/v1/algoOrder", "algo_cancelled", clientAlgoId="stop-1")
    await do(client, "DELETE", "/fapi/v1/allOpenOrders", "done", **BTC)
    await do(client, "DELETE", "/fapi/v1/algoOpenOrders", "done", **BTC)
    countdown = {**BTC, "countdownTime": 0}
    await do(client, "POST", "/fapi/v1/countdownCancelAll", "countdown", **countdown)
    await do(client, "POST", "/fapi/v1/feeBurn", "done", feeBurn="true")
    await do(client, "POST", "/fapi/v1/listenKey", "listen_key")


@pytest.fixture
async def client_of(paper: Paper) -> AsyncIterator[RawClient]:
    async with raw_client(paper) as opened_client:
        yield opened_client


async def test_a_lean_acknowledgement_has_its_own_shape() -> None:
    async with (
        running_paper_exchange(binance=BinanceOptions(lean_ack=True)) as paper,
        raw_client(paper) as client,
    ):
        await paper.create_account()
        await do(client, "POST", "/fapi/v1/order", "lean_ack", **MARKET)


async def test_candles_are_rows_of_twelve(client_of: RawClient) -> None:
    for name in KLINES:
        wanted = {**BTC, "pair": "BTCUSDT", "interval": "1m", "limit": 3}
        rows = (await client_of.call("GET", f"/fapi/v1/{name}", **wanted)).body
        assert len(rows) == 3
        for row in rows:
            kinds = [type(cell) for cell in row]
            assert kinds == [int, *[str] * 5, int, str, int, *[str] * 3], name


async def test_market_frames_have_their_written_shapes(paper: Paper) -> None:
    for path, shape in FRAMES.items():
        async with opened(paper, path) as socket:
            assert shapes.differences(shape, await receive(socket)) == [], path


async def test_tape_and_book_frames_have_their_written_shapes(paper: Paper) -> None:
    wanted = {
        "/market/ws/btcusdt@aggTrade": "aggTrade",
        "/public/ws/btcusdt@trade": "trade_frame",
        "/public/ws/btcusdt@depth": "depthUpdate",
    }
    for path, shape in wanted.items():
        async with opened(paper, path) as socket:
            await socket.send_json({"method": "LIST_SUBSCRIPTIONS", "id": 1})
            await receive(socket)
            await paper.advance(seconds=30)
            assert shapes.differences(shape, await receive(socket)) == [], path


async def test_user_events_have_their_written_shapes(paper: Paper, client_of: RawClient) -> None:
    key = (await client_of.send("POST", "/fapi/v1/listenKey")).body["listenKey"]
    kinds = {"ORDER_TRADE_UPDATE", "TRADE_LITE", "ACCOUNT_UPDATE", "ALGO_UPDATE"}
    kinds |= {"ACCOUNT_CONFIG_UPDATE", "listenKeyExpired"}
    async with opened(paper, f"/private/ws/{key}") as stream:
        await trade(client_of)
        await paper.move_price("BTCUSDT", "3")
        await paper.move_price("BTCUSDT", "-3")
        await paper.advance(minutes=8 * 60)
        await client_of.send("DELETE", "/fapi/v1/listenKey")
        seen: set[str] = set()
        while "listenKeyExpired" not in seen:
            frame = await receive(stream)
            assert shapes.differences(frame["e"], frame) == []
            seen.add(frame["e"])
    assert seen == kinds


async def test_a_position_near_its_liquidation_is_called(paper: Paper) -> None:
    await paper.create_account(api_key="thin", balance="400", leverage=100)
    async with raw_client(paper, "thin") as client:
        key = (await client.send("POST", "/fapi/v1/listenKey")).body["listenKey"]
        async with opened(paper, f"/private/ws/{key}") as stream:
            await do(client, "POST", "/fapi/v1/order", "ack", **{**MARKET, "quantity": "0.1"})
            account = (await client.call("GET", "/fapi/v3/account")).body
            notional = float(account["positions"][0]["notional"])
            needed, held = float(account["totalMaintMargin"]), float(account["totalMarginBalance"])
            fall = (held - needed / 0.9) / notional
            await paper.move_price("BTCUSDT", f"{-fall * 100:.3f}")
            frame = await receive_event(stream, "MARGIN_CALL")
    assert shapes.differences("MARGIN_CALL", frame) == []
    assert frame["p"][0]["mt"] == "CROSSED"


async def test_the_websocket_api_answers_in_the_same_shapes(paper: Paper) -> None:
    methods: list[tuple[str, dict[str, Any], str]] = [
        ("order.place", MARKET, "ack"),
        ("account.status", {}, "account_v2"),
        ("v2/account.status", {}, "account"),
        ("account.balance", {}, "balance"),
        ("account.position", {}, "risk_v2"),
        ("v2/account.position", {}, "risk"),
        ("depth", BTC, "depth"),
        ("ticker.price", BTC, "price"),
        ("algoOrder.place", STOP, "algo_ack"),
    ]
    async with ws_api(paper) as api:
        for method, parameters, shape in methods:
            answer = await api.call(method, **parameters)
            assert shapes.differences(shape, answer["result"]) == [], method


# Sample files, their samples and the shapes they are to be like.
SAMPLED = {
    "account_api": {
        "account_information_v2": "account_v2",
        "account_information_v3": "account",
        "futures_account_balance_v2": "balance",
        "futures_account_balance_v3": "balance",
        "futures_account_configuration": "config",
        "get_bnb_burn_status": "fee_burn",
        "get_current_multi_assets_mode": "multi_assets",
        "get_current_position_mode": "dual",
        "get_income_history": "income",
        "notional_and_leverage_brackets": "brackets",
        "query_user_rate_limit": "order_limit",
        "symbol_configuration": "symbol_config",
        "user_commission_rate": "commission",
    },
    "trade_api": {
        "account_trade_list": "trade",
        "all_orders": "order",
        "auto_cancel_all_open_orders": "countdown",
        "cancel_algo_order": "algo_cancelled",
        "cancel_all_open_orders": "done",
        "cancel_order": "lean_ack",
        "change_initial_leverage": "leverage",
        "current_all_algo_open_orders": "algo",
        "current_all_open_orders": "order",
        "get_order_modify_history": "amendment",
        "get_position_margin_change_history": "margin_change",
        "modify_isolated_position_margin": "margin_moved",
        "modify_order": "ack",
        "new_algo_order": "algo_ack",
        "new_order": "lean_ack",
        "position_information_v2": "risk_v2",
        "position_information_v3": "risk",
        "query_algo_order": "algo",
        "query_order": "order",
        "test_order": "ack",
        "users_force_orders": "order",
    },
    "market_data_api": {
        "check_server_time": "time",
        "compressed_aggregate_trades_list": "aggregate",
        "exchange_information": "exchange",
        "get_funding_rate_history": "funding",
        "get_funding_rate_info": "funding_info",
        "mark_price": "premium",
        "old_trades_lookup": "public_trade",
        "open_interest": "open_interest",
        "order_book": "depth",
        "query_index_price_constituents": "constituents",
        "recent_trades_list": "public_trade",
        "symbol_order_book_ticker": "book_ticker",
        "symbol_price_ticker_v2": "price",
        "ticker24hr_price_change_statistics": "day",
    },
    "market_api_ws_streams": {
        "aggregate_trade_streams": "aggTrade",
        "all_market_liquidation_order_streams": "forceOrder",
        "individual_symbol_mini_ticker_stream": "24hrMiniTicker",
        "individual_symbol_ticker_streams": "24hrTicker",
        "kline_candlestick_streams": "kline",
        "mark_price_stream": "markPriceUpdate",
    },
    "public_api_ws_streams": {
        "individual_symbol_book_ticker_streams": "bookTicker",
        "diff_book_depth_streams": "depthUpdate",
    },
}
# Refusals that this exchange answers as a success.
NEVER_TOLD = {Reason.LEVERAGE_UNCHANGED}
# Of orders in other products, and of attached stops that this exchange does not have.
NOT_OURS = {"cumBase", "baseQty"} | {
    f"{kind}{name}" for kind in ("tp", "sl") for name in ("TriggerPrice", "Price", "OrderType")
}


@needs_samples
def test_the_written_shapes_are_those_of_the_official_samples() -> None:
    folder = CONNECTOR / "derivatives_trading_usds_futures"
    found: list[str] = []
    for part, names in SAMPLED.items():
        (file,) = (path for path in folder.rglob(f"test_{part}.json"))
        samples = json.loads(file.read_text())
        for name, shape in names.items():
            response = samples[name]["response"]
            found += shapes.unlike_sample(shape, response, ours_lacks=NOT_OURS)
    assert found == []


@needs_samples
def test_the_official_signature_vectors_are_ours() -> None:
    vectors = json.loads((WIRE / "binance_docs" / "hmac_vectors.json").read_text())
    for vector in vectors["vectors"]:
        payload, _ = split_signature(vector["query"].encode(), vector["body"].encode())
        signature = sign(vectors["secretKey"], payload)
        assert (signature == vector["signature"]) or "stray space" in vector["note"]


@needs_samples
def test_refusals_have_the_codes_and_words_of_the_official_table() -> None:
    table = json.loads((WIRE / "binance_docs" / "error_codes.json").read_text())["codes"]
    official = {row["code"]: row["msgs"] for row in table}
    for reason in set(Reason) - NEVER_TOLD:
        error = wire_error(Refused(reason, minimum="5", leverage="200"))
        if error.code in official:
            assert any(is_worded(error.message, text) for text in official[error.code]), reason


def is_worded(message: str, text: str) -> bool:
    """Tell whether a message is an official text, whose gaps are written %s."""
    return re.fullmatch(re.escape(text).replace("%s", ".+"), message) is not None

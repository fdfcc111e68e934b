"""Trade on Bybit with its maker's own client: over HTTP, with streams, over the trade socket."""

import json
import queue
import sys
from typing import Any

import pybit._websocket_trading
import pybit.unified_trading
from pybit.exceptions import InvalidRequestError
from pybit.unified_trading import HTTP, WebSocket, WebSocketTrading

settings = json.load(sys.stdin)
URL, KEY = settings["url"], {"api_key": settings["key"], "api_secret": settings["secret"]}
WS_URL = URL.replace("http://", "ws://")
TRIES_MAX = 30
WAIT_S = 60
SYMBOL = {"category": "linear", "symbol": "BTCUSDT"}

# The client knows its hosts by these templates.
pybit.unified_trading.PUBLIC_WSS = WS_URL + "/v5/public/{CHANNEL_TYPE}"
pybit.unified_trading.PRIVATE_WSS = WS_URL + "/v5/private"
pybit._websocket_trading.TRADE_WSS = WS_URL + "/v5/trade"


def tell(card: str, **facts: Any) -> None:
    print(json.dumps({"card": card, **facts}), flush=True)


def ask_http() -> HTTP:
    # Windows for a machine that is busy: pybit signs for five seconds and, on sockets, for one.
    session = HTTP(**KEY, timeout=60, recv_window=60_000)
    session.endpoint = URL
    rows = session.get_instruments_info(category="linear")["result"]["list"]
    tell("instruments", symbols=sorted(row["symbol"] for row in rows))
    book = session.get_orderbook(**SYMBOL, limit=5)["result"]
    tell("book", is_ordered=float(book["b"][0][0]) < float(book["a"][0][0]), levels=len(book["a"]))
    candles = session.get_kline(**SYMBOL, interval="1", limit=3)["result"]["list"]
    tell("candles", count=len(candles))
    tell("tiers", count=len(session.get_risk_limit(**SYMBOL)["result"]["list"]))
    return session


def set_up(session: HTTP) -> None:
    session.set_leverage(**SYMBOL, buyLeverage="5", sellLeverage="5")
    try:
        session.set_leverage(**SYMBOL, buyLeverage="5", sellLeverage="5")
    except InvalidRequestError as error:
        tell("leverage again", code=error.status_code)
    permissions = session.get_api_key_information()["result"]["permissions"]
    tell("key", trade=permissions["ContractTrade"])
    tell("account", mode=session.get_account_info()["result"]["marginMode"])
    rates = session.get_fee_rates(**SYMBOL)["result"]["list"][0]
    tell("fees", maker=rates["makerFeeRate"], taker=rates["takerFeeRate"])


def trade_over_http(session: HTTP) -> None:
    order: dict[str, Any] = {**SYMBOL, "side": "Buy", "orderType": "Limit", "qty": "0.01"}
    made = session.place_order(**order, price="20000", timeInForce="PostOnly", orderLinkId="a-1")
    session.amend_order(**SYMBOL, orderLinkId="a-1", price="20001")
    (row,) = session.get_open_orders(**SYMBOL)["result"]["list"]
    tell("amended", price=row["price"], is_same=row["orderId"] == made["result"]["orderId"])
    session.cancel_order(**SYMBOL, orderLinkId="a-1")
    try:
        session.place_order(**order, price="20000", orderLinkId="a-1")
    except InvalidRequestError as error:
        tell("link id again", code=error.status_code)
    batch = [{**order, "price": str(20000 + n)} for n in range(3)]
    for each in batch:
        del each["category"]
    answer = session.place_batch_order(category="linear", request=batch)
    tell("batch", codes=[row["code"] for row in answer["retExtInfo"]["list"]])
    tell("all cancelled", count=len(session.cancel_all_orders(**SYMBOL)["result"]["list"]))
    session.place_order(**SYMBOL, side="Buy", orderType="Market", qty="0.02")
    (position,) = session.get_positions(**SYMBOL)["result"]["list"]
    tell("position", size=position["size"], leverage=position["leverage"])
    price = float(position["avgPrice"])
    session.set_trading_stop(
        **SYMBOL, positionIdx=0, tpslMode="Full", stopLoss=f"{price * 0.9:.1f}"
    )
    (stop,) = session.get_open_orders(**SYMBOL, orderFilter="StopOrder")["result"]["list"]
    tell("stop", kind=stop["stopOrderType"], link=stop["orderLinkId"])
    trades = session.get_executions(**SYMBOL)["result"]["list"]
    tell("executions", quantity=sum(float(row["execQty"]) for row in trades))
    log = session.get_transaction_log(category="linear")["result"]["list"]
    tell("log", kinds=sorted({row["type"] for row in log}))
    coin = session.get_wallet_balance(accountType="UNIFIED")["result"]["list"][0]["coin"][0]
    tell("wallet", has_paid=float(coin["walletBalance"]) < 10_000)


def follow_streams(session: HTTP) -> None:
    heard: dict[str, queue.Queue[Any]] = {
        name: queue.Queue() for name in ("order", "execution", "position", "wallet", "book")
    }
    public = WebSocket(channel_type="linear", testnet=False)
    public.orderbook_stream(50, "BTCUSDT", heard["book"].put)
    tell("stream book", symbol=heard["book"].get(timeout=WAIT_S)["data"]["s"])
    private = WebSocket(channel_type="private", testnet=False, private_auth_expire=60, **KEY)
    private.order_stream(heard["order"].put)
    private.execution_stream(heard["execution"].put)
    private.position_stream(heard["position"].put)
    private.wallet_stream(heard["wallet"].put)
    trading = WebSocketTrading(testnet=False, private_auth_expire=60, recv_window=60_000, **KEY)
    answers: queue.Queue[Any] = queue.Queue()
    # A subscription is only heard of once it stands: wait for it as a client would, by trying.
    for _ in range(TRIES_MAX):
        session.place_order(**SYMBOL, side="Buy", orderType="Market", qty="0.001")
        try:
            heard["wallet"].get(timeout=2)
            break
        except queue.Empty:
            continue
    else:
        raise TimeoutError("The private stream told of none of our trades")
    trading.place_order(
        answers.put, **SYMBOL, side="Sell", orderType="Market", qty="0.001", orderLinkId="w-1"
    )
    made = answers.get(timeout=WAIT_S)
    tell("socket order", code=made["retCode"], link=made["data"]["orderLinkId"])
    while (order := heard["order"].get(timeout=WAIT_S)["data"][0])["orderLinkId"] != "w-1":
        continue
    tell("stream order", category=order["category"])
    while (fill := heard["execution"].get(timeout=WAIT_S)["data"][0])["orderLinkId"] != "w-1":
        continue
    tell("stream execution", quantity=fill["execQty"])
    tell("stream position", symbol=heard["position"].get(timeout=WAIT_S)["data"][0]["symbol"])
    trading.place_order(
        answers.put, **SYMBOL, side="Sell", orderType="Limit", qty="0.001", price="999999.9"
    )
    rest = answers.get(timeout=WAIT_S)
    trading.cancel_order(answers.put, **SYMBOL, orderId=rest["data"]["orderId"])
    tell("socket cancel", code=answers.get(timeout=WAIT_S)["retCode"])
    for each in (public, private, trading):
        each.exit()


session = ask_http()
set_up(session)
trade_over_http(session)
follow_streams(session)

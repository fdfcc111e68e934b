"""Whatever a client sends, the Binance dialect answers in the exchange's words and lives on."""

import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import quote_plus

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemon.paper_exchange.binance.call import BinanceOptions, Dialect
from daemon.paper_exchange.binance.limits import RateLimits
from daemon.paper_exchange.binance.publisher import Publisher
from daemon.paper_exchange.binance.rest import answer_request, answer_unknown
from daemon.paper_exchange.binance.routes import ENDPOINTS
from daemon.paper_exchange.binance.stream import Connection, StreamHub
from daemon.paper_exchange.binance.stream_requests import answer_message
from daemon.paper_exchange.binance.ws_api import Session, WsApi
from daemon.paper_exchange.binance.ws_methods import METHODS
from daemon.paper_exchange.commands import SetHedgeMode
from daemon.paper_exchange.events import MarketTick
from daemon.paper_exchange.host import PaperHost
from daemon.paper_exchange.wire_call import WireAnswer, WireRequest
from tests.paper_exchange.trading_floor import open_floor

PLENTY = 1_000_000_000
STATUSES = {200, 400, 401, 404, 418, 429}
calm = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)

NAMES = [
    *("symbol", "pair", "contractType", "interval", "period", "limit", "fromId", "orderId"),
    *("startTime", "endTime", "side", "type", "quantity", "price", "timeInForce", "positionSide"),
    *("reduceOnly", "closePosition", "newClientOrderId", "origClientOrderId", "triggerPrice"),
    *("algoType", "algoId", "clientAlgoId", "callbackRate", "activatePrice", "workingType"),
    *("priceProtect", "priceMatch", "goodTillDate", "selfTradePreventionMode", "newOrderRespType"),
    *("leverage", "marginType", "amount", "asset", "dualSidePosition", "multiAssetsMargin"),
    *("batchOrders", "orderIdList", "origClientOrderIdList", "countdownTime", "incomeType"),
    *("page", "size", "current", "autoCloseType", "modifyId", "feeBurn", "recvWindow"),
]
WORDS = [
    *("", "0", "1", "-1", "5", "10", "1000", "1501", "0.001", "0.01", "3", "1e5", "1e-9", "-0"),
    *("80000", "79999.95", "999999999999999999", "9" * 19, "9" * 400, "0." + "0" * 30 + "1"),
    *("NaN", "Infinity", "-Infinity", "null", "None", "true", "False", "TRUE", "1_000", "٣"),
    *("BTCUSDT", "ETHUSDT", "btcusdt", "NONEUSDT", "BUY", "SELL", "MARKET", "LIMIT", "STOP"),
    *("STOP_MARKET", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET", "GTC", "IOC", "FOK", "GTX"),
    *("GTD", "GTE_GTC", "LONG", "SHORT", "BOTH", "CONDITIONAL", "MARK_PRICE", "OPPONENT_5"),
    *("QUEUE", "PERPETUAL", "1m", "1w", "5m", "CROSSED", "ISOLATED", "UMFUTURE_MAIN", "USDT"),
    *("x", "y" * 36, "z" * 37, "a b", "[]", "[1]", "{}", "[[[", '["x"]', "[null]", "[{}]"),
    '[{"symbol":"BTCUSDT","side":"BUY","type":"MARKET","quantity":0.01}]',
    '[{"symbol":["BTCUSDT"],"side":{"a":1},"type":null,"quantity":1e400}]',
    *("<script>", "' OR 1=1 --", "\x00", "é", "\U0001f600", "%00", "../../etc/passwd"),
    *("1733000000000", "1748822400000", "1748900000000", "253402300798999"),
]
values = st.one_of(st.sampled_from(WORDS), st.text(max_size=20), st.integers().map(str))
parameters = st.dictionaries(st.sampled_from(NAMES), values, max_size=14)
likely = st.fixed_dictionaries(
    {
        "symbol": st.just("BTCUSDT"),
        "pair": st.just("BTCUSDT"),
        "interval": st.sampled_from(["1m", "1d"]),
        "period": st.just("5m"),
        "contractType": st.just("PERPETUAL"),
        "side": st.sampled_from(["BUY", "SELL"]),
        "type": st.sampled_from(["MARKET", "LIMIT", "STOP_MARKET", "TRAILING_STOP_MARKET", "1"]),
        "algoType": st.just("CONDITIONAL"),
        "timeInForce": st.sampled_from(["", "GTC", "IOC", "FOK", "GTX", "GTD"]),
        "quantity": st.sampled_from(["0.01", "0.001", "0.1"]),
        "price": st.sampled_from(["", "80000", "105000", "110000"]),
        "triggerPrice": st.sampled_from(["", "80000", "120000"]),
        "callbackRate": st.sampled_from(["1", ""]),
    }
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


class Sink:
    """Takes the frames of a connection that has no socket."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []

    def send(self, frame: bytes) -> None:
        self.frames.append(frame)


@pytest.fixture(scope="module")
def dialect() -> Dialect:
    floor = open_floor()
    floor.engine.submit(floor.accounts[1], SetHedgeMode(hedge_mode=True))
    return Dialect(
        host=PaperHost(engines={"binance": floor.engine}, clock=floor.clock),
        engine=floor.engine,
        options=BinanceOptions(weight_limit=PLENTY),
        limits=RateLimits(weight_limit=PLENTY),
    )


def sign(payload: bytes) -> str:
    return hmac.new(b"secret", payload, hashlib.sha256).hexdigest()


def check(answer: WireAnswer) -> None:
    """An answer is JSON: content, or an error with its code."""
    assert answer.status in STATUSES
    content = orjson.loads(answer.body)
    if answer.status != 200:
        assert isinstance(content["code"], int)
        assert content["code"] < 0
        assert isinstance(content["msg"], str)


def fresh(dialect: Dialect) -> None:
    """Forget the counters, so that limits do not hide the work behind them."""
    dialect.limits = RateLimits(weight_limit=PLENTY)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda e: f"{e.method} {e.path}")
@given(data=st.data())
@settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_a_signed_request_is_answered_whatever_its_parameters(
    dialect: Dialect, endpoint: Any, data: st.DataObject
) -> None:
    fresh(dialect)
    words: dict[str, str] = data.draw(likely) if data.draw(st.booleans()) else {}
    words |= data.draw(parameters)
    words["timestamp"] = str(int(time.time() * 1000))
    payload = "&".join(
        f"{quote_plus(name)}={quote_plus(value, errors='replace')}" for name, value in words.items()
    )
    request = WireRequest(
        method=endpoint.method,
        path=endpoint.path,
        query=f"{payload}&signature={sign(payload.encode())}",
        headers={"X-MBX-APIKEY": data.draw(st.sampled_from(["key-0", "key-1"]))},
    )
    check(answer_request(dialect, endpoint, request))


@given(
    endpoint=st.sampled_from(ENDPOINTS),
    query=st.text(max_size=60),
    body=st.binary(max_size=60),
    key=st.sampled_from(["", "key-0", "nobody", "\u00e9"]),
)
@calm
def test_a_request_of_any_bytes_is_answered(
    dialect: Dialect, endpoint: Any, query: str, body: bytes, key: str
) -> None:
    fresh(dialect)
    text = query.encode("utf-8", "replace").decode()
    headers = {"X-MBX-APIKEY": key}
    request = WireRequest(endpoint.method, endpoint.path, text, headers, body)
    check(answer_request(dialect, endpoint, request))


@given(method=st.text(max_size=8), path=st.text(max_size=40), testnet=st.booleans())
@calm
def test_an_unknown_path_is_answered(
    dialect: Dialect, method: str, path: str, testnet: bool
) -> None:
    dialect.options.testnet_errors = testnet
    answer = answer_unknown(dialect, WireRequest(method="GET", path=f"/fapi/{path}"))
    assert answer.status == 404
    dialect.options.testnet_errors = False


@given(
    method=st.one_of(st.sampled_from([*METHODS, "session.logon"]), st.text(max_size=12)),
    words=st.dictionaries(st.one_of(st.sampled_from(NAMES), st.text(max_size=6)), json_values),
    number=json_values,
    signs=st.booleans(),
)
@calm
def test_a_socket_request_is_answered_whatever_it_holds(
    dialect: Dialect, method: str, words: dict[str, Any], number: Any, signs: bool
) -> None:
    fresh(dialect)
    api, session = WsApi(dialect), Session(ip="127.0.0.1", connected_ms=0)
    if signs:
        session.account = dialect.engine.accounts["key-0"]
        words = {**words, "timestamp": int(time.time() * 1000)}
    message = json.dumps({"id": number, "method": method, "params": words})
    answer = orjson.loads(api.answer(session, message))
    assert answer["status"] in STATUSES
    assert ("error" in answer) is (answer["status"] != 200)


@given(text=st.text(max_size=80))
@calm
def test_any_text_is_answered_on_every_socket(dialect: Dialect, text: str) -> None:
    api, session = WsApi(dialect), Session(ip="127.0.0.1", connected_ms=0)
    assert orjson.loads(api.answer(session, text))["status"] in STATUSES
    connection = Connection(StreamHub(dialect), group="market", wrapped=False, socket=Sink())
    assert orjson.loads(answer_message(connection, text))


stream_names = st.one_of(
    st.text(max_size=24),
    st.builds(
        lambda symbol, word, rest: f"{symbol}@{word}{rest}",
        st.sampled_from(["btcusdt", "solusdt", "nonusdt", "!", "btcusdt_perpetual", ""]),
        st.sampled_from(
            ["kline_", "depth", "aggTrade", "trade", "ticker", "markPrice", "continuousKline_"]
        ),
        st.one_of(st.sampled_from(["1m", "5", "20@100ms", "@1s", "", "1w"]), st.text(max_size=5)),
    ),
)


@given(
    names=st.lists(stream_names, max_size=6),
    method=st.sampled_from(["SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY"]),
    number=json_values,
    group=st.sampled_from(["public", "market", "private", "legacy", ""]),
)
@calm
def test_any_subscription_leaves_the_publisher_working(
    dialect: Dialect, names: list[str], method: str, number: Any, group: str
) -> None:
    hub, sink = StreamHub(dialect), Sink()
    connection = Connection(hub, group=group, wrapped=True, socket=sink)
    message = {"method": method, "params": names, "id": number}
    text = json.dumps(message)
    assert orjson.loads(answer_message(connection, text))
    Publisher(hub).on_event(MarketTick(dialect.engine.enter()))
    for frame in sink.frames:
        assert orjson.loads(frame)["stream"] in names

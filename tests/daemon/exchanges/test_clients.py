"""ccxt's signer: ours in time and key, nobody else's state."""

import hashlib
import hmac
import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.exchanges.build import binance_order, bybit_order
from daemon.exchanges.clients import CLASSES, Call, ClientPool
from daemon.exchanges.endpoints import Endpoints
from patriot_app.core.domain.accounts import AccountMode, Exchange
from tests.daemon.exchanges.builders import make_request, make_session

URL = "http://127.0.0.1:9100"


def pool() -> ClientPool:
    return ClientPool(Endpoints(paper_url=URL))


_NAMES = st.sampled_from(["symbol", "quantity", "newClientOrderId", "a b", "x=y", "", "ids[]"])
_VALUES = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["BTCUSDT", "0.010", "ptp-1_~", "a&b=c", "%5B", "1/2", "[1,2]", "é"]),
    st.integers(),
    st.booleans(),
    st.floats(allow_nan=False),
    st.none(),
)


@given(params=st.dictionaries(_NAMES, _VALUES))
def test_a_query_of_binance_is_encoded_as_everybody_encodes_it(params: dict[str, Any]) -> None:
    words = {k: str(v).lower() if isinstance(v, bool) else v for k, v in params.items()}
    encoded = CLASSES[Exchange.BINANCE].urlencode(params)
    assert encoded == urlencode(words, quote_via=quote)


def test_binance_signs_our_timestamp_and_window() -> None:
    session = make_session(api_key="k", api_secret="s")
    call, params = binance_order(make_request())
    request = (
        pool()
        .of(session)
        .sign(call, params, timestamp_ms=1_700_000_000_123, receive_window_ms=3_000)
    )
    assert request.url == f"{URL}/fapi/v1/order"
    assert request.method == "POST"
    assert request.body is not None
    query, _, signature = request.body.rpartition("&signature=")
    assert signature == hmac.new(b"s", query.encode(), hashlib.sha256).hexdigest()
    sent = {name: values[0] for name, values in parse_qs(query).items()}
    assert sent["timestamp"] == "1700000000123"
    assert sent["recvWindow"] == "3000"
    assert sent["quantity"] == "0.010"
    assert request.headers["X-MBX-APIKEY"] == "k"


def test_bybit_signs_our_timestamp_and_window() -> None:
    session = make_session(Exchange.BYBIT, api_key="k", api_secret="s")
    call, params = bybit_order(make_request(Exchange.BYBIT))
    request = (
        pool()
        .of(session)
        .sign(call, params, timestamp_ms=1_700_000_000_123, receive_window_ms=4_000)
    )
    assert request.body is not None
    text = f"1700000000123k4000{request.body}"
    assert (
        request.headers["X-BAPI-SIGN"] == hmac.new(b"s", text.encode(), hashlib.sha256).hexdigest()
    )
    assert request.headers["X-BAPI-TIMESTAMP"] == "1700000000123"
    assert json.loads(request.body)["qty"] == "0.010"


@pytest.mark.parametrize("exchange", list(Exchange))
def test_accounts_share_no_state_that_signing_writes(exchange: Exchange) -> None:
    clients = pool()
    first = make_session(exchange, api_key="first", api_secret="a")
    second = make_session(exchange, api_key="second", api_secret="b")
    call = Call(["fapiPrivate"] if exchange is Exchange.BINANCE else ["private"], "order", "POST")
    if exchange is Exchange.BYBIT:
        call = Call(["private"], "v5/order/create", "POST")

    def sign(session_client: object, at: int, window: int) -> str:
        request = session_client.sign(  # type: ignore[attr-defined]
            call,
            {"symbol": "BTCUSDT", "newClientOrderId": "x"},
            timestamp_ms=at,
            receive_window_ms=window,
        )
        return f"{sorted(request.headers.items())}{request.body}"

    one, two = clients.of(first), clients.of(second)
    before = sign(one, 1_000_000_000_001, 1_111)
    sign(two, 2_000_000_000_002, 2_222)
    assert sign(one, 1_000_000_000_001, 1_111) == before
    assert "first" in before
    assert "second" in sign(two, 2_000_000_000_002, 2_222)
    shared = clients.public(exchange, AccountMode.PAPER)
    assert not shared.api_key or shared.api_key not in {"first", "second"}
    assert one._ccxt.options is not two._ccxt.options


def test_a_new_session_replaces_the_key_of_its_account() -> None:
    clients = pool()
    old = make_session(api_key="old")
    new = make_session(api_key="new", account_id=old.account_id)
    assert clients.of(old) is clients.of(old)
    assert clients.of(new).api_key == "new"
    clients.forget(old.account_id)
    assert clients.of(old).api_key == "old"


def test_ccxt_may_not_retry_wait_or_talk() -> None:
    client = pool().of(make_session())._ccxt
    assert client.maxRetriesOnFailure == 0
    assert client.enableRateLimit is False
    assert client.verbose is False
    assert logging.getLogger("ccxt").getEffectiveLevel() >= logging.WARNING
    assert logging.getLogger("ccxt.base.exchange").getEffectiveLevel() >= logging.WARNING


def test_every_address_of_a_paper_client_is_the_paper_exchange() -> None:
    for exchange in Exchange:
        urls = pool().public(exchange, AccountMode.PAPER)._ccxt.urls["api"]
        assert all(url.startswith(URL) for url in urls.values() if isinstance(url, str))


def test_live_addresses_are_those_of_ccxt() -> None:
    import ccxt.async_support as whole

    clients = pool()
    for exchange, name in ((Exchange.BINANCE, "binanceusdm"), (Exchange.BYBIT, "bybit")):
        ours = clients.public(exchange, AccountMode.LIVE)._ccxt
        theirs = getattr(whole, name)()
        keys = (
            ("fapiPublic", "fapiPrivate", "fapiPrivateV3", "sapi")
            if exchange is Exchange.BINANCE
            else ("public", "private")
        )
        for key in keys:
            assert ours.urls["api"][key] == theirs.implode_hostname(theirs.urls["api"][key])


def test_two_exchanges_are_imported_and_not_the_other_hundred() -> None:
    code = (
        "import sys; import daemon.exchanges.clients;"
        "assert 'ccxt' not in sys.modules;"
        "assert 'ccxt.async_support.kraken' not in sys.modules;"
        "import ccxt.async_support as whole; assert len(whole.exchanges) > 90;"
        "from daemon.exchanges.clients import CLASSES;"
        "assert any(issubclass(kind, whole.binanceusdm) for kind in CLASSES.values())"
    )
    root = Path(__file__).parents[3]
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, cwd=root)

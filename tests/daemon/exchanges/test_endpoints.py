"""The mode of an account alone decides where it trades."""

import pytest

from daemon.exchanges.endpoints import Endpoints
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.errors import Refused


@pytest.mark.parametrize("exchange", list(Exchange))
def test_every_mode_has_its_own_host(exchange: Exchange) -> None:
    endpoints = Endpoints(paper_url="http://127.0.0.1:9100/")
    hosts = [endpoints.of(exchange, mode).rest for mode in AccountMode]
    assert len(set(hosts)) == len(AccountMode)
    assert endpoints.of(exchange, AccountMode.PAPER).rest == "http://127.0.0.1:9100"


def test_paper_streams_stand_beside_paper_rest() -> None:
    endpoints = Endpoints(paper_url="http://127.0.0.1:9100")
    binance = endpoints.of(Exchange.BINANCE, AccountMode.PAPER)
    bybit = endpoints.of(Exchange.BYBIT, AccountMode.PAPER)
    assert binance.user_stream == "ws://127.0.0.1:9100/private/ws"
    assert binance.market_stream == "ws://127.0.0.1:9100/market/ws"
    assert bybit.user_stream == "ws://127.0.0.1:9100/v5/private"


@pytest.mark.parametrize(
    "url", ["https://fapi.binance.com", "http://10.0.0.1:1", "http://localhost"]
)
def test_live_trading_is_never_pointed_off_this_machine(url: str) -> None:
    with pytest.raises(Refused):
        Endpoints(paper_url="", live_override=url)


def test_a_loopback_override_replaces_live_only() -> None:
    endpoints = Endpoints(paper_url="http://127.0.0.1:1", live_override="http://127.0.0.1:2")
    assert endpoints.of(Exchange.BYBIT, AccountMode.LIVE).rest == "http://127.0.0.1:2"
    assert "testnet" in endpoints.of(Exchange.BYBIT, AccountMode.TESTNET).rest

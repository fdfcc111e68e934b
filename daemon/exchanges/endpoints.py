"""Where an account trades; its mode alone decides.

Sources: https://developers.binance.com/docs/derivatives/usds-margined-futures/general-info (REST),
.../websocket-market-streams/Important-WebSocket-Change-Notice (the /public, /market and /private
paths), https://bybit-exchange.github.io/docs/v5/guide and .../docs/v5/ws/connect.
"""

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.errors import Refused


@dataclass(frozen=True, slots=True)
class EndpointSet:
    """Base addresses without a trailing slash.

    Attributes:
        rest: futures on Binance, everything on Bybit.
        wallet_rest: the host that tells what a Binance key may do; "" where there is none.
        market_stream: candles and mark prices.
        user_stream: orders, fills and balances.
    """

    rest: str
    wallet_rest: str
    market_stream: str
    user_stream: str


_REAL: dict[tuple[Exchange, AccountMode], EndpointSet] = {
    (Exchange.BINANCE, AccountMode.LIVE): EndpointSet(
        rest="https://fapi.binance.com",
        wallet_rest="https://api.binance.com",
        market_stream="wss://fstream.binance.com/market/ws",
        user_stream="wss://fstream.binance.com/private/ws",
    ),
    (Exchange.BINANCE, AccountMode.TESTNET): EndpointSet(
        rest="https://testnet.binancefuture.com",
        wallet_rest="",
        market_stream="wss://fstream.binancefuture.com/market/ws",
        user_stream="wss://fstream.binancefuture.com/private/ws",
    ),
    (Exchange.BINANCE, AccountMode.DEMO): EndpointSet(
        rest="https://demo-fapi.binance.com",
        wallet_rest="",
        market_stream="wss://fstream.binancefuture.com/market/ws",
        user_stream="wss://fstream.binancefuture.com/private/ws",
    ),
    (Exchange.BYBIT, AccountMode.LIVE): EndpointSet(
        rest="https://api.bybit.com",
        wallet_rest="",
        market_stream="wss://stream.bybit.com/v5/public/linear",
        user_stream="wss://stream.bybit.com/v5/private",
    ),
    (Exchange.BYBIT, AccountMode.TESTNET): EndpointSet(
        rest="https://api-testnet.bybit.com",
        wallet_rest="",
        market_stream="wss://stream-testnet.bybit.com/v5/public/linear",
        user_stream="wss://stream-testnet.bybit.com/v5/private",
    ),
    # Demo accounts see the live market: only their private stream has its own host.
    (Exchange.BYBIT, AccountMode.DEMO): EndpointSet(
        rest="https://api-demo.bybit.com",
        wallet_rest="",
        market_stream="wss://stream.bybit.com/v5/public/linear",
        user_stream="wss://stream-demo.bybit.com/v5/private",
    ),
}


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The addresses of one process.

    Args:
        paper_url: base address of the paper exchange, which serves both exchanges.
        live_override: an address in place of the live exchanges, for tests; loopback only.

    Raises:
        Refused: the override leaves this machine.
    """

    paper_url: str
    live_override: str = ""

    def __post_init__(self) -> None:
        if self.live_override and not _is_loopback(self.live_override):
            raise Refused(f"live_endpoint_override must be loopback, was {self.live_override}")

    def of(self, exchange: Exchange, mode: AccountMode) -> EndpointSet:
        """Return the addresses of one exchange in one mode."""
        if mode is AccountMode.PAPER:
            return _local(exchange, self.paper_url)
        if mode is AccountMode.LIVE and self.live_override:
            return _local(exchange, self.live_override)
        return _REAL[exchange, mode]


def _local(exchange: Exchange, base: str) -> EndpointSet:
    rest = base.rstrip("/")
    parts = urlsplit(rest)
    socket = f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}"
    if exchange is Exchange.BINANCE:
        return EndpointSet(
            rest=rest,
            wallet_rest=rest,
            market_stream=f"{socket}/market/ws",
            user_stream=f"{socket}/private/ws",
        )
    return EndpointSet(
        rest=rest,
        wallet_rest="",
        market_stream=f"{socket}/v5/public/linear",
        user_stream=f"{socket}/v5/private",
    )


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

"""Builders for tests of the exchanges' edge."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from daemon.exchanges.breakers import Breakers
from daemon.exchanges.ccxt_gateway import CcxtGateway
from daemon.exchanges.endpoints import Endpoints
from daemon.exchanges.gateway import AccountSession, Credentials
from daemon.exchanges.throttle import Throttle
from daemon.exchanges.transport import Transport
from patriot_app.core.clock import Clock, SystemClock
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.orders import OrderIdentity, OrderRequest, OrderType, Side
from patriot_app.core.sealing import Secret

CLIENT_ORDER_ID = "ptpabcdefghijklmnopqrstuvwx-1"
NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def make_session(
    exchange: Exchange = Exchange.BINANCE,
    *,
    account_id: UUID | None = None,
    api_key: str = "test-key",
    api_secret: str = "",
    mode: AccountMode = AccountMode.PAPER,
    source_address: str | None = None,
) -> AccountSession:
    return AccountSession(
        account_id=account_id or uuid4(),
        exchange=exchange,
        mode=mode,
        credentials=Credentials(
            Secret(api_key.encode()), Secret((api_secret or f"secret of {api_key}").encode())
        ),
        source_address=source_address,
    )


def make_request(exchange: Exchange = Exchange.BINANCE, **changes: Any) -> OrderRequest:
    values: dict[str, Any] = {
        "exchange": exchange,
        "symbol": "BTCUSDT",
        "client_order_id": CLIENT_ORDER_ID,
        "side": Side.BUY,
        "order_type": OrderType.MARKET,
        "quantity": Decimal("0.010"),
        "price": None,
        "trigger_price": None,
        "time_in_force": None,
        "reduce_only": False,
        "close_position": False,
        "timestamp_ms": 1_700_000_000_000,
        "receive_window_ms": 3_000,
    }
    return OrderRequest(**(values | changes))


def make_identity(**changes: Any) -> OrderIdentity:
    values: dict[str, Any] = {
        "account_id": uuid4(),
        "symbol": "BTCUSDT",
        "client_order_id": CLIENT_ORDER_ID,
        "exchange_order_id": None,
        "is_conditional": False,
    }
    return OrderIdentity(**(values | changes))


def make_gateway(
    url: str,
    *,
    transport: Transport | None = None,
    clock: Clock | None = None,
    market_now: Callable[[], datetime] | None = None,
    http_timeout_s: float = 5.0,
    pace: Clock | None = None,
) -> CcxtGateway:
    """Return a gateway to a running exchange.

    Args:
        pace: tells rate limits and breakers the time, where it is not `clock`.
    """
    the_clock = clock or SystemClock()
    gateway = CcxtGateway(
        endpoints=Endpoints(paper_url=url, live_override=url),
        clock=the_clock,
        market_now=market_now or the_clock.now,
        transport=transport,
        throttle=Throttle(pace or the_clock),
        http_timeout_s=http_timeout_s,
    )
    gateway.caller.breakers = Breakers(pace or the_clock)
    return gateway

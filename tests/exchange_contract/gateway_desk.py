"""Our gateway beside a running paper exchange, and accounts on it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any, TypeVar
from urllib.parse import urlsplit

from daemon.exchanges.ccxt_gateway import CcxtGateway
from daemon.exchanges.gateway import AccountSession
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.orders import OrderIdentity, OrderRequest, OrderType, WriteResult
from tests.daemon.exchanges.builders import make_gateway, make_request, make_session
from tests.paper import Paper, running_paper_exchange

SYMBOL = "BTCUSDT"
T = TypeVar("T")


class Relay:
    """A wire that can be cut: it passes every byte on, until told to drop all connections."""

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        self._host, self._port = parts.hostname, parts.port
        self._writers: set[asyncio.StreamWriter] = set()

    def drop_all(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(self._host, self._port)
        self._writers |= {writer, far_writer}
        try:
            await asyncio.gather(_pass_on(reader, far_writer), _pass_on(far_reader, writer))
        finally:
            self._writers -= {writer, far_writer}


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


@dataclass(slots=True)
class Desk:
    """A gateway, the paper exchange behind it, and fresh accounts and ids."""

    paper: Paper
    gateway: CcxtGateway
    relay: Relay
    _numbers: "count[int]"

    def market_now(self) -> datetime:
        return market_time(self.paper)

    async def open_account(
        self,
        exchange: Exchange,
        *,
        permissions: dict[str, Any] | None = None,
        balance: str = "10000",
    ) -> AccountSession:
        key = f"desk-{exchange.value}-{next(self._numbers)}"
        await self.paper.create_account(
            exchange.value,
            key,
            api_secret=f"secret-{key}",
            permissions=permissions,
            balance=balance,
        )
        return make_session(exchange, api_key=key, api_secret=f"secret-{key}")

    def request(self, session: AccountSession, **changes: Any) -> OrderRequest:
        values: dict[str, Any] = {
            "client_order_id": f"ptp{next(self._numbers):024d}-1",
            "timestamp_ms": self.gateway.timestamp_ms(session.exchange, session.mode),
        }
        return make_request(session.exchange, **(values | changes))

    async def submit(self, session: AccountSession, **changes: Any) -> WriteResult:
        return await self.gateway.submit(session, self.request(session, **changes))

    async def cancel(self, session: AccountSession, identity: OrderIdentity) -> WriteResult:
        return await self.gateway.cancel(
            session,
            identity,
            timestamp_ms=self.gateway.timestamp_ms(session.exchange, session.mode),
            receive_window_ms=3_000,
        )

    async def price(self, exchange: Exchange) -> Decimal:
        return await self.paper.price(SYMBOL, exchange.value)


def market_time(paper: Paper) -> datetime:
    """Return the market clock of the exchange."""
    milliseconds = paper.exchange.clock.now_ms()
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)


def identity_of(
    session: AccountSession, request: OrderRequest, *, exchange_order_id: str | None = None
) -> OrderIdentity:
    """Return how to find an order."""
    conditional = request.order_type in {OrderType.STOP_MARKET, OrderType.TAKE_PROFIT_MARKET}
    return OrderIdentity(
        account_id=session.account_id,
        symbol=request.symbol,
        client_order_id=request.client_order_id,
        exchange_order_id=exchange_order_id,
        is_conditional=conditional and session.exchange is Exchange.BINANCE,
    )


def tick_below(price: Decimal, percent: str) -> Decimal:
    """Return a price so many percent away (negative: above), on a grid that both exchanges take."""
    return (price * (1 - Decimal(percent) / 100)).quantize(Decimal(1))


async def eventually(
    read: Callable[[], Awaitable[T]], holds: Callable[[T], bool], *, tries: int = 200
) -> T:
    """Read until it holds; Bybit acknowledges before it acts."""
    value = await read()
    for _ in range(tries):
        if holds(value):
            return value
        value = await read()
    raise AssertionError(f"never held; last was {value}")


@asynccontextmanager
async def running_desk() -> AsyncIterator[Desk]:
    """Run both; the market stands still unless a test lets it pass."""
    async with running_paper_exchange() as paper:
        relay = Relay(paper.url)
        server = await asyncio.start_server(relay.serve, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        gateway = make_gateway(url, market_now=lambda: market_time(paper))
        try:
            for exchange in Exchange:
                await gateway.server_time(exchange, AccountMode.PAPER)
            yield Desk(paper, gateway, relay, count(1))
        finally:
            await gateway.close()
            relay.drop_all()
            server.close()

"""The gateway of production: ccxt signs, our transport sends, our tables judge."""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal

from daemon.exchanges import maintenance
from daemon.exchanges.binance import Binance
from daemon.exchanges.breakers import Breakers, Market
from daemon.exchanges.bybit import Bybit
from daemon.exchanges.calls import Caller
from daemon.exchanges.clock_offsets import ClockOffsets
from daemon.exchanges.denials import Denials
from daemon.exchanges.endpoints import Endpoints
from daemon.exchanges.gateway import BATCH_MAX, AccountSession, FeeRates, FillPage, LedgerPage
from daemon.exchanges.raw_transport import RawTransport
from daemon.exchanges.signed_write import SignedWrite
from daemon.exchanges.throttle import Throttle
from daemon.exchanges.transport import AiohttpTransport, Transport
from patriot_app.core.clock import Clock, SystemClock
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.candles import Candle
from patriot_app.core.domain.instruments import Instrument
from patriot_app.core.domain.key_facts import KeyPermissions
from patriot_app.core.domain.maintenance import Notice
from patriot_app.core.domain.order_books import OrderBook
from patriot_app.core.domain.orders import (
    OrderIdentity,
    OrderReport,
    OrderRequest,
    Side,
    WriteResult,
)
from patriot_app.core.domain.positions import BalanceReport, PositionReport
from patriot_app.core.settings import Settings


class CcxtGateway:
    """Both exchanges, every account; see `ExchangeGateway` for what each call promises.

    Args:
        market_now: the market clock, which dates trades and money rows; on paper it may be another
            day than the wire clock's.
        transport: for reads and writes alike. Left out, writes take the lean way of our own and
            reads a client of its own kind: a fault of ours could not blind the look-up that clears
            up after it.
    """

    def __init__(
        self,
        *,
        endpoints: Endpoints,
        clock: Clock,
        market_now: Callable[[], datetime],
        transport: Transport | None = None,
        throttle: Throttle | None = None,
        http_timeout_s: float = 5.0,
        receive_window_ms: int = 3_000,
    ) -> None:
        self.throttle = throttle or Throttle(clock)
        self.caller = Caller(
            endpoints=endpoints,
            reads=transport or AiohttpTransport(),
            writes=transport or RawTransport(),
            clock=clock,
            throttle=self.throttle,
            http_timeout_s=http_timeout_s,
            receive_window_ms=receive_window_ms,
        )
        self._binance = Binance(self.caller, market_now)
        self._bybit = Bybit(self.caller, market_now)

    @property
    def breakers(self) -> Breakers:
        """Return what holds entries back while an exchange does not answer."""
        return self.caller.breakers

    @property
    def denials(self) -> Denials:
        """Return which keys their exchanges keep out."""
        return self.caller.denials

    @property
    def clocks(self) -> ClockOffsets:
        """Return what is known of the exchanges' clocks."""
        return self.caller.offsets

    @property
    def maintenance_signs(self) -> dict[Market, float]:
        """Return when each exchange last answered that it is under maintenance, monotonic."""
        return self.caller.signs.seen

    def timestamp_ms(self, exchange: Exchange, mode: AccountMode) -> int:
        return self.caller.offsets.timestamp_ms(exchange, mode)

    def sign(self, session: AccountSession, request: OrderRequest) -> SignedWrite:
        assert request.exchange is session.exchange
        return self._of(session.exchange).sign(session, request)

    async def submit_signed(self, session: AccountSession, signed: SignedWrite) -> WriteResult:
        return await self.caller.send(session, signed)

    async def submit(self, session: AccountSession, request: OrderRequest) -> WriteResult:
        return await self.submit_signed(session, self.sign(session, request))

    async def cancel(
        self,
        session: AccountSession,
        identity: OrderIdentity,
        *,
        timestamp_ms: int,
        receive_window_ms: int,
    ) -> WriteResult:
        return await self._of(session.exchange).cancel(
            session, identity, timestamp_ms=timestamp_ms, receive_window_ms=receive_window_ms
        )

    async def cancel_batch(
        self,
        session: AccountSession,
        identities: Sequence[OrderIdentity],
        *,
        timestamp_ms: int,
        receive_window_ms: int,
    ) -> list[WriteResult]:
        assert 0 < len(identities) <= BATCH_MAX
        return await self._of(session.exchange).cancel_batch(
            session, identities, timestamp_ms=timestamp_ms, receive_window_ms=receive_window_ms
        )

    async def amend(
        self,
        session: AccountSession,
        identity: OrderIdentity,
        *,
        side: Side,
        price: Decimal,
        quantity: Decimal,
        timestamp_ms: int,
        receive_window_ms: int,
    ) -> WriteResult:
        return await self._of(session.exchange).amend(
            session,
            identity,
            side=side,
            price=price,
            quantity=quantity,
            timestamp_ms=timestamp_ms,
            receive_window_ms=receive_window_ms,
        )

    async def fetch_order(
        self, session: AccountSession, identity: OrderIdentity
    ) -> OrderReport | None:
        return await self._of(session.exchange).fetch_order(session, identity)

    async def fetch_open_orders(
        self, session: AccountSession, *, symbol: str | None = None
    ) -> list[OrderReport]:
        return await self._of(session.exchange).fetch_open_orders(session, symbol=symbol)

    async def fetch_fills(
        self, session: AccountSession, symbol: str, *, cursor: str = ""
    ) -> FillPage:
        return await self._of(session.exchange).fetch_fills(session, symbol, cursor=cursor)

    async def latest_fill_cursor(self, session: AccountSession, symbol: str) -> str:
        return await self._of(session.exchange).latest_fill_cursor(session, symbol)

    async def fetch_positions(
        self, session: AccountSession, *, symbol: str | None = None
    ) -> list[PositionReport]:
        return await self._of(session.exchange).fetch_positions(session, symbol=symbol)

    async def fetch_balance(self, session: AccountSession) -> BalanceReport:
        return await self._of(session.exchange).fetch_balance(session)

    async def fetch_ledger(
        self, session: AccountSession, *, cursor: str = "", since: datetime | None = None
    ) -> LedgerPage:
        return await self._of(session.exchange).fetch_ledger(session, cursor=cursor, since=since)

    async def fetch_permissions(self, session: AccountSession) -> KeyPermissions:
        return await self._of(session.exchange).fetch_permissions(session)

    async def fetch_fee_rates(self, session: AccountSession, symbol: str) -> FeeRates:
        return await self._of(session.exchange).fetch_fee_rates(session, symbol)

    async def set_leverage(self, session: AccountSession, symbol: str, *, leverage: int) -> None:
        await self._of(session.exchange).set_leverage(session, symbol, leverage=leverage)

    async def ensure_one_way(self, session: AccountSession) -> None:
        await self._of(session.exchange).ensure_one_way(session)

    async def fetch_instruments(
        self, exchange: Exchange, mode: AccountMode, *, session: AccountSession | None = None
    ) -> Sequence[Instrument]:
        return await self._of(exchange).fetch_instruments(mode, session=session)

    async def fetch_candles(
        self,
        exchange: Exchange,
        mode: AccountMode,
        symbol: str,
        *,
        interval_minutes: int,
        since: datetime,
        limit: int,
    ) -> list[Candle]:
        return await self._of(exchange).fetch_candles(
            mode, symbol, interval_minutes=interval_minutes, since=since, limit=limit
        )

    async def fetch_order_book(
        self, exchange: Exchange, mode: AccountMode, symbol: str
    ) -> OrderBook:
        return await self._of(exchange).fetch_order_book(mode, symbol)

    async def server_time(self, exchange: Exchange, mode: AccountMode) -> datetime:
        clock = self.caller.clock
        asked = clock.monotonic()
        server = await self._of(exchange).server_time(mode)
        self.caller.offsets.learn(
            exchange, mode, server=server, asked=asked, answered=clock.monotonic()
        )
        return server

    async def fetch_maintenance(self, exchange: Exchange, mode: AccountMode) -> list[Notice]:
        return await maintenance.fetch(self.caller, exchange, mode)

    async def prewarm(
        self,
        exchange: Exchange,
        mode: AccountMode,
        *,
        source_address: str | None = None,
        connections: int,
    ) -> None:
        await self.caller.writes.prewarm(
            self._of(exchange).ping_url(mode), connections=connections, local_address=source_address
        )

    async def forget(self, account_id: object) -> None:
        self.caller.pool.forget(account_id)

    async def close(self) -> None:
        await self.caller.writes.close()
        await self.caller.reads.close()

    def _of(self, exchange: Exchange) -> Binance | Bybit:
        return self._binance if exchange is Exchange.BINANCE else self._bybit


def open_gateway(
    settings: Settings, *, market_now: Callable[[], datetime], clock: Clock | None = None
) -> CcxtGateway:
    """Return the gateway of this process."""
    return CcxtGateway(
        endpoints=Endpoints(
            paper_url=settings.paper_url, live_override=settings.live_endpoint_override
        ),
        clock=clock or SystemClock(),
        market_now=market_now,
        http_timeout_s=settings.http_timeout_s,
        receive_window_ms=settings.receive_window_ms,
    )

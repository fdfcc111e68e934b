"""A trader in this process: a desk in PostgreSQL, its accounts on a running paper exchange."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from daemon.context import Context, PriceBook
from daemon.exchanges.gateway import AccountSession
from daemon.exchanges.stream_link import shared_streams
from daemon.lease import LeaseKeeper
from daemon.paper_exchange.bybit.visibility import BybitOptions
from daemon.vault import Vault
from patriot_app.core.clock import Clock, SystemClock, identity_market_clock
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.ids import new_id
from patriot_app.core.sealing import generate_keypair
from patriot_app.core.services.heartbeats import Lease
from patriot_app.core.settings import Settings
from tests.daemon.exchanges.builders import make_gateway, make_session
from tests.database import Server
from tests.exchange_contract.gateway_desk import market_time
from tests.factories.desk import EPOCH, INSTANCE_KEY, OWNER, Desk, make_desk
from tests.paper import Paper, running_paper_exchange

SYMBOL = "BTCUSDT"


class HeldLeases(LeaseKeeper):
    """Leases that the test wrote into the database itself; never renewed, never fenced."""

    def __init__(self, shards: Sequence[int], *, settings: Settings, clock: Clock) -> None:
        super().__init__(owner=OWNER, settings=settings, clock=clock, recover=_nothing)
        self.hold(shards)

    @property
    def is_fenced(self) -> bool:
        return False

    def hold(self, shards: Sequence[int], *, epoch: int = EPOCH) -> None:
        now = datetime.now(UTC)
        self._leases = {s: Lease(s, epoch, now + timedelta(hours=1), now) for s in shards}
        self._ready = set(shards)


async def _nothing(lease: Lease) -> None:
    return None


class StandingClock(SystemClock):
    """Time that only the test lets pass; whoever sleeps waits until it has."""

    def __init__(self) -> None:
        self._seconds = 1_000.0
        self._moved = asyncio.Event()

    def monotonic(self) -> float:
        return self._seconds

    async def sleep(self, seconds: float) -> None:
        until = self._seconds + seconds
        while self._seconds < until:
            await self._moved.wait()

    def skip(self, seconds: float) -> None:
        """Let time pass."""
        self._seconds += seconds
        self._moved.set()
        self._moved = asyncio.Event()


@dataclass
class Trader:
    """The daemon's context with everything behind it."""

    context: Context
    desk: Desk
    paper: Paper

    @property
    def sessions(self) -> list[AccountSession]:
        return [self.context.sessions[account] for account in self.desk.accounts]

    async def price(self, exchange: Exchange = Exchange.BINANCE) -> Decimal:
        return await self.paper.price(SYMBOL, exchange.value)

    async def signal(self, **overrides: object) -> UUID:
        """Record a long signal at the market with a stop 2 % below."""
        price = (await self.price()).quantize(Decimal(1))
        for exchange in Exchange:
            mark = await self.price(exchange)
            self.context.prices.put(exchange, AccountMode.PAPER, SYMBOL, mark=mark)
        stop = (price * Decimal("0.98")).quantize(Decimal(1))
        return await self.desk.signal(
            **{"reference_price": price, "stop_loss": stop, **overrides}  # type: ignore[arg-type]
        )

    async def at_exchange(self, account_id: UUID) -> dict[str, object]:
        session = self.context.sessions[account_id]
        return await self.paper.account(session.exchange.value, account_id.hex)

    async def held(self, account_id: UUID) -> Decimal:
        """Return the position at the exchange."""
        session = self.context.sessions[account_id]
        found = await self.context.gateway.fetch_positions(session, symbol=SYMBOL)
        return sum((position.quantity for position in found), Decimal(0))

    async def trades(self, account_id: UUID) -> int:
        """Return how many trades the exchange has of an account."""
        session = self.context.sessions[account_id]
        return len((await self.context.gateway.fetch_fills(session, SYMBOL)).fills)


@asynccontextmanager
async def running_trader(
    server: Server,
    database: str,
    *,
    accounts: int = 3,
    exchanges: Sequence[Exchange] = (Exchange.BINANCE,),
    bybit: BybitOptions | None = None,
    pace: Clock | None = None,
    mode: AccountMode = AccountMode.PAPER,
    start: datetime | None = None,
    **settings: object,
) -> AsyncIterator[Trader]:
    """Run a paper exchange with the desk's accounts on it and give the trader's context.

    Args:
        pace: tells rate limits and breakers the time, instead of the machine's clock.
        mode: of all accounts; the paper exchange stands in for the live ones.
        start: market time of the exchange.
    """
    desk = make_desk(server, database, accounts=accounts, exchanges=exchanges, shards=2, mode=mode)
    clock = SystemClock()
    # No job keeps the figures young here, and a test may take minutes on a busy machine.
    values = {
        "visibility_delay_binance_s": 0.0,
        "visibility_delay_bybit_s": 0.0,
        "balance_age_s_max": 300.0,
    }
    configured = Settings(**{**values, **settings})  # type: ignore[arg-type]
    private_key, _ = generate_keypair()
    async with running_paper_exchange(bybit=bybit, start=start) as paper:
        gateway = make_gateway(paper.url, market_now=lambda: market_time(paper), pace=pace)
        context = Context(
            process=OWNER,
            role="trader",
            version="tests",
            started_at=clock.now(),
            settings=configured,
            clock=clock,
            ids=new_id,
            gateway=gateway,
            streams=shared_streams(clock),
            vault=Vault([private_key]),
            lease=HeldLeases(desk.all_shards, settings=configured, clock=clock),
            prices=PriceBook(clock),
            instance_key=INSTANCE_KEY,
            market_clock=identity_market_clock(clock.now()),
        )
        try:
            await _connect(context, desk, paper, exchanges, mode)
            yield Trader(context, desk, paper)
        finally:
            await gateway.close()


async def _connect(
    context: Context,
    desk: Desk,
    paper: Paper,
    exchanges: Sequence[Exchange],
    mode: AccountMode,
) -> None:
    for number, account in enumerate(desk.accounts):
        exchange = exchanges[number % len(exchanges)]
        key, secret = account.hex, f"secret-{account.hex}"
        await paper.create_account(exchange.value, key, api_secret=secret)
        context.sessions[account] = make_session(
            exchange, account_id=account, api_key=key, api_secret=secret, mode=mode
        )
    for exchange in exchanges:
        await context.gateway.server_time(exchange, mode)
        one = next(s for s in context.sessions.values() if s.exchange is exchange)
        for instrument in await context.gateway.fetch_instruments(exchange, mode, session=one):
            context.instruments[exchange, instrument.symbol] = instrument

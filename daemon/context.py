"""What every part of the daemon works with, put together once by `daemon.app`."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from daemon.exchanges.gateway import AccountSession, ExchangeGateway
from daemon.lease import LeaseKeeper
from daemon.vault import Vault
from patriot_app.core.clock import Clock, MarketClock
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.instruments import Instrument
from patriot_app.core.domain.targets import MarkPrice
from patriot_app.core.ids import Ids
from patriot_app.core.settings import Settings

MarketKey = tuple[Exchange, AccountMode]
PRICE_AGE_UNKNOWN_MS = 2**31


@dataclass(frozen=True, slots=True)
class ObservedPrice:
    """A price with the monotonic moment it was seen at."""

    mark: MarkPrice
    seen_at: float


class PriceBook:
    """The newest mark price per exchange, mode and symbol, as the public streams tell it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._prices: dict[tuple[Exchange, AccountMode, str], ObservedPrice] = {}

    def put(self, exchange: Exchange, mode: AccountMode, symbol: str, price: MarkPrice) -> None:
        """Note a price just seen."""
        self._prices[exchange, mode, symbol] = ObservedPrice(price, self._clock.monotonic())

    def get(self, exchange: Exchange, mode: AccountMode, symbol: str) -> MarkPrice | None:
        """Return the price with its age now; None if never seen."""
        observed = self._prices.get((exchange, mode, symbol))
        if observed is None:
            return None
        age_ms = int((self._clock.monotonic() - observed.seen_at) * 1000) + observed.mark.age_ms
        return MarkPrice(price=observed.mark.price, age_ms=age_ms)

    def for_symbol(self, symbol: str) -> dict[MarketKey, MarkPrice]:
        """Return the prices of a symbol by exchange and mode."""
        found: dict[MarketKey, MarkPrice] = {}
        for exchange, mode, name in self._prices:
            if name == symbol:
                price = self.get(exchange, mode, name)
                assert price is not None
                found[exchange, mode] = price
        return found


@dataclass(slots=True)
class Context:
    """The daemon's ports and shared state. No module below `app` makes these itself.

    Attributes:
        process: this process's name, unique per start: owner of leases and claims.
        sessions: opened keys of the accounts we hold, filled by recovery and key checks.
        instruments: by exchange and symbol, refreshed hourly.
        instance_key: derives client order ids.
    """

    process: str
    role: str
    version: str
    started_at: datetime
    settings: Settings
    clock: Clock
    ids: Ids
    gateway: ExchangeGateway
    vault: Vault
    lease: LeaseKeeper
    prices: PriceBook
    instance_key: bytes
    market_clock: MarketClock
    sessions: dict[UUID, AccountSession] = field(default_factory=dict)
    instruments: dict[tuple[Exchange, str], Instrument] = field(default_factory=dict)

    def market_now(self) -> datetime:
        """Return the market time now."""
        return self.market_clock.at(self.clock.now())

    def wall_span(self, market: timedelta) -> timedelta:
        """Return how long a span of market time takes on the wall."""
        speed = self.market_clock.speed
        return market if speed <= 0 else market / speed

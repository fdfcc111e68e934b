"""What every part of the daemon works with, put together once by `daemon.app`."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from daemon.exchanges.ccxt_gateway import CcxtGateway
from daemon.exchanges.gateway import AccountSession
from daemon.exchanges.stream_link import Shared
from daemon.exchanges.throttle import Address
from daemon.figures import Figures
from daemon.lease import LeaseKeeper
from daemon.vault import Vault
from patriot_app.core.clock import Clock, MarketClock
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.conditions import Cause
from patriot_app.core.domain.instruments import Instrument
from patriot_app.core.domain.maintenance import Window
from patriot_app.core.domain.order_books import OrderBook
from patriot_app.core.domain.orders import Leg
from patriot_app.core.domain.targets import MarkPrice
from patriot_app.core.ids import Ids
from patriot_app.core.queries.work_due import PositionBreak
from patriot_app.core.settings import Settings
from patriot_app.core.signatures import Signer

MarketKey = tuple[Exchange, AccountMode]
RECOVERIES_AT_ONCE_MAX = 24
"""Fewer than the process has connections, so that its other work goes on beside a take-over."""


@dataclass(frozen=True, slots=True)
class ObservedPrice:
    """A price as a public stream told it; seen_at is monotonic, observed_at wall time."""

    exchange: Exchange
    mode: AccountMode
    symbol: str
    mark: Decimal
    last: Decimal
    observed_at: datetime
    seen_at: float


class PriceBook:
    """The newest prices per exchange, mode and symbol, and which of them are not stored yet."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._prices: dict[tuple[Exchange, AccountMode, str], ObservedPrice] = {}
        self._changed: set[tuple[Exchange, AccountMode, str]] = set()

    def put(
        self,
        exchange: Exchange,
        mode: AccountMode,
        symbol: str,
        *,
        mark: Decimal | None = None,
        last: Decimal | None = None,
    ) -> None:
        """Note a mark price, a last price or both; the other one stays as it was."""
        key = exchange, mode, symbol
        before = self._prices.get(key)
        first = mark if mark is not None else last
        assert first is not None
        self._prices[key] = ObservedPrice(
            exchange=exchange,
            mode=mode,
            symbol=symbol,
            mark=mark if mark is not None else before.mark if before else first,
            last=last if last is not None else before.last if before else first,
            observed_at=self._clock.now(),
            seen_at=self._clock.monotonic(),
        )
        self._changed.add(key)

    def get(self, exchange: Exchange, mode: AccountMode, symbol: str) -> MarkPrice | None:
        """Return the mark price with its age now; None if never seen."""
        observed = self._prices.get((exchange, mode, symbol))
        return None if observed is None else self._aged(observed)

    def for_symbol(self, symbol: str) -> dict[MarketKey, MarkPrice]:
        """Return the mark prices of a symbol by exchange and mode."""
        return {
            (observed.exchange, observed.mode): self._aged(observed)
            for observed in self._prices.values()
            if observed.symbol == symbol
        }

    def take_changed(self) -> list[ObservedPrice]:
        """Return what changed since the last call."""
        changed = [self._prices[key] for key in self._changed]
        self._changed.clear()
        return changed

    def _aged(self, observed: ObservedPrice) -> MarkPrice:
        age_ms = int((self._clock.monotonic() - observed.seen_at) * 1000)
        return MarkPrice(price=observed.mark, age_ms=age_ms)


class Living(Protocol):
    """What every process of ours shows of itself, whatever its role."""

    @property
    def process(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def started_at(self) -> datetime: ...
    @property
    def clock(self) -> Clock: ...
    def vital_signs(self) -> dict[str, object]:
        """Return what the beat tells beside the name."""
        ...

    def is_ready(self) -> bool:
        """Tell whether the process does its work."""
        ...


@dataclass(slots=True)
class Context:
    """The daemon's ports and shared state. No module below `app` makes these itself.

    Attributes:
        process: this process's name, unique per start: owner of leases and claims.
        streams: what all WebSocket streams of the process share.
        sessions: opened keys of the accounts we hold, filled by recovery and key checks.
        is_paper_clock_read: the paper exchange told its market time since our start.
        standing: accounts whose private stream stands now.
        figures: wallets and positions as the streams tell them.
        instruments: by exchange and symbol, refreshed hourly.
        instance_key: derives client order ids.
        signer: seals the record; None where this process has no key for it.
        broken_invariants: what the last check found, by kind of check.
        position_breaks: how positions differed at the last look, by account and symbol.
        recoveries: lets so many accounts be read anew at once, of whatever shards.
        going_first: how many accounts with something open are read anew now, by their address.
        unlisted: accounts whose orders were listed for the instruments with something open alone.
        causes: since when what is amiss has been, by cause.
        audited: monotonic time of a position's last audit at its exchange.
        asked: by order that works: how often it was looked up since it left, the monotonic time of
            the last look, and whether it can rest.
        beyond: level and monotonic time since when the price is beyond a leg, by account, symbol
            and leg.
        maintenance: windows that are planned or running, a second old at most.
        maintenance_read: the database's time when they were read, and the monotonic time just before.
        maintenance_asked: monotonic time at which each exchange was asked for its own.
        books: order books with the monotonic time of their reading, for a moment.
        is_cold: every order is looked up before it leaves; sending checks the database for it too.
    """

    process: str
    role: str
    version: str
    started_at: datetime
    settings: Settings
    clock: Clock
    ids: Ids
    gateway: CcxtGateway
    streams: Shared
    vault: Vault
    lease: LeaseKeeper
    prices: PriceBook
    instance_key: bytes
    market_clock: MarketClock
    signer: Signer | None = None
    is_paper_clock_read: bool = False
    sessions: dict[UUID, AccountSession] = field(default_factory=dict)
    standing: set[UUID] = field(default_factory=set)
    figures: Figures = field(default_factory=Figures)
    instruments: dict[tuple[Exchange, str], Instrument] = field(default_factory=dict)
    broken_invariants: dict[str, frozenset[str]] = field(default_factory=dict)
    position_breaks: dict[tuple[UUID, str], PositionBreak] = field(default_factory=dict)
    maintenance: tuple[Window, ...] = ()
    maintenance_read: tuple[datetime, float] | None = None
    maintenance_asked: dict[tuple[Exchange, AccountMode], float] = field(default_factory=dict)
    books: dict[tuple[Exchange, AccountMode, str], tuple[OrderBook, float]] = field(
        default_factory=dict
    )
    is_cold: bool = False
    recoveries: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(RECOVERIES_AT_ONCE_MAX)
    )
    going_first: Counter[Address] = field(default_factory=Counter)
    unlisted: set[UUID] = field(default_factory=set)
    causes: dict[Cause, datetime] = field(default_factory=dict)
    audited: dict[tuple[UUID, str], float] = field(default_factory=dict)
    asked: dict[UUID, tuple[int, float, bool]] = field(default_factory=dict)
    beyond: dict[tuple[UUID, str, Leg], tuple[Decimal, float]] = field(default_factory=dict)

    def vital_signs(self) -> dict[str, object]:
        """Return what the beat tells: shards, opened keys and the market time as seen here."""
        return {
            "shards_held": len(self.lease.held),
            "shards_ready": len(self.lease.ready),
            "accounts_open": len(self.sessions),
            "market_now": self.market_now().isoformat(),
        }

    def is_ready(self) -> bool:
        """Tell whether we hold shards and have recovered them all."""
        return 0 < len(self.lease.held) == len(self.lease.ready)

    def market_now(self) -> datetime:
        """Return the market time now."""
        return self.market_clock.at(self.clock.now())

    def wall_span(self, market: timedelta) -> timedelta:
        """Return how long a span of market time takes on the wall."""
        speed = self.market_clock.speed
        return market if speed <= 0 else market / speed

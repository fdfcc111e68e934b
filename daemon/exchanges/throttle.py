"""Stay below the exchanges' limits, with room kept for what reduces risk.

Two counters bind: requests by weight per source address, and orders per account. Both are sliding
windows, so no span of the exchange's own length ever holds more than we allow. Everything that may
wait waits here, before a request gets its timestamp; what the exchange reports in its headers
corrects the counters, and an order to be silent silences every lane, since asking during a ban
lengthens it.

Sources: https://developers.binance.com/docs/derivatives/usds-margined-futures/general-info (LIMITS),
https://bybit-exchange.github.io/docs/v5/rate-limit.
"""

import asyncio
import math
import re
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import Enum
from uuid import UUID

from daemon import metrics
from daemon.exchanges.gateway import AccountSession
from patriot_app.core.clock import Clock
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.errors import ExchangeUnavailable


class Lane(Enum):
    """Who may use how much of what we allow ourselves; the value is the share."""

    EXIT = 1.0
    """Exits, stops, cancels and the look-up of unknown outcomes."""
    ENTRY = 0.75
    POLLING = 0.6


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `units` in any `window_s`."""

    units: float
    window_s: float


USABLE_SHARE = 0.8
"""A fifth stays unused: other programs may share the address, and clocks differ."""

ADDRESS_LIMITS = {Exchange.BINANCE: Limit(2_400, 60.0), Exchange.BYBIT: Limit(600, 5.0)}
ACCOUNT_LIMITS = {Exchange.BINANCE: Limit(300, 10.0), Exchange.BYBIT: Limit(10, 1.0)}

WAIT_S_MAX = 60.0
_SILENCE_WITHOUT_A_WORD_S = 10.0
_BYBIT_ADDRESS_BAN_S = 600.0
_BANNED_UNTIL = re.compile(rb"banned until (\d{13})")

READ_LANE: ContextVar[Lane] = ContextVar("read_lane", default=Lane.POLLING)
"""The lane of reads in this task: the resolver of unknown outcomes sets EXIT."""

Address = tuple[Exchange, AccountMode, str | None]


@dataclass(slots=True)
class _Window:
    limit: Limit
    used: float = 0.0
    entries: deque[tuple[float, float]] = field(default_factory=deque)

    def delay(self, now: float, units: float, share: float) -> float:
        """Return the seconds until `units` fit, 0 if they do now."""
        self._expire(now)
        allowed = self.limit.units * USABLE_SHARE * share
        excess = self.used + units - allowed
        if excess <= 0:
            return 0.0
        for at, taken in self.entries:
            excess -= taken
            if excess <= 0:
                return max(at + self.limit.window_s - now, 0.001)
        return math.inf

    def take(self, now: float, units: float) -> None:
        if units:
            self.entries.append((now, units))
            self.used += units

    def observe(self, now: float, used: float) -> None:
        """Believe the exchange if it counted more than we did."""
        self._expire(now)
        if used > self.used:
            self.take(now, used - self.used)

    def _expire(self, now: float) -> None:
        while self.entries and self.entries[0][0] <= now - self.limit.window_s:
            self.used -= self.entries.popleft()[1]
        if not self.entries:
            self.used = 0.0


class Throttle:
    """One per process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._addresses: dict[Address, _Window] = {}
        self._accounts: dict[UUID, _Window] = {}
        self._silent_until: dict[Address, float] = {}
        self._queues: dict[tuple[Address, Lane], asyncio.Lock] = {}
        self._waiting: Counter[tuple[Address, Lane]] = Counter()

    async def admit(
        self,
        sessions: Iterable[AccountSession],
        *,
        lane: Lane,
        weight: float,
        orders: int = 1,
        wait_s_max: float = WAIT_S_MAX,
    ) -> None:
        """Wait until one write for each session may go out; a fan-out asks for a whole chunk.

        Args:
            weight: of each request against its source address.
            orders: of each request against its account.

        Raises:
            ExchangeUnavailable: it would take longer than `wait_s_max`.
        """
        by_address: dict[Address, list[AccountSession]] = {}
        for session in sessions:
            key = (session.exchange, session.mode, session.source_address)
            by_address.setdefault(key, []).append(session)
        for address, members in by_address.items():
            # A slice must fit into an empty window, or it would wait for ever.
            room = ADDRESS_LIMITS[address[0]].units * USABLE_SHARE * lane.value
            step = max(1, int(room // weight)) if weight else len(members)
            for start in range(0, len(members), step):
                part = members[start : start + step]
                await self._wait(
                    address,
                    lane,
                    weight * len(part),
                    {s.account_id: orders for s in part},
                    wait_s_max,
                )

    async def admit_read(
        self, address: Address, *, weight: float, wait_s_max: float = WAIT_S_MAX
    ) -> None:
        """Wait until one read may go out.

        Raises:
            ExchangeUnavailable: it would take longer than `wait_s_max`.
        """
        await self._wait(address, READ_LANE.get(), weight, {}, wait_s_max)

    def observe(
        self, address: Address, *, status: int, headers: Mapping[str, str], body: bytes
    ) -> None:
        """Learn from an answer: used weight, and whether to be silent."""
        exchange = address[0]
        now = self._clock.monotonic()
        if exchange is Exchange.BINANCE:
            used = headers.get("X-MBX-USED-WEIGHT-1M")
            if used is not None and used.isdigit():
                self._address(address).observe(now, float(used))
                metrics.RATE_WEIGHT_USED.labels(exchange.value, address[2] or "").set(float(used))
        seconds = self._silence_s(exchange, status, headers, body)
        if seconds > 0:
            until = now + seconds
            if until > self._silent_until.get(address, 0.0):
                self._silent_until[address] = until
                metrics.RATE_SILENCES_TOTAL.labels(exchange.value).inc()

    def observe_account(
        self, account_id: UUID, exchange: Exchange, *, headers: Mapping[str, str]
    ) -> None:
        """Learn from the answer to a write how much of an account's limit Bybit counts as used."""
        limit, left = headers.get("X-Bapi-Limit", ""), headers.get("X-Bapi-Limit-Status", "")
        if exchange is Exchange.BYBIT and limit.isdigit() and left.isdigit():
            used = float(limit) - float(left)
            self._account(account_id, exchange).observe(self._clock.monotonic(), used)

    def silent_for_s(self, address: Address) -> float:
        """Return how long an address must still be silent."""
        return max(self._silent_until.get(address, 0.0) - self._clock.monotonic(), 0.0)

    def silences(self) -> list[tuple[str, float]]:
        """Return where we must be silent and for how long, longest first."""
        found = [
            (f"{address[0].value} ({address[2] or 'any address'})", self.silent_for_s(address))
            for address in self._silent_until
        ]
        return sorted((each for each in found if each[1] > 0), key=lambda each: -each[1])

    async def _wait(
        self,
        address: Address,
        lane: Lane,
        weight: float,
        orders: Mapping[UUID, int],
        wait_s_max: float,
    ) -> None:
        began = self._clock.monotonic()
        deadline = began + wait_s_max
        # The account first: one that must wait for itself may not hold up its address.
        for account_id, count in orders.items():
            window = self._account(account_id, address[0])
            await self._take(window, address[0], lane, count, deadline)
        key = (address, lane)
        if not self._waiting[key] and not self._delay(address, lane, weight):
            self._address(address).take(began, weight)
        else:
            self._waiting[key] += 1
            try:
                # First come, first served within a lane; only its head watches the clock.
                async with self._queues.setdefault(key, asyncio.Lock()):
                    while delay := self._delay(address, lane, weight):
                        await self._sleep(address[0], delay, deadline)
                    self._address(address).take(self._clock.monotonic(), weight)
            finally:
                self._waiting[key] -= 1
        metrics.RATE_WAIT_SECONDS.labels(address[0].value, lane.name.lower()).observe(
            self._clock.monotonic() - began
        )

    async def _take(
        self, window: _Window, exchange: Exchange, lane: Lane, count: float, deadline: float
    ) -> None:
        while count and (delay := window.delay(self._clock.monotonic(), count, lane.value)):
            await self._sleep(exchange, delay, deadline)
        window.take(self._clock.monotonic(), count)

    async def _sleep(self, exchange: Exchange, delay: float, deadline: float) -> None:
        if self._clock.monotonic() + delay > deadline:
            raise ExchangeUnavailable(
                f"{exchange.value} allows nothing for {delay:.1f} s", code="throttled"
            )
        await self._clock.sleep(delay)

    def _delay(self, address: Address, lane: Lane, weight: float) -> float:
        now = self._clock.monotonic()
        return max(
            self._silent_until.get(address, 0.0) - now,
            self._address(address).delay(now, weight, lane.value) if weight else 0.0,
            0.0,
        )

    def _address(self, address: Address) -> _Window:
        window = self._addresses.get(address)
        if window is None:
            window = self._addresses[address] = _Window(ADDRESS_LIMITS[address[0]])
        return window

    def _account(self, account_id: UUID, exchange: Exchange) -> _Window:
        window = self._accounts.get(account_id)
        if window is None:
            window = self._accounts[account_id] = _Window(ACCOUNT_LIMITS[exchange])
        return window

    def _silence_s(
        self, exchange: Exchange, status: int, headers: Mapping[str, str], body: bytes
    ) -> float:
        if status not in {403, 418, 429}:
            return 0.0
        retry_after = headers.get("Retry-After", "")
        if retry_after.isdigit():
            return float(retry_after)
        banned = _BANNED_UNTIL.search(body)
        if banned:
            return max(int(banned.group(1)) / 1000 - self._clock.now().timestamp(), 1.0)
        if exchange is Exchange.BYBIT and status == 403:
            return _BYBIT_ADDRESS_BAN_S
        return _SILENCE_WITHOUT_A_WORD_S

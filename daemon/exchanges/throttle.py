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
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from daemon import metrics
from daemon.exchanges.gateway import AccountSession
from daemon.exchanges.rate_windows import USABLE_SHARE, Limit, Window
from patriot_app.core.clock import Clock
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.errors import ExchangeUnavailable


class Lane(Enum):
    """Who may use how much of what we allow ourselves; the value is the share."""

    EXIT = 1.0
    """Exits, stops and cancels."""
    RESOLUTION = 0.9
    """Look-up of unknown outcomes."""
    TAKE_OVER = 0.85
    """Reading an account anew before it may trade."""
    ENTRY = 0.75
    POLLING = 0.6
    """What is done in the background; less where take-overs need the room."""


POLLING_SHARE_MIN = 0.4
"""What the background keeps, however many accounts a take-over would have to read."""


ADDRESS_LIMITS = {Exchange.BINANCE: Limit(2_400, 60.0), Exchange.BYBIT: Limit(600, 5.0)}
ACCOUNT_LIMITS = {
    Exchange.BINANCE: (Limit(300, 10.0), Limit(1_200, 60.0)),
    Exchange.BYBIT: (Limit(10, 1.0),),
}
_ORDER_COUNTS = ("X-MBX-ORDER-COUNT-10S", "X-MBX-ORDER-COUNT-1M")

WAIT_S_MAX = 60.0
_SILENCE_WITHOUT_A_WORD_S = 10.0
_BYBIT_ADDRESS_BAN_S = 600.0
_BANNED_UNTIL = re.compile(rb"banned until (\d{13})")

READ_LANE: ContextVar[Lane] = ContextVar("read_lane", default=Lane.POLLING)
"""The lane of reads in this task: the resolver of unknown outcomes sets EXIT."""

Address = tuple[Exchange, AccountMode, str | None]


@dataclass(frozen=True, slots=True)
class Ledger:
    """What an address has used, how long it must be silent, and how many wait in each lane."""

    used: float
    silent_s: float
    waiting: Mapping[Lane, int]


class Throttle:
    """One per process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._addresses: dict[Address, Window] = {}
        self._accounts: dict[UUID, tuple[Window, ...]] = {}
        self._silent_until: dict[Address, float] = {}
        self._queues: dict[tuple[Address, Lane], asyncio.Lock] = {}
        self._waiting: Counter[tuple[Address, Lane]] = Counter()
        self._kept: dict[Address, float] = {}

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
            room = ADDRESS_LIMITS[address[0]].units * USABLE_SHARE * self._share(address, lane)
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

    def keep_for_take_overs(self, weights: Mapping[Address, float]) -> None:
        """Keep the background of each address so low that a take-over of this weight may leave."""
        self._kept = dict(weights)

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
            until = now + seconds + _jitter_s(address)
            if until > self._silent_until.get(address, 0.0):
                self._silent_until[address] = until
                metrics.RATE_SILENCES_TOTAL.labels(exchange.value).inc()

    def observe_account(
        self, account_id: UUID, exchange: Exchange, *, headers: Mapping[str, str]
    ) -> None:
        """Learn from the answer to a write how much of an account's limits counts as used."""
        now, windows = self._clock.monotonic(), self._account(account_id, exchange)
        if exchange is Exchange.BINANCE:
            for window, name in zip(windows, _ORDER_COUNTS, strict=True):
                counted = headers.get(name, "")
                if counted.isdigit():
                    window.observe(now, float(counted))
            return
        limit, left = headers.get("X-Bapi-Limit", ""), headers.get("X-Bapi-Limit-Status", "")
        if limit.isdigit() and left.isdigit():
            windows[0].observe(now, float(limit) - float(left))

    def silent_for_s(self, address: Address) -> float:
        """Return how long an address must still be silent."""
        return max(self._silent_until.get(address, 0.0) - self._clock.monotonic(), 0.0)

    def would_wait(self, address: Address, lane: Lane, weight: float) -> bool:
        """Tell whether something of this weight could not leave an address at once."""
        return self._waiting[address, lane] > 0 or self._delay(address, lane, weight) > 0

    def ledger(self, address: Address) -> Ledger:
        """Return what an address has used and who waits for it."""
        now = self._clock.monotonic()
        return Ledger(
            used=self._address(address).used_at(now),
            silent_s=self.silent_for_s(address),
            waiting={lane: self._waiting[address, lane] for lane in Lane},
        )

    def orders_used(self, account_id: UUID, exchange: Exchange) -> list[tuple[float, Limit]]:
        """Return how many orders of an account count in each of its windows."""
        now = self._clock.monotonic()
        windows = self._accounts.get(account_id, ())
        return [(window.used_at(now), window.limit) for window in windows]

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
            for window in self._account(account_id, address[0]):
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
        self, window: Window, exchange: Exchange, lane: Lane, count: float, deadline: float
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
            self._address(address).delay(now, weight, self._share(address, lane))
            if weight
            else 0.0,
            0.0,
        )

    def _share(self, address: Address, lane: Lane) -> float:
        share = float(lane.value)
        if lane is not Lane.POLLING:
            return share
        kept = self._kept.get(address, 0.0) / (ADDRESS_LIMITS[address[0]].units * USABLE_SHARE)
        return max(min(float(Lane.TAKE_OVER.value) - kept, share), POLLING_SHARE_MIN)

    def _address(self, address: Address) -> Window:
        window = self._addresses.get(address)
        if window is None:
            window = self._addresses[address] = Window(ADDRESS_LIMITS[address[0]])
        return window

    def _account(self, account_id: UUID, exchange: Exchange) -> tuple[Window, ...]:
        windows = self._accounts.get(account_id)
        if windows is None:
            windows = tuple(Window(limit) for limit in ACCOUNT_LIMITS[exchange])
            self._accounts[account_id] = windows
        return windows

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


def _jitter_s(address: Address) -> float:
    """Return up to a second, another for each address: they must not all come back at once."""
    return zlib.crc32(repr(address).encode()) / 2**32

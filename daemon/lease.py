"""The shards of accounts that this process may send for (EXECUTION 2.7).

Safety rests on three things: the send statement checks owner, epoch and expiry in the database;
timestamps are pinned before it; a successor waits until the predecessor's last order is over. This
class adds self-fencing: without a renewal for TTL - 2 s on the monotonic clock nothing is sent.

Renewals have a database connection of their own: a recovery of many accounts keeps every other one
busy for longer than a lease lasts, and a trader that loses what it recovers would begin anew.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from patriot_app.core.clock import Clock
from patriot_app.core.db.outages import describe_failure
from patriot_app.core.domain.events import ShardTaken
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.services import heartbeats
from patriot_app.core.services.heartbeats import Lease
from patriot_app.core.settings import Settings
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

SELF_FENCE_MARGIN_S = 2.0
Recover = Callable[[Lease], Awaitable[None]]


class LeaseKeeper:
    """Takes, renews and gives back shards; recovers each before it may be traded.

    While a halt of the whole desk says that nothing may be sent, none is held.

    Args:
        owner: this process's name, unique per start.
        recover: brings a shard's accounts into agreement with the exchanges (EXECUTION 2.8).
    """

    def __init__(self, *, owner: str, settings: Settings, clock: Clock, recover: Recover) -> None:
        self.owner = owner
        self._settings = settings
        self._clock = clock
        self._recover = recover
        self._leases: dict[int, Lease] = {}
        self._ready: set[int] = set()
        self._renewed_at = clock.monotonic()
        self._recoveries: dict[int, asyncio.Task[None]] = {}
        self._last_send: float | None = None
        self.is_stopped = False
        self.problem = ""
        """What the last renewal failed of, in a few words; empty since one succeeded."""

    @property
    def held(self) -> tuple[int, ...]:
        """Shards we hold, recovered or not."""
        return tuple(sorted(self._leases))

    @property
    def ready(self) -> tuple[int, ...]:
        """Shards that we may plan and send for now."""
        return () if self.is_fenced else tuple(sorted(self._ready))

    @property
    def is_fenced(self) -> bool:
        """Tell whether we must not send because our leases may have run out."""
        limit = self._settings.lease_ttl_s - SELF_FENCE_MARGIN_S
        return self._clock.monotonic() - self._renewed_at > limit

    @property
    def silent_s(self) -> float:
        """Return the seconds since the database last renewed our leases."""
        return self._clock.monotonic() - self._renewed_at

    def epoch(self, shard: int) -> int | None:
        """Return the epoch under which we may send for a shard; None if we may not."""
        return self._leases[shard].epoch if shard in self.ready else None

    def note_send(self) -> None:
        """Remember that an order leaves now; a successor waits that much less.

        By the monotonic clock: a wall clock that jumps would let it wait for hours, or not at all.
        """
        self._last_send = self._clock.monotonic()

    @property
    def idle_s(self) -> float | None:
        """Seconds since the last order left; None if none did."""
        return None if self._last_send is None else self._clock.monotonic() - self._last_send

    @property
    def wait_s(self) -> float:
        """Seconds until a predecessor's last order is over and visible."""
        slowest = max(
            self._settings.visibility_delay_binance_s, self._settings.visibility_delay_bybit_s
        )
        window = self._settings.receive_window_ms + self._settings.clock_skew_ms
        return window / 1000 + slowest

    async def start(self) -> None:
        """Create missing lease rows."""
        async with begin(SYSTEM) as uow:
            await heartbeats.open_shards(uow, shards=self._settings.shards)

    async def tick(self) -> None:
        """Renew what we hold and take our fair part of what is free."""
        started = self._clock.monotonic()
        async with begin(SYSTEM, is_reserved=True) as uow:
            renewal = await heartbeats.renew_leases(
                uow,
                owner=self.owner,
                held={shard: lease.epoch for shard, lease in self._leases.items()},
                ttl_s=self._settings.lease_ttl_s,
            )
            share = -(-self._settings.shards // max(1, renewal.traders))
            free = 0 if renewal.is_stopped else share - len(renewal.kept)
            taken = (
                await heartbeats.take_leases(
                    uow,
                    owner=self.owner,
                    count=free,
                    ttl_s=self._settings.lease_ttl_s,
                    wait_s=self.wait_s,
                )
                if free > 0
                else []
            )
            if taken:
                uow.record(ShardTaken(shards=len(taken), owner=self.owner))
        self.is_stopped = renewal.is_stopped
        if self.is_stopped:
            await self._give_back(list(self._leases))
            self._renewed_at = started
            return
        self._renewed_at = started
        for shard in set(self._leases) - renewal.kept:
            self._drop(shard)
        for lease in taken:
            self._leases[lease.shard] = lease
            self._recoveries[lease.shard] = asyncio.create_task(
                self._recover_shard(lease), name=f"recover-{lease.shard}"
            )
        await self._give_back_surplus(share)

    async def run(self) -> None:
        """Keep the leases until cancelled; a database that does not answer fences us."""
        while True:
            try:
                # Unlike `wait_for` it never swallows that this task is to end.
                async with asyncio.timeout(self._settings.lease_ttl_s / 2):
                    await self.tick()
                self.problem = ""
            except Exception as error:
                self.problem = describe_failure(error)
                log.exception("lease_renewal_failed", extra={"owner": self.owner})
            await self._clock.sleep(self._settings.lease_renew_s)

    async def release(self) -> None:
        """Give everything back at a graceful end."""
        for task in self._recoveries.values():
            task.cancel()
        await asyncio.gather(*self._recoveries.values(), return_exceptions=True)
        shards = list(self._leases)
        self._leases.clear()
        self._ready.clear()
        if shards:
            await self._release(shards)

    async def _recover_shard(self, lease: Lease) -> None:
        delay = 1.0
        while self._leases.get(lease.shard) is lease:
            try:
                await self._wait_for_the_predecessor(lease)
                await self._recover(lease)
            except Exception:
                log.exception("recovery_failed", extra={"shard": lease.shard})
                await self._clock.sleep(delay)
                delay = min(30.0, delay * 2)
                continue
            if self._leases.get(lease.shard) is lease:
                self._ready.add(lease.shard)
            return

    async def _wait_for_the_predecessor(self, lease: Lease) -> None:
        async with begin(SYSTEM) as uow:
            now = await heartbeats.database_now(uow)
        wait = (lease.ready_at - now).total_seconds()
        if wait > 0:
            await self._clock.sleep(wait)

    async def _give_back_surplus(self, share: int) -> None:
        await self._give_back(sorted(self._leases)[share:])

    async def _give_back(self, shards: list[int]) -> None:
        if not shards:
            return
        for shard in shards:
            self._drop(shard)
        await self._release(shards)

    async def _release(self, shards: list[int]) -> None:
        async with begin(SYSTEM, is_reserved=True) as uow:
            await heartbeats.release_leases(
                uow, owner=self.owner, shards=shards, idle_s=self.idle_s
            )

    def _drop(self, shard: int) -> None:
        self._leases.pop(shard, None)
        self._ready.discard(shard)
        task = self._recoveries.pop(shard, None)
        if task is not None:
            task.cancel()

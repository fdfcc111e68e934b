"""Start the fan-outs of our shards as their signals are recorded; woken by NOTIFY, polled too."""

import asyncio
import logging
from collections import defaultdict
from uuid import UUID

from daemon.context import Context
from daemon.execution import fan_out
from patriot_app.core.db.notify import FAN_OUTS, listening
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.services import signals
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

POLL_S = 1.0
SETTLE_S = 8.0
"""Longer than one request may take: what was sent is answered, or left to the next recovery."""


class Dispatcher:
    """Runs fan-outs side by side; each part of a signal once at a time."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._running: dict[asyncio.Task[None], set[tuple[UUID, int]]] = {}

    async def run(self) -> None:
        """Start what is pending until cancelled; what runs goes on, see `settle`."""
        url = self._context.settings.database_url
        async with listening(url, FAN_OUTS, poll_s=POLL_S) as notices:
            async for _ in notices:
                try:
                    await self._start_pending()
                except Exception:
                    log.exception("fan_outs_not_started")

    async def settle(self) -> None:
        """Wait until what runs has its answers; cancel what takes longer."""
        if not self._running:
            return
        _, late = await asyncio.wait(self._running, timeout=SETTLE_S)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _start_pending(self) -> None:
        shards = self._context.lease.ready
        if not shards:
            return
        busy = set().union(*self._running.values()) if self._running else set()
        async with begin(SYSTEM) as uow:
            pending = await signals.pending_fan_outs(uow, shards)
        wanted: defaultdict[UUID, list[int]] = defaultdict(list)
        for part in pending:
            if (part.signal_id, part.shard) not in busy:
                wanted[part.signal_id].append(part.shard)
        for signal_id, parts in wanted.items():
            task = asyncio.create_task(self._fan_out(signal_id, parts), name=f"signal-{signal_id}")
            self._running[task] = {(signal_id, shard) for shard in parts}
            task.add_done_callback(self._running.pop)

    async def _fan_out(self, signal_id: UUID, shards: list[int]) -> None:
        try:
            await fan_out.run(self._context, signal_id, shards)
        except Exception:
            log.exception("fan_out_failed", extra={"signal_id": str(signal_id)})

"""What the private streams tell, in batches: whatever came while the last batch was stored.

Trades that open a position call its protection at once.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from uuid import UUID

from daemon.context import Context
from daemon.execution import protector, reading
from patriot_app.core.domain.fills import FillReport
from patriot_app.core.domain.orders import OrderReport
from patriot_app.core.domain.sending import AccountReports
from patriot_app.core.services.fills import Recorded

log = logging.getLogger(__name__)

BATCH_MAX = 500
TRIES = 3
RETRY_S = 0.2
OnLost = Callable[[UUID], None]


class Tracker:
    """Queue of one process; handlers put and never wait.

    Args:
        on_lost: told of accounts whose news could not be stored: read them by REST.
        guard: protects accounts whose positions moved.
    """

    def __init__(
        self,
        context: Context,
        *,
        on_lost: OnLost,
        guard: Callable[[Context, list[UUID]], Awaitable[None]] = protector.guard,
    ) -> None:
        self._context = context
        self._on_lost = on_lost
        self._guard = guard
        self._news: list[tuple[UUID, OrderReport | FillReport]] = []
        self._wake = asyncio.Event()
        self._to_guard: set[UUID] = set()
        self._guard_wake = asyncio.Event()

    def put_report(self, account_id: UUID, report: OrderReport) -> None:
        """Note what an exchange says of an order."""
        self._news.append((account_id, report))
        self._wake.set()

    def put_fill(self, account_id: UUID, fill: FillReport) -> None:
        """Note a trade."""
        self._news.append((account_id, fill))
        self._wake.set()

    def watch(self, account_id: UUID) -> None:
        """Have an account's protection looked at soon."""
        self._to_guard.add(account_id)
        self._guard_wake.set()

    async def run(self) -> None:
        """Store news and guard what moved, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._store())
            group.create_task(self._protect())

    async def _store(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            # All handlers of this turn of the loop may speak first.
            await asyncio.sleep(0)
            while self._news:
                batch, self._news = self._news[:BATCH_MAX], self._news[BATCH_MAX:]
                await self._record(batch)

    async def _record(self, batch: list[tuple[UUID, OrderReport | FillReport]]) -> None:
        grouped = _by_account(batch)
        for attempt in range(1, TRIES + 1):
            try:
                recorded = await reading.record(self._context, grouped)
            except Exception:
                log.exception("storing_news_failed", extra={"news": len(batch)})
                await self._context.clock.sleep(RETRY_S * attempt)
            else:
                self._follow_up(recorded)
                return
        for each in grouped:
            self._on_lost(each.account_id)

    def _follow_up(self, recorded: Recorded) -> None:
        for account_id, _ in recorded.moved:
            self.watch(account_id)

    async def _protect(self) -> None:
        while True:
            await self._guard_wake.wait()
            self._guard_wake.clear()
            accounts, self._to_guard = sorted(self._to_guard), set()
            try:
                await self._guard(self._context, accounts)
            except Exception:
                # The next round of the guard job looks at them again.
                log.exception("guarding_failed", extra={"accounts": len(accounts)})


def _by_account(batch: list[tuple[UUID, OrderReport | FillReport]]) -> list[AccountReports]:
    """Group news by account, each in the order we heard it."""
    reports: dict[UUID, list[OrderReport]] = {}
    fills: dict[UUID, list[FillReport]] = {}
    for account_id, news in batch:
        if isinstance(news, FillReport):
            fills.setdefault(account_id, []).append(news)
        else:
            reports.setdefault(account_id, []).append(news)
    return [
        AccountReports(
            account_id,
            reports=tuple(reports.get(account_id, ())),
            fills=tuple(fills.get(account_id, ())),
        )
        for account_id in sorted(reports.keys() | fills.keys())
    ]

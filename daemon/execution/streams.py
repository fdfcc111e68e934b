"""One private stream per account with an opened key; what they miss is read by REST."""

import asyncio
import logging
from enum import Enum
from uuid import UUID

from daemon.context import Context
from daemon.exchanges.gateway import AccountSession
from daemon.exchanges.stream_events import AccountChange, UserStreamHandlers
from daemon.exchanges.user_stream import UserStream
from daemon.execution import protector, reading
from daemon.execution.tracker import Tracker
from patriot_app.core.domain.orders import AttemptState, OrderReport
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.errors import PatriotError
from patriot_app.core.services import account_states, attempts, protection
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
TAKEN_AWAY = frozenset({AttemptState.CANCELED, AttemptState.EXPIRED, AttemptState.REJECTED})
NOTE_EVERY_S = 5.0
READING_AT_ONCE_MAX = 8
GAP_PAUSES_S = (0.0, 1.0, 2.0, 4.0, 8.0)
"""Before each try to read what a stream may have missed; then the account's own round reads it."""
LOST_PAUSE_S = 0.5
LOST_MAX = 20
"""As often what was read and could not be stored is read again so soon, as the rate limits allow."""


class _CameTo(Enum):
    """What a try to read an account came to."""

    READ = "read"
    REFUSED = "refused"
    """By the exchange, which is asked again after longer and longer pauses."""
    LOST = "lost"
    """The books did not take it; the next transaction may well succeed."""


class Streams:
    """Keeps streams for exactly the accounts in `context.sessions`."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._streams: dict[UUID, tuple[UserStream, asyncio.Task[None]]] = {}
        self._gaps: dict[UUID, asyncio.Task[None]] = {}
        self._stops: dict[UUID, asyncio.Task[None]] = {}
        self._reading = asyncio.Semaphore(READING_AT_ONCE_MAX)
        self.tracker = Tracker(context, on_lost=self._fill_gap, guard=protector.guard)
        self._handlers = UserStreamHandlers(
            on_report=self._on_report,
            on_fill=self.tracker.put_fill,
            on_account=self._on_account,
            on_gap=self._fill_gap,
        )

    async def run(self) -> None:
        """Open and close streams as accounts come and go, until cancelled."""
        tracking = asyncio.create_task(self.tracker.run(), name="tracker")
        noted = self._context.clock.monotonic()
        try:
            while not tracking.done():
                self._match()
                self._context.standing = {
                    account_id
                    for account_id, (stream, _) in self._streams.items()
                    if stream.is_connected
                }
                if self._context.clock.monotonic() - noted >= NOTE_EVERY_S:
                    noted = self._context.clock.monotonic()
                    await self._note()
                await self._context.clock.sleep(LOOK_EVERY_S)
            await tracking
        finally:
            readings = [*self._gaps.values(), *self._stops.values()]
            tasks = [tracking, *readings, *(task for _, task in self._streams.values())]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def connected(self) -> int:
        """How many streams stand now."""
        return sum(stream.is_connected for stream, _ in self._streams.values())

    def _match(self) -> None:
        sessions = self._context.sessions
        for account_id, (stream, task) in list(self._streams.items()):
            # A new key is a new session and needs a new stream.
            if sessions.get(account_id) is not stream.session or task.done():
                task.cancel()
                del self._streams[account_id]
                self._context.figures.forget(account_id)
        for account_id, session in sessions.items():
            if account_id not in self._streams:
                self._open(account_id, session)

    def _open(self, account_id: UUID, session: AccountSession) -> None:
        stream = UserStream(
            session,
            gateway=self._context.gateway,
            handlers=self._handlers,
            shared=self._context.streams,
        )
        task = asyncio.create_task(stream.run(), name=f"stream-{account_id}")
        self._streams[account_id] = (stream, task)

    async def _note(self) -> None:
        standing = sorted(self._context.standing)
        if not standing:
            return
        try:
            async with begin(SYSTEM, clock=self._context.clock) as uow:
                await account_states.note_streams(uow, standing, at=uow.now)
        except Exception:
            log.exception("streams_not_noted")

    def _on_report(self, account_id: UUID, report: OrderReport) -> None:
        self.tracker.put_report(account_id, report)
        if report.is_attached and report.state in TAKEN_AWAY and account_id not in self._stops:
            task = asyncio.create_task(self._look_at_stops(account_id), name=f"stops-{account_id}")
            self._stops[account_id] = task
            task.add_done_callback(lambda _: self._stops.pop(account_id, None))

    def _on_account(self, account_id: UUID, change: AccountChange) -> None:
        if change.wallet_balance is not None:
            self._context.figures.note_wallet(account_id, change.wallet_balance)
        told_at = self._context.clock.now()
        for position in change.positions:
            self._context.figures.note_position(
                account_id,
                position.symbol,
                quantity=position.quantity,
                entry_price=position.entry_price,
                told_at=told_at,
            )
        # A position that moved may need its stop.
        if change.positions:
            self.tracker.watch(account_id)

    def _fill_gap(self, account_id: UUID) -> None:
        """Read an account by REST; a gap that comes while one is read is read again after it."""
        before = self._gaps.get(account_id)
        task = asyncio.create_task(self._read(account_id, before), name=f"gap-{account_id}")
        self._gaps[account_id] = task
        task.add_done_callback(lambda done: self._forget(account_id, done))

    def _forget(self, account_id: UUID, done: asyncio.Task[None]) -> None:
        if self._gaps.get(account_id) is done:
            del self._gaps[account_id]

    async def _look_at_stops(self, account_id: UUID) -> None:
        """See whether a position lost its attached stop; one that was closed loses it too."""
        await self._context.clock.sleep(LOOK_EVERY_S)
        async with self._reading:
            session = self._context.sessions.get(account_id)
            try:
                async with begin(SYSTEM, clock=self._context.clock) as uow:
                    is_held = await protection.has_attached(uow, account_id)
                if session is not None and is_held:
                    await reading.read_attached(self._context, session)
            except Exception:
                # The next complete reading compares them again.
                log.exception("stops_not_compared", extra={"account_id": str(account_id)})
        self.tracker.watch(account_id)

    async def _read(self, account_id: UUID, before: asyncio.Task[None] | None) -> None:
        """Read until it succeeded: what is missing may be the trades of a position without a stop."""
        if before is not None:
            await asyncio.wait([before])
        refused, lost, pause_s = 0, 0, GAP_PAUSES_S[0]
        while True:
            await self._context.clock.sleep(pause_s)
            came_to = await self._try_to_read(account_id)
            if came_to is _CameTo.LOST and lost < LOST_MAX:
                lost, pause_s = lost + 1, LOST_PAUSE_S
            elif came_to is _CameTo.READ or refused + 1 == len(GAP_PAUSES_S):
                return
            else:
                refused += 1
                pause_s = GAP_PAUSES_S[refused]

    async def _try_to_read(self, account_id: UUID) -> _CameTo:
        """Read an account and store what it shows."""
        async with self._reading:
            session = self._context.sessions.get(account_id)
            if session is None:
                return _CameTo.READ
            try:
                async with begin(SYSTEM, clock=self._context.clock) as uow:
                    symbols = await attempts.symbols_of(uow, account_id)
                await reading.read_orders(self._context, session, symbols=symbols)
                for symbol in symbols:
                    await reading.read_fills(self._context, session, symbol)
                await reading.read_attached(self._context, session)
            except PatriotError as error:
                log.warning(
                    "gap_not_filled", extra={"account_id": str(account_id), "error": str(error)}
                )
                return _CameTo.REFUSED
            except Exception:
                log.exception("gap_not_filled", extra={"account_id": str(account_id)})
                return _CameTo.LOST
            else:
                return _CameTo.READ
            finally:
                self.tracker.watch(account_id)

"""Cold mode: believe the exchange, not the books, about what was never sent (EXECUTION 2.8).

A database that was restored, or whose standby took over without the last commits, may hold as unsent
an order that was sent, and Binance would take the same id again after its fill. So while it is cold
every order is looked up by its id before it leaves. It is entered when the database is another one,
was set back, or an order that we made is unknown to it; it ends by itself once every account is
proved, or by an operator's word.
"""

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from uuid import UUID

from daemon.context import Context
from daemon.exchanges.throttle import READ_LANE, Lane
from daemon.execution import identities, reading
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.sending import AccountReports, ReadyAttempt
from patriot_app.core.errors import ExchangeError
from patriot_app.core.services import cold_modes
from patriot_app.core.services.cold_modes import DatabaseIdentity
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

CONCURRENT_MAX = 20


async def watch(context: Context) -> None:
    """Compare the database with the one of the last look; enter or leave cold mode."""
    mark = context.settings.database_mark_file
    async with begin(SYSTEM, clock=context.clock) as uow:
        now = None if mark is None else await cold_modes.identity(uow)
        reason = "" if mark is None or now is None else _why(mark, now)
        if reason:
            log.error("cold_mode_entered", extra={"reason": reason})
            await cold_modes.enter(uow, reason=reason)
        context.is_cold = await cold_modes.is_cold(uow)
    if mark is not None and now is not None:
        _write_mark(mark, now)


async def enter(context: Context, *, reason: str) -> None:
    """Enter cold mode because of what was met."""
    async with begin(SYSTEM, clock=context.clock) as uow:
        if await cold_modes.enter(uow, reason=reason):
            log.error("cold_mode_entered", extra={"reason": reason})
    context.is_cold = True


async def look_up_first(
    context: Context, attempts: Sequence[ReadyAttempt], unsent: dict[UUID, str]
) -> list[ReadyAttempt]:
    """Return the attempts that may be sent; in cold mode those that the exchange does not know.

    What it knows is taken into our books instead of being sent once more.
    """
    if not context.is_cold or not attempts:
        return list(attempts)
    gate = asyncio.Semaphore(CONCURRENT_MAX)
    answers = await asyncio.gather(*(_look_up(context, attempt, gate) for attempt in attempts))
    clean = []
    for attempt, problem in zip(attempts, answers, strict=True):
        if problem is None:
            clean.append(attempt)
        else:
            unsent[attempt.attempt_id] = problem
    async with begin(SYSTEM, clock=context.clock) as uow:
        await cold_modes.note_looked_up(uow, [attempt.attempt_id for attempt in clean])
    return clean


async def _look_up(context: Context, attempt: ReadyAttempt, gate: asyncio.Semaphore) -> str | None:
    """Ask for one order by its id; return why it may not be sent, None if it may."""
    session = context.sessions[attempt.order.account_id]
    async with gate:
        READ_LANE.set(Lane.RESOLUTION)
        try:
            report = await context.gateway.fetch_order(
                session, identities.identity_of_ready(attempt)
            )
        except ExchangeError as error:
            return f"Cold mode: it could not be looked up before sending ({error})"[:300]
    if report is None:
        return None
    log.error("order_was_sent_before", extra={"client_order_id": attempt.client_order_id})
    await reading.record(context, [AccountReports(session.account_id, reports=(report,))])
    await reading.read_fills(context, session, attempt.order.symbol)
    return ""


def _why(path: Path, now: DatabaseIdentity) -> str:
    """Return why the database cannot be believed, "" if it can."""
    marker = path.with_name("RESTORED")
    if marker.exists():
        marker.rename(path.with_name("RESTORED.seen"))
        return "A backup was restored: its marker was found"
    before = _read_mark(path)
    if before is None:
        return ""
    if before.system_identifier != now.system_identifier:
        return "This is another database than before"
    if before.timeline != now.timeline:
        return f"The database is on timeline {now.timeline}, it was on {before.timeline}"
    if now.written < before.written:
        return "The database was set back: it has written less than it had"
    return ""


def _read_mark(path: Path) -> DatabaseIdentity | None:
    try:
        return DatabaseIdentity(**json.loads(path.read_text()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError):
        # A mark that cannot be read proves nothing either way; the next one is written anew.
        log.exception("database_mark_unreadable")
        return None


def _write_mark(path: Path, now: DatabaseIdentity) -> None:
    draft = path.with_name(f"{path.name}.draft")
    draft.write_text(json.dumps(asdict(now)))
    draft.replace(path)

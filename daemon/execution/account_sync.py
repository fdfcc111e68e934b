"""Read one account afresh because somebody asked, and say what that found.

Incremental reads what is new since the cursors. Full reads every trade that the exchange still keeps
of the symbols that we ever traded there, and looks up every order that our books hold for working;
trades from before our first one there stay their owner's.
"""

from typing import Any
from uuid import UUID

from daemon.context import Context
from daemon.exchanges.gateway import AccountSession
from daemon.exchanges.throttle import READ_LANE, Lane
from daemon.execution import bookkeeping, reading, recovery, resolver
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.sending import AccountReports
from patriot_app.core.errors import ExchangeError
from patriot_app.core.services import attempts, fill_cursors, fills, protection, sync_runs
from patriot_app.core.unit_of_work import begin

FULL = "full"


async def run(
    context: Context,
    session: AccountSession,
    *,
    run_id: UUID,
    kind: str,
    requested_by: UUID | None,
) -> dict[str, Any]:
    """Read an account and store a report of it; return the report.

    Raises:
        ExchangeError: something could not be read; the run says so.
    """
    account_id = session.account_id
    began = context.clock.monotonic()
    async with begin(SYSTEM, clock=context.clock) as uow:
        await sync_runs.start(uow, run_id, account_id, kind=kind, requested_by=requested_by)
        before = await sync_runs.picture(uow, account_id)
    read: dict[str, Any] = {}
    error = ""
    try:
        await _read(context, session, kind, read)
    except ExchangeError as caught:
        error = str(caught)
        raise
    except Exception as caught:
        error = f"Unexpected failure: {type(caught).__name__}"
        raise
    finally:
        async with begin(SYSTEM, clock=context.clock) as uow:
            after = await sync_runs.picture(uow, account_id)
            report = {
                "read": read,
                "differed": list(after.differences),
                "changed": sync_runs.changes(before, after),
                "duration_s": round(context.clock.monotonic() - began, 3),
            }
            await sync_runs.end(uow, run_id, account_id, kind=kind, report=report, error=error)
    return report


async def _read(context: Context, session: AccountSession, kind: str, read: dict[str, Any]) -> None:
    READ_LANE.set(Lane.TAKE_OVER)
    account_id = session.account_id
    if kind == FULL:
        read["trades"] = await _read_all_trades(context, session)
        async with begin(SYSTEM, clock=context.clock) as uow:
            doubtful = await attempts.in_doubt(uow, account_id)
        await resolver.resolve(context, doubtful)
        read["orders_in_doubt"] = len(doubtful)
    read["ready"] = await recovery.recover_account(context, account_id, is_full=True)
    difference = await bookkeeping.ingest(context, session)
    read["ledger_difference"] = None if difference is None else format(difference, "f")
    read["positions"] = len(await context.gateway.fetch_positions(session))
    read["open_orders"] = len(await context.gateway.fetch_open_orders(session))


async def _read_all_trades(context: Context, session: AccountSession) -> int:
    """Read every trade that is still kept of what we traded; return how many were listed."""
    async with begin(SYSTEM, clock=context.clock) as uow:
        firsts = await fill_cursors.first_trades(uow, session.account_id)
    listed = 0
    for symbol, first in firsts.items():
        cursor = ""
        for _ in range(reading.PAGES_MAX):
            page = await context.gateway.fetch_fills(session, symbol, cursor=cursor)
            ours = tuple(fill for fill in page.fills if fill.traded_at >= first)
            async with begin(SYSTEM, clock=context.clock) as uow:
                batch = AccountReports(session.account_id, fills=ours)
                recorded = await fills.record_fills(uow, [batch])
                await protection.follow(uow, recorded.attempts)
            listed += len(ours)
            cursor = page.next_cursor
            if page.complete:
                break
    return listed

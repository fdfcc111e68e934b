"""The whole timetable on one screen.

Triggers are wall intervals; a job that depends on market time asks the market clock what is due.
Jobs never overlap themselves, missed runs are merged into one, and a run that comes late still
counts: what must happen once is a unique key in a table, not a promise of the scheduler.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from daemon.context import Context
from daemon.jobs import (
    apply_retention,
    ask_for_payment,
    audit_orders,
    audit_stops,
    check_invariants,
    check_keys,
    close_fee_periods,
    escalate,
    expire_overrides,
    find_orphans,
    follow_exits,
    guard_positions,
    ingest_ledger,
    keep_room,
    keep_warm,
    leave_for_maintenance,
    make_reports,
    measure_risk,
    obey_kill_file,
    project,
    rebalance,
    reconcile,
    recover_accounts,
    refresh_instruments,
    remind_of_keys,
    report_compliance,
    resolve_orders,
    seal_record,
    settle_signals,
    snapshot_equity,
    store_prices,
    sum_days,
    sync_accounts,
    tend_entries,
    tie_out_days,
    value_accounts,
    watch_database,
    watch_exchanges,
    watch_key_use,
    watch_maintenance,
)
from patriot_app.core.domain.events import JobFailed
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.services import heartbeats
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """One line of the timetable.

    Attributes:
        every_s: wall seconds between starts.
        grace_s: how late a start may be before it is skipped.
    """

    name: str
    run: Callable[[Context], Awaitable[None]]
    every_s: float
    grace_s: int


TIMETABLE = (
    Job("store_prices", store_prices.run, every_s=1, grace_s=1),
    Job("obey_kill_file", obey_kill_file.run, every_s=1, grace_s=1),
    Job("watch_database", watch_database.run, every_s=5, grace_s=5),
    Job("watch_maintenance", watch_maintenance.run, every_s=1, grace_s=5),
    Job("leave_for_maintenance", leave_for_maintenance.run, every_s=5, grace_s=5),
    Job("watch_exchanges", watch_exchanges.run, every_s=1, grace_s=5),
    Job("resolve_orders", resolve_orders.run, every_s=1, grace_s=5),
    Job("audit_orders", audit_orders.run, every_s=1, grace_s=5),
    Job("audit_resting", audit_orders.run_resting, every_s=5, grace_s=30),
    Job("follow_exits", follow_exits.run, every_s=1, grace_s=5),
    Job("tend_entries", tend_entries.run, every_s=1, grace_s=5),
    Job("check_keys", check_keys.run, every_s=5, grace_s=30),
    Job("guard_positions", guard_positions.run, every_s=5, grace_s=30),
    Job("escalate", escalate.run, every_s=5, grace_s=30),
    Job("recover_accounts", recover_accounts.run, every_s=5, grace_s=30),
    Job("watch_key_use", watch_key_use.run, every_s=15, grace_s=60),
    Job("audit_stops", audit_stops.run, every_s=30, grace_s=30),
    Job("value_accounts", value_accounts.run, every_s=3, grace_s=5),
    Job("snapshot_equity", snapshot_equity.run, every_s=5, grace_s=30),
    Job("expire_overrides", expire_overrides.run, every_s=30, grace_s=300),
    Job("measure_risk", measure_risk.run, every_s=30, grace_s=30),
    Job("sync_accounts", sync_accounts.run, every_s=10, grace_s=60),
    Job("keep_room", keep_room.run, every_s=5, grace_s=30),
    Job("find_orphans", find_orphans.run, every_s=30, grace_s=60),
    Job("keep_warm", keep_warm.run, every_s=20, grace_s=20),
    Job("ingest_ledger", ingest_ledger.run, every_s=15, grace_s=60),
    Job("reconcile", reconcile.run, every_s=60, grace_s=300),
    Job("settle_signals", settle_signals.run, every_s=60, grace_s=300),
    Job("check_invariants", check_invariants.run, every_s=60, grace_s=300),
    Job("close_fee_periods", close_fee_periods.run, every_s=60, grace_s=300),
    Job("tie_out_days", tie_out_days.run, every_s=60, grace_s=300),
    Job("seal_record", seal_record.run, every_s=60, grace_s=300),
    Job("sum_days", sum_days.run, every_s=120, grace_s=600),
    Job("rebalance", rebalance.run, every_s=60, grace_s=600),
    Job("project", project.run, every_s=10, grace_s=60),
    Job("check_money", check_invariants.run_money, every_s=900, grace_s=900),
    Job("check_record", check_invariants.run_record, every_s=3_600, grace_s=3_600),
    Job("ask_for_payment", ask_for_payment.run, every_s=300, grace_s=300),
    Job("make_reports", make_reports.run, every_s=300, grace_s=600),
    Job("remind_of_keys", remind_of_keys.run, every_s=600, grace_s=600),
    Job("report_compliance", report_compliance.run, every_s=3_600, grace_s=3_600),
    Job("refresh_instruments", refresh_instruments.run, every_s=3_600, grace_s=3_600),
    Job("apply_retention", apply_retention.run, every_s=3_600, grace_s=3_600),
)


def build(context: Context) -> AsyncIOScheduler:
    """Return the scheduler with the timetable, not yet started."""
    scheduler = AsyncIOScheduler(timezone="UTC")
    for job in TIMETABLE:
        scheduler.add_job(
            _run,
            trigger=IntervalTrigger(seconds=job.every_s, timezone="UTC"),
            args=(job, context),
            id=job.name,
            name=job.name,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=job.grace_s,
        )
    return scheduler


async def _run(job: Job, context: Context) -> None:
    started_at = context.clock.now()
    started = context.clock.monotonic()
    error = ""
    try:
        await job.run(context)
    except Exception as caught:
        log.exception("job_failed", extra={"job": job.name})
        error = f"{type(caught).__name__}: {caught}"
    duration = context.clock.monotonic() - started
    # Fast jobs leave a row only when something went wrong; the table is for people.
    if not error and job.every_s < 10:
        return
    try:
        async with begin(SYSTEM) as uow:
            await heartbeats.record_job(
                uow,
                job=job.name,
                scheduled_for=started_at,
                process=context.process,
                started_at=started_at,
                duration_s=duration,
                error=error,
            )
            if error:
                uow.record(JobFailed(job=job.name, error=error))
    except Exception:
        log.exception("job_record_failed", extra={"job": job.name})

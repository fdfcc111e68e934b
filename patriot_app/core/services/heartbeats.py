"""Daemons that live, shards they own, and runs of their jobs (EXECUTION 2.7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import text

from patriot_app.core.db import pipeline
from patriot_app.core.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to send for one shard.

    Attributes:
        epoch: grows with every change of owner; written into every attempt that is sent.
        ready_at: database time from which the owner may send: the predecessor's last possible
            order is over and visible by then.
    """

    shard: int
    epoch: int
    expires_at: datetime
    ready_at: datetime


@dataclass(frozen=True, slots=True)
class Renewal:
    """What a renewal found.

    Attributes:
        kept: shards that are still ours; one that is missing here is lost.
        is_stopped: the whole desk must send nothing, so nobody may hold a shard.
        traders: that beat lately, to share the shards fairly.
    """

    kept: frozenset[int]
    is_stopped: bool
    traders: int


_BEAT = text(
    """
    INSERT INTO heartbeats (process, role, version, started_at, beat_at, details)
    VALUES (:process, :role, :version, :started_at, clock_timestamp(), CAST(:details AS jsonb))
    ON CONFLICT (process) DO UPDATE
       SET beat_at = excluded.beat_at, details = excluded.details
    """
)

# A released lease waits only for what its owner may have sent last; a lost one for its expiry.
_TAKE = text(
    """
    WITH wanted AS (
        SELECT shard FROM shard_leases
         WHERE expires_at < clock_timestamp()
         ORDER BY shard LIMIT :count FOR UPDATE SKIP LOCKED
    )
    UPDATE shard_leases AS lease
       SET owner = :owner,
           epoch = greatest(lease.epoch + 1,
                            floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint),
           expires_at = clock_timestamp() + make_interval(secs => :ttl_s),
           released_at = NULL
      FROM wanted, shard_leases AS before
     WHERE lease.shard = wanted.shard AND before.shard = wanted.shard
    RETURNING lease.shard, lease.epoch, lease.expires_at,
              CASE WHEN before.owner = '' THEN clock_timestamp()
                   WHEN before.released_at IS NOT NULL
                   THEN coalesce(before.last_send_at, before.released_at)
                        + make_interval(secs => :wait_s)
                   ELSE before.expires_at + make_interval(secs => :wait_s) END AS ready_at
    """
)

_RENEW = text(
    """
    UPDATE shard_leases AS lease
       SET expires_at = clock_timestamp() + make_interval(secs => :ttl_s)
      FROM unnest(CAST(:shards AS smallint[]), CAST(:epochs AS bigint[])) AS held(shard, epoch)
     WHERE lease.shard = held.shard AND lease.epoch = held.epoch AND lease.owner = :owner
       AND lease.released_at IS NULL AND lease.expires_at > clock_timestamp()
    RETURNING lease.shard
    """
)

_RELEASE = text(
    """
    UPDATE shard_leases
       SET released_at = clock_timestamp(), expires_at = clock_timestamp(),
           last_send_at = clock_timestamp()
                          - make_interval(secs => CAST(:idle_s AS double precision))
     WHERE owner = :owner AND released_at IS NULL AND shard = ANY(:shards)
    """
)

_IS_STOPPED = text(
    "SELECT EXISTS (SELECT 1 FROM halts WHERE lifted_at IS NULL AND level = 4 AND scope = 'desk')"
    " AS is_stopped"
)

_LIVE_TRADERS = text(
    """
    SELECT count(*) AS traders FROM heartbeats
     WHERE role IN ('trader', 'all') AND beat_at > clock_timestamp() - make_interval(secs => :ttl_s)
    """
)


async def beat(
    uow: UnitOfWork,
    *,
    process: str,
    role: str,
    version: str,
    started_at: datetime,
    details: Mapping[str, Any],
) -> None:
    """Say that a process lives, and what it sees."""
    await uow.session.execute(
        _BEAT,
        {
            "process": process,
            "role": role,
            "version": version,
            "started_at": started_at,
            "details": orjson.dumps(details, default=str).decode(),
        },
    )
    uow.touch("heartbeats")


async def leave(uow: UnitOfWork, *, process: str) -> None:
    """Forget a process that has ended in good order."""
    await uow.session.execute(
        text("DELETE FROM heartbeats WHERE process = :process"), {"process": process}
    )
    uow.touch("heartbeats")


async def open_shards(uow: UnitOfWork, *, shards: int) -> None:
    """Create the lease rows that nobody has owned yet."""
    await uow.session.execute(
        text(
            "INSERT INTO shard_leases (shard, owner, epoch, expires_at) "
            "SELECT n, '', 0, '-infinity' FROM generate_series(0, :last) AS n "
            "ON CONFLICT DO NOTHING"
        ),
        {"last": shards - 1},
    )


async def take_leases(
    uow: UnitOfWork, *, owner: str, count: int, ttl_s: float, wait_s: float
) -> list[Lease]:
    """Take up to `count` shards that nobody holds.

    Args:
        ttl_s: how long the lease lasts without a renewal.
        wait_s: receive window + clock skew + the slowest exchange's visibility delay.
    """
    rows = await uow.session.execute(
        _TAKE, {"owner": owner, "count": count, "ttl_s": ttl_s, "wait_s": wait_s}
    )
    return [Lease(row.shard, row.epoch, row.expires_at, row.ready_at) for row in rows]


async def renew_leases(
    uow: UnitOfWork, *, owner: str, held: Mapping[int, int], ttl_s: float
) -> Renewal:
    """Extend what is still ours, and learn in the same trip what else the owner must know.

    Args:
        held: epoch by shard, as the owner knows them. What it took without hearing of it (the
            answer to the commit was lost) must run out: nobody would ever recover that shard, or
            everything would be sent under an epoch that is over.
    """
    ours = {"owner": owner, "shards": list(held), "epochs": list(held.values()), "ttl_s": ttl_s}
    # Who beats at half the pace of a lease lives. The halt is read last: one that comes between is
    # seen, and what was renewed is given back.
    kept, living, stopped = await pipeline.run(
        uow.session,
        (_RENEW, ours),
        (_LIVE_TRADERS, {"ttl_s": 2 * ttl_s}),
        (_IS_STOPPED, {}),
    )
    return Renewal(
        kept=frozenset(row.shard for row in kept),
        is_stopped=stopped[0].is_stopped,
        traders=living[0].traders,
    )


async def release_leases(
    uow: UnitOfWork, *, owner: str, shards: Sequence[int], idle_s: float | None
) -> None:
    """Give shards back, telling when the last order can have left."""
    await uow.session.execute(_RELEASE, {"owner": owner, "shards": list(shards), "idle_s": idle_s})


async def database_now(uow: UnitOfWork) -> datetime:
    """Return the database's clock, by which leases expire."""
    now: datetime = (await uow.session.execute(text("SELECT clock_timestamp()"))).scalar_one()
    return now


async def begin_job(uow: UnitOfWork, *, job: str, scheduled_for: datetime, process: str) -> bool:
    """Claim a run; False if another process has it already."""
    found = await uow.session.execute(
        text(
            "INSERT INTO job_runs (job, scheduled_for, process, started_at) "
            "VALUES (:job, :scheduled_for, :process, clock_timestamp()) "
            "ON CONFLICT DO NOTHING RETURNING job"
        ),
        {"job": job, "scheduled_for": scheduled_for, "process": process},
    )
    return found.first() is not None


async def record_job(
    uow: UnitOfWork,
    *,
    job: str,
    scheduled_for: datetime,
    process: str,
    started_at: datetime,
    duration_s: float,
    error: str = "",
) -> None:
    """Note how a run ended."""
    await uow.session.execute(
        text(
            "INSERT INTO job_runs (job, scheduled_for, process, started_at, finished_at,"
            " duration_s, error) VALUES (:job, :scheduled_for, :process, :started_at,"
            " clock_timestamp(), :duration_s, :error)"
            " ON CONFLICT (job, scheduled_for) DO UPDATE SET finished_at = excluded.finished_at,"
            " duration_s = excluded.duration_s, error = excluded.error"
        ),
        {
            "job": job,
            "scheduled_for": scheduled_for,
            "process": process,
            "started_at": started_at,
            "duration_s": duration_s,
            "error": error[:2000],
        },
    )


async def forget_old(uow: UnitOfWork, *, older_than: datetime) -> None:
    """Drop job runs and dead processes of the past."""
    await uow.session.execute(
        text("DELETE FROM job_runs WHERE started_at < :before"), {"before": older_than}
    )
    await uow.session.execute(
        text("DELETE FROM heartbeats WHERE beat_at < :before"), {"before": older_than}
    )

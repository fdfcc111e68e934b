"""How the machinery does: daemons, leases, jobs, backlogs, readiness, the market clock."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import text

from patriot_app.core.clock import SystemClock
from patriot_app.core.db.market_time import market_now
from patriot_app.core.domain.conditions import Condition
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.queries import desk
from patriot_app.core.queries.overview import Beat
from patriot_app.core.queries.reader import desk_reading
from patriot_app.core.queries.tables import build

_BEATS = text(
    "SELECT process, role, version, started_at, beat_at, extract(epoch FROM now() - beat_at)"
    " FROM heartbeats ORDER BY role, process LIMIT 50"
)
_LEASES = text(
    "SELECT owner, count(*), min(expires_at), max(epoch),"
    " count(*) FILTER (WHERE expires_at < now()) FROM shard_leases WHERE owner <> ''"
    " GROUP BY owner ORDER BY owner"
)
_JOBS = text(
    """
    SELECT newest.job, newest.scheduled_for, newest.started_at, newest.finished_at,
           newest.duration_s, newest.error, failed.failures
      FROM (SELECT DISTINCT job FROM job_runs) AS known
      JOIN LATERAL (SELECT * FROM job_runs AS r WHERE r.job = known.job
                     ORDER BY r.scheduled_for DESC LIMIT 1) AS newest ON true
      JOIN LATERAL (SELECT count(*) AS failures FROM job_runs AS r
                     WHERE r.job = known.job AND r.error <> ''
                       AND r.started_at > now() - interval '1 day') AS failed ON true
     ORDER BY newest.job
    """
)
_BACKLOG = text(
    """
    SELECT (SELECT count(*) FROM commands WHERE status IN ('pending', 'claimed')) AS commands,
           (SELECT min(created_at) FROM commands WHERE status = 'pending') AS oldest_command_at,
           (SELECT count(*) FROM fan_outs WHERE state IN ('pending', 'planned')) AS fan_outs,
           (SELECT count(*) FROM notifications WHERE sent_at IS NULL
             AND channel = 'email' AND given_up_at IS NULL) AS notifications,
           (SELECT count(*) FROM attempts WHERE state IN ('unknown', 'quarantined')) AS unknown,
           (SELECT count(*) FROM attempts WHERE state IN
             ('created','sending','unknown','quarantined','open','partially_filled')) AS live
    """
)
_READINESS = text(
    """
    SELECT count(*) AS accounts,
           count(*) FILTER (WHERE coalesce(s.is_ready, false)) AS ready,
           count(*) FILTER (WHERE s.parked_reason <> '') AS parked,
           max(extract(epoch FROM now() - s.observed_at))
             FILTER (WHERE s.is_ready) AS oldest_figure_s,
           max(extract(epoch FROM now() - s.stream_at)) FILTER (WHERE s.is_ready) AS oldest_stream_s
      FROM accounts AS a LEFT JOIN account_states AS s ON s.account_id = a.id
     WHERE a.status <> 'disabled' AND EXISTS (SELECT 1 FROM credentials AS c
           WHERE c.account_id = a.id AND c.status IN ('submitted', 'waiting', 'verified', 'quarantined'))
    """
)
_WAITING = text(
    "SELECT s.not_ready_reason, count(*) FROM account_states AS s"
    " WHERE NOT s.is_ready AND s.not_ready_reason <> '' GROUP BY 1 ORDER BY 2 DESC LIMIT 10"
)
_CLOCK = text("SELECT speed, is_paused, is_finished FROM market_clock")
_CANDLE = text(
    "SELECT max(opened_at) + interval '1 minute' FROM candles WHERE opened_at >"
    " CAST(:since AS timestamptz) - interval '1 day'"
)
_PRICE = text("SELECT extract(epoch FROM now() - max(observed_at)) FROM last_prices")
_DATABASE = text(
    "SELECT pg_database_size(current_database()), (SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database())"
)


@dataclass(frozen=True, slots=True)
class LeaseOwner:
    """A daemon and the shards it owns; `expired` of them it has lost."""

    owner: str
    shards: int
    expires_at: datetime
    epoch: int
    expired: int


@dataclass(frozen=True, slots=True)
class JobState:
    """The newest run of a job and how many of the last day's runs failed."""

    job: str
    scheduled_for: datetime
    started_at: datetime
    finished_at: datetime | None
    duration_s: float | None
    error: str
    failures_of_day: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits to be done."""

    commands: int
    oldest_command_at: datetime | None
    fan_outs: int
    notifications: int
    unknown_orders: int
    live_orders: int


@dataclass(frozen=True, slots=True)
class Readiness:
    """How many accounts with a key have finished recovery; ages in seconds."""

    accounts: int
    ready: int
    parked: int
    oldest_figure_s: Decimal | None
    oldest_stream_s: Decimal | None
    waiting: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class MarketTime:
    """The market clock; `candle_lag_s` is how far the newest closed candle lies behind it."""

    now: datetime
    speed: float
    is_paused: bool
    is_finished: bool
    candle_lag_s: Decimal | None
    price_age_s: Decimal | None


@dataclass(frozen=True, slots=True)
class SystemView:
    """The System page."""

    beats: tuple[Beat, ...]
    leases: tuple[LeaseOwner, ...]
    jobs: tuple[JobState, ...]
    backlog: Backlog
    readiness: Readiness
    market: MarketTime
    database_bytes: int
    database_connections: int
    condition: Condition


async def get(actor: Actor) -> SystemView:
    """Return how the machinery does now."""
    found = await desk.condition()
    async with desk_reading(actor) as session:
        beats = tuple(Beat(*row) for row in await session.execute(_BEATS))
        leases = tuple(LeaseOwner(*row) for row in await session.execute(_LEASES))
        jobs = tuple(JobState(*row) for row in await session.execute(_JOBS))
        backlog = Backlog(*(await session.execute(_BACKLOG)).one())
        ready = (await session.execute(_READINESS)).one()
        waiting = tuple((str(row[0]), int(row[1])) for row in await session.execute(_WAITING))
        moment = await market_now(session, wall=SystemClock().now())
        clock = (await session.execute(_CLOCK)).one_or_none()
        candle = (await session.execute(_CANDLE, {"since": moment})).scalar_one()
        price_age = (await session.execute(_PRICE)).scalar_one()
        size, connections = (await session.execute(_DATABASE)).one()
    lag = None if candle is None else Decimal(str((moment - candle).total_seconds()))
    return SystemView(
        beats=beats,
        leases=leases,
        jobs=jobs,
        backlog=backlog,
        readiness=build(Readiness, ready, waiting=waiting),
        market=MarketTime(
            now=moment,
            speed=1.0 if clock is None else clock.speed,
            is_paused=clock is not None and clock.is_paused,
            is_finished=clock is not None and clock.is_finished,
            candle_lag_s=lag,
            price_age_s=price_age,
        ),
        database_bytes=size,
        database_connections=connections,
        condition=found,
    )

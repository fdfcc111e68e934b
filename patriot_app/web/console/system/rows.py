"""Daemons, shards, jobs, backlog, warm-up and commands, all text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from patriot_app.core.domain.conditions import Cause, Why
from patriot_app.core.queries.command_log import CommandLine
from patriot_app.core.queries.overview import Beat
from patriot_app.core.queries.system import JobState, LeaseOwner, Readiness, SystemView
from patriot_app.web import format
from patriot_app.web.format import Figure, Moment
from patriot_app.web.kit import Share
from patriot_app.web.parts.machinery import BEAT_LATE_S, market_hint, ready_hint
from patriot_app.web.theme import Tone

LIFE: dict[str, tuple[Tone, str]] = {
    "running": ("positive", "Running"),
    "late": ("danger", "Silent"),
}
RUNS: dict[str, tuple[Tone, str]] = {
    "ok": ("positive", "Done"),
    "failed": ("danger", "Failed"),
    "running": ("info", "Running"),
}
COMMANDS: dict[str, tuple[Tone, str]] = {
    "pending": ("info", "Waiting"),
    "claimed": ("accent", "Running"),
    "succeeded": ("positive", "Done"),
    "failed": ("danger", "Failed"),
    "expired": ("warning", "Expired"),
}
TRADING: dict[str, tuple[Tone, str]] = {
    "trading": ("positive", "Trading"),
    "degraded": ("warning", "Degraded"),
    "not trading": ("danger", "Not trading"),
}
RUNBOOKS: dict[Cause, str] = {
    Cause.DATABASE_SILENT: "database-down.md",
    Cause.KILL_FILE: "kill-switch.md",
    Cause.DESK_STOPPED: "kill-switch.md",
    Cause.NO_ACCOUNTS: "trader-without-accounts.md",
    Cause.RECOVERING: "recovering.md",
    Cause.COLD_MODE: "cold-mode.md",
    Cause.EXCHANGE_DOWN: "exchange-down.md",
    Cause.EXCHANGE_FORBIDS: "exchange-unreachable.md",
    Cause.MAINTENANCE: "exchange-maintenance.md",
    Cause.CLOCK_IN_DOUBT: "clock-in-doubt.md",
    Cause.STREAMS_DOWN: "streams-down.md",
    Cause.CONNECTIONS_TAKEN: "connections-taken.md",
    Cause.NO_TRADER: "trader-without-accounts.md",
}
"""In docs/runbooks."""
PRICES_OLD_S, STREAM_OLD_S, FIGURES_OLD_S = 10, 60, 30
DETAIL_LENGTH = 90
_MEGABYTE = 1_048_576


@dataclass(frozen=True, slots=True)
class Vitals:
    """The figures at the top of the page."""

    ready: Figure = field(default_factory=Figure)
    ready_hint: str = ""
    commands: Figure = field(default_factory=Figure)
    commands_hint: str = ""
    fan_outs: str = ""
    orders: str = ""
    unknown: Figure = field(default_factory=Figure)
    market: str = ""
    market_hint: str = ""
    candles: str = ""
    prices: Figure = field(default_factory=Figure)
    figures: Figure = field(default_factory=Figure)
    streams: Figure = field(default_factory=Figure)
    notifications: str = ""
    database: str = ""
    database_hint: str = ""
    warming: list[Share] = field(default_factory=list)
    warming_text: str = ""


@dataclass(frozen=True, slots=True)
class DaemonRow:
    """One process and the shards it owns."""

    id: str
    role: str
    version: str
    life: str
    beat: str
    shards: str
    lease: str
    up: Moment


@dataclass(frozen=True, slots=True)
class JobRow:
    """One line of the timetable with its newest run."""

    id: str
    state: str
    took: str
    failures: Figure
    error: str
    at: Moment


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """What accounts that may not trade yet wait for."""

    id: str
    accounts: str


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """One reason why the desk does not trade as it should."""

    id: str
    text: str
    runbook: str
    since: Moment


@dataclass(frozen=True, slots=True)
class CommandRow:
    """One act that was asked of the daemon."""

    id: str
    title: str
    detail: str
    by: str
    status: str
    answer: str
    took: str
    at: Moment


def vitals(view: SystemView, *, now: datetime) -> Vitals:
    """Show how everything does."""
    backlog, readiness, market = view.backlog, view.readiness, view.market
    oldest = format.moment(backlog.oldest_command_at, now=now).ago
    return Vitals(
        ready=Figure(
            text=f"{format.count(readiness.ready)} / {format.count(readiness.accounts)}",
            tone="neutral" if readiness.ready == readiness.accounts else "warning",
        ),
        ready_hint=ready_hint(readiness),
        commands=Figure(
            text=format.count(backlog.commands), tone="warning" if backlog.commands else "neutral"
        ),
        commands_hint=f"oldest {oldest}" if backlog.oldest_command_at else "none waits",
        fan_outs=format.count(backlog.fan_outs),
        orders=format.count(backlog.live_orders),
        unknown=Figure(
            text=format.count(backlog.unknown_orders),
            tone="negative" if backlog.unknown_orders else "positive",
        ),
        market=f"{market.now:%d %b %H:%M}",
        market_hint=market_hint(market),
        candles=age_figure(market.candle_lag_s).text,
        prices=age_figure(market.price_age_s, old_s=PRICES_OLD_S),
        figures=age_figure(readiness.oldest_figure_s, old_s=FIGURES_OLD_S),
        streams=age_figure(readiness.oldest_stream_s, old_s=STREAM_OLD_S),
        notifications=format.count(backlog.notifications),
        database=f"{view.database_bytes // _MEGABYTE:,} MB",
        database_hint=format.plural(view.database_connections, "connection"),
        warming=warming(readiness),
        warming_text=f"{ready_hint(readiness)}; {format.count(readiness.ready)} of "
        f"{format.count(readiness.accounts)} ready",
    )


def warming(readiness: Readiness) -> list[Share]:
    """Return the bar of the warm-up."""
    if not readiness.accounts:
        return []
    share = readiness.ready * 100 / readiness.accounts
    return [Share(f"{share:.2f}%", "positive"), Share(f"{100 - share:.2f}%", "warning")]


def age_figure(seconds: Decimal | None, *, old_s: float | None = None) -> Figure:
    """Show an age; beyond `old_s` it is marked."""
    if seconds is None:
        return Figure()
    text = format.relative(max(0.0, float(seconds))).removesuffix(" ago")
    is_old = old_s is not None and seconds > old_s
    return Figure(text="0 s" if text == "now" else text, tone="negative" if is_old else "neutral")


def reason_row(why: Why, *, now: datetime) -> ReasonRow:
    """Show one reason and where it says what to do."""
    return ReasonRow(
        id=f"{why.cause}:{why.text}",
        text=why.text,
        runbook=RUNBOOKS[why.cause],
        since=format.moment(why.since, now=now),
    )


def daemon_row(beat: Beat, leases: tuple[LeaseOwner, ...], *, now: datetime) -> DaemonRow:
    """Show one daemon."""
    lease = next((item for item in leases if item.owner == beat.process), None)
    return DaemonRow(
        id=beat.process,
        role=format.label(beat.role),
        version=beat.version or format.EMPTY,
        life="late" if beat.age_s > BEAT_LATE_S else "running",
        beat=format.relative(float(beat.age_s)),
        shards=format.count(lease.shards) if lease else "0",
        lease=_lease_text(lease, now=now),
        up=format.moment(beat.started_at, now=now),
    )


def job_row(job: JobState, *, now: datetime) -> JobRow:
    """Show one job."""
    state = "failed" if job.error else "ok" if job.finished_at is not None else "running"
    seconds = job.duration_s
    return JobRow(
        id=format.label(job.job),
        state=state,
        took=format.milliseconds(None if seconds is None else seconds * 1000),
        failures=Figure(
            text=format.count(job.failures_of_day),
            tone="negative" if job.failures_of_day else "neutral",
        ),
        error=_short(job.error),
        at=format.moment(job.started_at, now=now),
    )


def command_row(command: CommandLine, *, now: datetime) -> CommandRow:
    """Show one command."""
    ended = command.completed_at
    took = None if ended is None else (ended - command.created_at).total_seconds() * 1000
    reason = str(command.payload.get("reason", ""))
    return CommandRow(
        id=str(command.id),
        title=_words(command.type),
        detail=_short(" · ".join(part for part in (_subject(command.payload), reason) if part)),
        by=f"{command.issued_by or 'Daemon'} · {command.surface}",
        status=command.status.value,
        answer=_short(command.error) or (command.claimed_by and f"by {command.claimed_by}"),
        took=format.milliseconds(took),
        at=format.moment(command.created_at, now=now),
    )


def _lease_text(lease: LeaseOwner | None, *, now: datetime) -> str:
    if lease is None:
        return format.EMPTY
    if lease.expired:
        return f"{format.count(lease.expired)} expired"
    return f"runs out {format.relative((now - lease.expires_at).total_seconds())}"


def _subject(payload: Mapping[str, Any]) -> str:
    """Return what a command is about: its scope, symbol or the tail of its id."""
    scope, scope_id = payload.get("scope"), payload.get("scope_id")
    if scope:
        return f"{scope} {format.short_id(scope_id) if scope_id else ''}".strip()
    named = [str(payload[name]) for name in ("symbol", "action", "exchange") if payload.get(name)]
    ids = [format.short_id(payload[name]) for name in payload if name.endswith("_id")]
    return " ".join([*named, *ids[:1]])


def _words(name: str) -> str:
    return format.label(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name))


def _short(text: str) -> str:
    return text if len(text) <= DETAIL_LENGTH else f"{text[: DETAIL_LENGTH - 1]}…"

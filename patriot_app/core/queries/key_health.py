"""The health of all keys: state, rights, age, end, last check, and what is locked down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.lockdowns import LockdownRule
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.reader import desk_reading, reading
from patriot_app.core.queries.tables import Table, fetch

_KEY = (
    "LATERAL (SELECT c.id, c.status, c.masked_key, c.created_at, c.checked_at, c.expires_at,"
    " c.permissions, c.findings, c.last_error, c.next_try_at FROM credentials AS c"
    " WHERE c.account_id = a.id ORDER BY CASE c.status WHEN 'verified' THEN 0"
    " WHEN 'quarantined' THEN 0 WHEN 'waiting' THEN 1 WHEN 'submitted' THEN 1 ELSE 2 END,"
    " c.created_at DESC LIMIT 1)"
)
_SOURCE = (
    "accounts AS a JOIN users AS u ON u.id = a.client_id"
    f" LEFT JOIN {_KEY} AS k ON true"
    " LEFT JOIN lockdowns AS l ON l.account_id = a.id AND l.state = 'open'"
)
_TABLE = Table(
    columns="a.id, a.label, u.name, a.exchange, a.mode, k.id, coalesce(k.status, 'none'),"
    " coalesce(k.masked_key, ''), k.created_at, k.checked_at, k.expires_at, k.permissions,"
    " k.findings, coalesce(k.last_error, ''), k.next_try_at, l.id, coalesce(l.rule, '')",
    source=_SOURCE,
    sorts={
        "account": "a.label",
        "exchange": "a.exchange",
        "state": "k.status",
        "age": "k.created_at",
        "expires_at": "k.expires_at",
        "checked_at": "k.checked_at",
    },
    filters={
        "exchange": "a.exchange = :exchange",
        "mode": "a.mode = :mode",
        "state": "coalesce(k.status, 'none') = :state",
        "issue": "k.findings @> jsonb_build_array(jsonb_build_object('issue', CAST(:issue AS text)))",
        "locked": "(l.id IS NOT NULL) = (:locked = 'yes')",
        "age_over": "k.created_at < now() - make_interval(days => CASE"
        " WHEN :age_over ~ '^[0-9]{1,4}$' THEN CAST(:age_over AS integer) ELSE 0 END)",
        "bound": "coalesce((k.permissions ->> 'is_ip_bound')::boolean, false) = (:bound = 'yes')",
    },
    search="a.label ILIKE :pattern OR u.name ILIKE :pattern OR k.masked_key ILIKE :pattern"
    " OR a.id::text = :search",
    default="CASE WHEN l.id IS NOT NULL THEN 0 ELSE CASE k.status WHEN 'quarantined' THEN 1"
    " WHEN 'rejected' THEN 2 WHEN 'waiting' THEN 3 WHEN 'verified' THEN 5 ELSE 4 END END,"
    " k.expires_at NULLS LAST, a.label, a.id",
    always="a.status <> 'disabled'",
)
_COUNTS = text(
    f"""
    SELECT count(*) AS accounts,
           count(*) FILTER (WHERE k.status = 'verified') AS verified,
           count(*) FILTER (WHERE k.status IN ('submitted', 'waiting')) AS waiting,
           count(*) FILTER (WHERE k.status = 'quarantined') AS quarantined,
           count(l.id) AS locked_down,
           count(*) FILTER (WHERE k.status = 'verified'
                              AND k.expires_at < now() + interval '14 days') AS ending,
           count(*) FILTER (WHERE k.status = 'verified'
                              AND NOT coalesce((k.permissions ->> 'is_ip_bound')::boolean, false))
             AS unbound,
           count(*) FILTER (WHERE k.id IS NULL OR k.status IN ('rejected', 'revoked')) AS without
      FROM {_SOURCE} WHERE a.status <> 'disabled'
    """  # noqa: S608
)
_CHECKS = text(
    "SELECT outcome, findings, first_at, last_at, times FROM key_checks"
    " WHERE account_id = :id ORDER BY last_at DESC LIMIT 50"
)
_LOCKDOWNS = text(
    "SELECT l.id, l.rule, l.facts, l.state, l.opened_at, l.closed_at, coalesce(u.name, '') AS by,"
    " l.resolution FROM lockdowns AS l LEFT JOIN users AS u ON u.id = l.closed_by"
    " WHERE l.account_id = :id ORDER BY l.opened_at DESC LIMIT 20"
)
_OPEN = text("SELECT account_id, rule FROM lockdowns WHERE state = 'open'")
_NOTES = text(
    "SELECT n.created_at, coalesce(u.name, '') AS by, n.note FROM lockdown_notes AS n"
    " JOIN lockdowns AS l ON l.id = n.lockdown_id LEFT JOIN users AS u ON u.id = n.written_by"
    " WHERE l.account_id = :id ORDER BY n.created_at DESC LIMIT 50"
)
_ASKED = text("SELECT id, status, result, error FROM commands WHERE id = ANY(:ids)")


@dataclass(frozen=True, slots=True)
class KeyHealth:
    """One account with the key that counts; `key_status` is "none" without one.

    Attributes:
        permissions, findings: by the names of KeyPermissions and KeyFinding.
        lockdown_rule: "" while it is not locked down.
    """

    id: UUID
    label: str
    client: str
    exchange: str
    mode: str
    key_id: UUID | None
    key_status: str
    masked_key: str
    connected_at: datetime | None
    checked_at: datetime | None
    expires_at: datetime | None
    permissions: Mapping[str, Any] | None
    findings: Sequence[Mapping[str, str]] | None
    last_error: str
    next_try_at: datetime | None
    lockdown_id: UUID | None
    lockdown_rule: str


@dataclass(frozen=True, slots=True)
class KeyCounts:
    """How many accounts there are of each sort."""

    accounts: int
    verified: int
    waiting: int
    quarantined: int
    locked_down: int
    ending: int
    unbound: int
    without: int


@dataclass(frozen=True, slots=True)
class CheckView:
    """Looks that came to the same, one after the other."""

    outcome: str
    findings: Sequence[Mapping[str, str]]
    first_at: datetime
    last_at: datetime
    times: int


@dataclass(frozen=True, slots=True)
class LockdownView:
    id: UUID
    rule: str
    facts: str
    state: str
    opened_at: datetime
    closed_at: datetime | None
    closed_by: str
    resolution: str


@dataclass(frozen=True, slots=True)
class NoteView:
    at: datetime
    by: str
    note: str


@dataclass(frozen=True, slots=True)
class KeyHistory:
    """What happened to an account's keys, newest first."""

    checks: tuple[CheckView, ...]
    lockdowns: tuple[LockdownView, ...]
    notes: tuple[NoteView, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of a check that somebody asked for."""

    status: str
    result: Mapping[str, Any]
    error: str


async def locked_down(actor: Actor) -> dict[UUID, LockdownRule]:
    """Return why accounts are locked down, of those that the actor may see."""
    async with reading(actor) as session:
        rows = (await session.execute(_OPEN)).all()
    return {row.account_id: LockdownRule(row.rule) for row in rows}


async def page(actor: Actor, request: PageRequest) -> Page[KeyHealth]:
    """Return one page of keys, the troubled ones first.

    Filters: exchange, mode, state (a key status or "none"), issue (a KeyIssue), age_over (days),
    locked and bound ("yes" or "no"). Search: account, client, shown part of the key, id.
    """
    async with desk_reading(actor) as session:
        rows, total = await fetch(session, _TABLE, request)
    items = tuple(KeyHealth(*row) for row in rows)
    return Page(items=items, total=total, page=request.page, size=request.limit)


async def counts(actor: Actor) -> KeyCounts:
    """Count the accounts that are not disabled."""
    async with desk_reading(actor) as session:
        return KeyCounts(*(await session.execute(_COUNTS)).one())


async def history(actor: Actor, account_id: UUID) -> KeyHistory:
    """Return the looks, lockdowns and notes of an account."""
    bound = {"id": account_id}
    async with desk_reading(actor) as session:
        checks = (await session.execute(_CHECKS, bound)).all()
        lockdowns = (await session.execute(_LOCKDOWNS, bound)).all()
        notes = (await session.execute(_NOTES, bound)).all()
    return KeyHistory(
        checks=tuple(CheckView(*row) for row in checks),
        lockdowns=tuple(LockdownView(*row) for row in lockdowns),
        notes=tuple(NoteView(*row) for row in notes),
    )


async def asked(actor: Actor, command_ids: Sequence[UUID]) -> dict[UUID, Asked]:
    """Return what became of checks that were asked for."""
    async with desk_reading(actor) as session:
        rows = await session.execute(_ASKED, {"ids": list(command_ids)})
        return {row.id: Asked(row.status, row.result or {}, row.error) for row in rows}

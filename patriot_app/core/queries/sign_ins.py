"""Who came in, who was refused, who is here now, and which programs may come in."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.clock import Clock, SystemClock
from patriot_app.core.domain.devices import device_name
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.reader import desk_reading
from patriot_app.core.queries.tables import Table, fetch

DAYS = 14
_LIVE = (
    "s.ended_at IS NULL AND s.expires_at > now()"
    " AND s.last_seen_at + make_interval(secs => s.idle_seconds) >= now()"
)
_GOOD_KEY = "k.revoked_at IS NULL AND k.expires_at > now()"
_TRIES = Table(
    columns="e.id, e.recorded_at, e.type = 'SignedIn', u.name, e.payload->>'ip',"
    " e.payload->>'user_agent', e.payload->>'reason'",
    source="events AS e LEFT JOIN users AS u ON u.id = e.subject_id",
    sorts={"recorded_at": "e.recorded_at", "name": "u.name", "ip": "e.payload->>'ip'"},
    filters={
        "outcome": "e.type = CASE :outcome WHEN 'in' THEN 'SignedIn' ELSE 'SignInFailed' END",
        "within": "e.recorded_at > now() - CASE :within WHEN 'hour' THEN interval '1 hour'"
        " WHEN 'day' THEN interval '1 day' ELSE interval '7 days' END",
    },
    search="u.name ILIKE :pattern OR e.payload->>'ip' ILIKE :pattern",
    default="e.recorded_at DESC, e.id DESC",
    newest="recorded_at",
    always="e.type IN ('SignedIn', 'SignInFailed')",
)
_SESSIONS = Table(
    columns="s.id, s.user_id, u.name, u.roles, s.ip, s.user_agent, s.created_at, s.last_seen_at,"
    " s.expires_at",
    source="sessions AS s JOIN users AS u ON u.id = s.user_id",
    sorts={"name": "u.name", "last_seen_at": "s.last_seen_at", "created_at": "s.created_at"},
    filters={
        "who": "('customer' = ANY(u.roles)) = (:who = 'customers')",
    },
    search="u.name ILIKE :pattern OR s.ip ILIKE :pattern",
    default="s.last_seen_at DESC, s.id",
    always=_LIVE,
)
_KEYS = Table(
    columns="k.id, u.name, k.name, k.prefix, k.scopes, k.addresses, k.per_minute, k.created_at,"
    " k.expires_at, k.last_used_at, k.last_used_ip, k.revoked_at",
    source="api_keys AS k JOIN users AS u ON u.id = k.user_id",
    sorts={
        "person": "u.name",
        "last_used_at": "k.last_used_at",
        "expires_at": "k.expires_at",
        "created_at": "k.created_at",
    },
    filters={"state": f"({_GOOD_KEY}) = (:state = 'good')"},
    search="u.name ILIKE :pattern OR k.name ILIKE :pattern OR k.prefix ILIKE :pattern",
    default="k.created_at DESC, k.id",
)
_SUMMARY = text(
    "SELECT (SELECT count(*) FROM sessions AS s"  # noqa: S608 - constants of this module
    f" WHERE {_LIVE}) AS sessions,"
    f" (SELECT count(DISTINCT s.user_id) FROM sessions AS s WHERE {_LIVE}) AS people,"
    f" (SELECT count(*) FROM api_keys AS k WHERE {_GOOD_KEY}) AS keys,"
    " count(*) FILTER (WHERE e.type = 'SignedIn' AND e.recorded_at > :hour_ago) AS in_hour,"
    " count(*) FILTER (WHERE e.type = 'SignedIn') AS in_day,"
    " count(*) FILTER (WHERE e.type = 'SignInFailed' AND e.recorded_at > :hour_ago)"
    " AS failed_hour,"
    " count(*) FILTER (WHERE e.type = 'SignInFailed') AS failed_day"
    " FROM events AS e WHERE e.type IN ('SignedIn', 'SignInFailed') AND e.recorded_at > :day_ago"
)
_BY_DAY = text(
    "SELECT (e.recorded_at AT TIME ZONE 'UTC')::date AS day,"
    " count(*) FILTER (WHERE e.type = 'SignedIn') AS signed_in,"
    " count(*) FILTER (WHERE e.type = 'SignInFailed') AS failed FROM events AS e"
    " WHERE e.type IN ('SignedIn', 'SignInFailed') AND e.recorded_at > :since"
    " GROUP BY 1 ORDER BY 1 DESC"
)
_REFUSED = text(
    "SELECT e.payload->>'ip' AS ip, count(*) AS failures, max(e.recorded_at) AS newest"
    " FROM events AS e WHERE e.type = 'SignInFailed' AND e.recorded_at > :since"
    " GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10"
)


@dataclass(frozen=True, slots=True)
class SignInTry:
    """One time that somebody came in or was refused; `name` is None where nobody is known."""

    id: UUID
    at: datetime
    succeeded: bool
    name: str | None
    ip: str | None
    user_agent: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class SessionOfPerson:
    """One signed-in browser of somebody."""

    id: UUID
    user_id: UUID
    name: str
    roles: list[str]
    ip: str
    user_agent: str
    started_at: datetime
    last_seen_at: datetime
    expires_at: datetime

    @property
    def device(self) -> str:
        return device_name(self.user_agent)


@dataclass(frozen=True, slots=True)
class KeyOfPerson:
    """One API key of somebody, without its secret."""

    id: UUID
    person: str
    name: str
    prefix: str
    scopes: list[str]
    addresses: str
    per_minute: int
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    last_used_ip: str
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class SignInSummary:
    """How many are here and came lately; hours and days end now."""

    sessions: int
    people: int
    keys: int
    in_hour: int
    in_day: int
    failed_hour: int
    failed_day: int


@dataclass(frozen=True, slots=True)
class SignInDay:
    """One day of UTC."""

    day: date
    signed_in: int
    failed: int


@dataclass(frozen=True, slots=True)
class RefusedAddress:
    """Where failures of the last day came from."""

    ip: str | None
    failures: int
    newest: datetime


async def tries(actor: Actor, request: PageRequest) -> Page[SignInTry]:
    """Return one page of sign-ins and refusals, newest first.

    Filters: outcome ("in" or "refused"), within ("hour", "day" or "week"). Search: name, address.
    """
    async with desk_reading(actor) as session:
        rows, total = await fetch(session, _TRIES, request)
    items = tuple(SignInTry(*row) for row in rows)
    return Page(items=items, total=total, page=request.page, size=request.limit)


async def sessions(actor: Actor, request: PageRequest) -> Page[SessionOfPerson]:
    """Return one page of the browsers in which people are signed in.

    Filters: who ("staff" or "customers"). Search: name, address.
    """
    async with desk_reading(actor) as session:
        rows, total = await fetch(session, _SESSIONS, request)
    items = tuple(SessionOfPerson(*row) for row in rows)
    return Page(items=items, total=total, page=request.page, size=request.limit)


async def keys(actor: Actor, request: PageRequest) -> Page[KeyOfPerson]:
    """Return one page of everybody's API keys.

    Filters: state ("good" or "over"). Search: person, name, prefix.
    """
    async with desk_reading(actor) as session:
        rows, total = await fetch(session, _KEYS, request)
    items = tuple(KeyOfPerson(*row) for row in rows)
    return Page(items=items, total=total, page=request.page, size=request.limit)


async def summary(actor: Actor, *, clock: Clock | None = None) -> SignInSummary:
    """Return the figures of the last hour and day."""
    now = (clock or SystemClock()).now()
    bound = {"hour_ago": now - timedelta(hours=1), "day_ago": now - timedelta(days=1)}
    async with desk_reading(actor) as session:
        return SignInSummary(*(await session.execute(_SUMMARY, bound)).one())


async def by_day(actor: Actor, *, clock: Clock | None = None) -> tuple[SignInDay, ...]:
    """Return the last fortnight by days of UTC, newest first; days without any are left out."""
    since = (clock or SystemClock()).now() - timedelta(days=DAYS)
    async with desk_reading(actor) as session:
        rows = await session.execute(_BY_DAY, {"since": since})
        return tuple(SignInDay(*row) for row in rows)


async def refused_addresses(
    actor: Actor, *, clock: Clock | None = None
) -> tuple[RefusedAddress, ...]:
    """Return the ten addresses with the most failures of the last day."""
    since = (clock or SystemClock()).now() - timedelta(days=1)
    async with desk_reading(actor) as session:
        rows = await session.execute(_REFUSED, {"since": since})
        return tuple(RefusedAddress(*row) for row in rows)

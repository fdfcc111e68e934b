"""What a person must decide: differences, orders in doubt, parked accounts; and what was decided."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.permissions import Actor
from patriot_app.core.errors import NotFound
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.reader import desk_reading
from patriot_app.core.queries.tables import Table, fetch

_ITEMS = """
    SELECT 'd' || d.id AS id, d.id AS subject_id, d.account_id, d.kind, d.subject, d.symbol,
           d.local, d.reported, d.cause, d.evidence, d.status, d.parks, d.found_at, d.seen_at,
           d.decision, coalesce(u.name, '') AS decided_by, d.reason, d.resolved_at
      FROM discrepancies AS d LEFT JOIN users AS u ON u.id = d.decided_by
    UNION ALL
    SELECT 'o' || t.id, t.intent_id, t.account_id, 'order_' || t.state, t.client_order_id, i.symbol,
           i.side || ' ' || coalesce(trim_scale(i.quantity)::text, 'all') || ' ' || i.symbol,
           'not known', '', t.evidence, 'open', t.state = 'quarantined', t.sending_at,
           t.sending_at, '', '', '', NULL
      FROM attempts AS t JOIN intents AS i ON i.id = t.intent_id
     WHERE t.state = 'quarantined'
        OR (t.state = 'unknown' AND t.sending_at < now() - interval '1 minute')
    UNION ALL
    SELECT 'a' || s.account_id, s.account_id, s.account_id, 'parked', '', '', s.parked_reason, '',
           '', 'It opens nothing until somebody lets it', 'open', true, s.synced_at, s.synced_at,
           '', '', '', NULL
      FROM account_states AS s
     WHERE s.parked_reason <> '' AND NOT EXISTS (SELECT 1 FROM discrepancies AS d
            WHERE d.account_id = s.account_id AND d.status = 'open' AND d.parks)
"""
_RANK = (
    "array_position(ARRAY['open', 'explained', 'adopted', 'ignored', 'cleared'], x.status::text)"
)
_COLUMNS = (
    "x.id, x.subject_id, x.account_id, a.label, u.name, a.exchange, a.mode, x.kind, x.subject,"
    " x.symbol, x.local, x.reported, x.cause, x.evidence, x.status, x.parks, x.found_at,"
    " x.seen_at, x.decision, x.decided_by, x.reason, x.resolved_at"
)
_SOURCE = f"({_ITEMS}) AS x JOIN accounts AS a ON a.id = x.account_id JOIN users AS u ON u.id = a.client_id"
_TABLE = Table(
    columns=_COLUMNS,
    source=_SOURCE,
    sorts={
        "status": _RANK,
        "kind": "x.kind",
        "account": "a.label",
        "client": "u.name",
        "found_at": "x.found_at",
    },
    filters={
        "status": "x.status = :status",
        "kind": "x.kind = :kind",
        "exchange": "a.exchange = :exchange",
        "account_id": "x.account_id = :account_id",
    },
    search=(
        "a.label ILIKE :pattern OR u.name ILIKE :pattern OR x.subject ILIKE :pattern"
        " OR x.local ILIKE :pattern"
    ),
    default=f"{_RANK}, x.parks DESC, x.found_at DESC NULLS LAST, x.id",
)
_ONE = text(f"SELECT {_COLUMNS} FROM {_SOURCE} WHERE x.id = :id")  # noqa: S608
_COUNT = text(f"SELECT count(*) FROM ({_ITEMS}) AS x WHERE x.status = 'open'")  # noqa: S608
_RUNS = text(
    """
    SELECT r.id, r.kind, r.state, coalesce(u.name, 'the daemon'), r.started_at, r.finished_at,
           r.report, r.error
      FROM sync_runs AS r LEFT JOIN users AS u ON u.id = r.requested_by
     WHERE r.account_id = :account_id ORDER BY r.started_at DESC LIMIT :count
    """
)
_COLD = text(
    "SELECT c.reason, c.entered_at, (SELECT count(*) FROM account_states AS s JOIN accounts AS a"
    " ON a.id = s.account_id WHERE a.status <> 'disabled'"
    " AND (s.proved_at IS NULL OR s.proved_at < c.entered_at))"
    " FROM cold_modes AS c WHERE c.left_at IS NULL"
)
_WAITING = text(
    """
    SELECT c.id, c.payload ->> 'kind', c.status, coalesce(u.name, 'the daemon'), c.created_at,
           c.completed_at, '{}'::jsonb, c.error
      FROM commands AS c LEFT JOIN users AS u ON u.id = c.issued_by
     WHERE c.type = 'SyncAccount' AND c.payload ->> 'account_id' = :account_id
       AND c.created_at > now() - interval '1 hour'
       AND NOT EXISTS (SELECT 1 FROM sync_runs AS r WHERE r.id = c.id)
     ORDER BY c.created_at DESC LIMIT 5
    """
)


@dataclass(frozen=True, slots=True)
class InboxItem:
    """Something that differs, with what speaks for it.

    Attributes:
        id: with a letter before it: d(ifference), o(rder), a(ccount).
        kind: of the difference; order_unknown, order_quarantined or parked beside them.
        local, reported: what our books say and what the exchange shows.
        status: open, explained, adopted, ignored or cleared.
    """

    id: str
    subject_id: UUID
    account_id: UUID
    account: str
    client: str
    exchange: str
    mode: str
    kind: str
    subject: str
    symbol: str
    local: str
    reported: str
    cause: str
    evidence: str
    status: str
    parks: bool
    found_at: datetime | None
    seen_at: datetime | None
    decision: str
    decided_by: str
    reason: str
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True)
class ColdView:
    """Cold mode as it is now.

    Attributes:
        unproved: accounts that were not read completely since.
    """

    reason: str
    entered_at: datetime
    unproved: int


@dataclass(frozen=True, slots=True)
class SyncRunView:
    """One reading of an account that somebody asked for.

    Attributes:
        state: pending, claimed, running, succeeded, failed or expired.
        report: read, differed, changed, duration_s.
    """

    id: UUID
    kind: str
    state: str
    requested_by: str
    started_at: datetime
    finished_at: datetime | None
    report: dict[str, Any]
    error: str


async def page(actor: Actor, request: PageRequest) -> Page[InboxItem]:
    """Return one page of the inbox, what is open first.

    Filters: status, kind, exchange, account_id. Search: account, client, subject.
    """
    async with desk_reading(actor) as session:
        rows, total = await fetch(session, _TABLE, request)
    items = tuple(InboxItem(*row) for row in rows)
    return Page(items=items, total=total, page=request.page, size=request.limit)


async def get(actor: Actor, item_id: str) -> InboxItem:
    """Return one item of the inbox.

    Raises:
        NotFound: there is none.
    """
    async with desk_reading(actor) as session:
        row = (await session.execute(_ONE, {"id": item_id})).one_or_none()
    if row is None:
        raise NotFound("There is no such item; it may have been settled")
    return InboxItem(*row)


async def count_open(actor: Actor) -> int:
    """Return how many items wait for a person."""
    async with desk_reading(actor) as session:
        return int((await session.execute(_COUNT)).scalar_one())


async def cold_mode(actor: Actor) -> ColdView | None:
    """Return why the database is not believed now; None if it is."""
    async with desk_reading(actor) as session:
        row = (await session.execute(_COLD)).one_or_none()
    return None if row is None else ColdView(*row)


async def sync_runs(actor: Actor, account_id: UUID, *, count: int = 10) -> tuple[SyncRunView, ...]:
    """Return the readings of an account that somebody asked for, newest first."""
    async with desk_reading(actor) as session:
        waiting = await session.execute(_WAITING, {"account_id": str(account_id)})
        found = [SyncRunView(*row) for row in waiting]
        runs = await session.execute(_RUNS, {"account_id": account_id, "count": count})
        return (*found, *(SyncRunView(*row) for row in runs))

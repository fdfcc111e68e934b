"""The one inbox: whatever needs a person, worst first."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.permissions import Actor
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.reader import desk_reading
from patriot_app.core.queries.tables import Table, fetch

_FOUND = """
    SELECT 'unprotected' AS kind, 'critical' AS severity, p.account_id,
           p.symbol || ' has no live stop' AS title,
           'Wanted at ' || coalesce(trim_scale(p.wanted_stop)::text, 'a price not known') AS detail,
           p.unprotected_since AS since, NULL::uuid AS subject_id
      FROM positions AS p WHERE p.unprotected_since IS NOT NULL AND p.quantity <> 0
    UNION ALL
    SELECT 'parked', 'critical', s.account_id, 'The account is parked', s.parked_reason,
           s.synced_at, NULL FROM account_states AS s WHERE s.parked_reason <> ''
    UNION ALL
    SELECT 'cold', 'critical', NULL, 'The database is not believed', c.reason, c.entered_at, c.id
      FROM cold_modes AS c WHERE c.left_at IS NULL
    UNION ALL
    SELECT 'discrepancy', 'warning', d.account_id, d.symbol || ' ' || replace(d.kind, '_', ' '),
           'Ours ' || d.local || ', theirs ' || d.reported, d.found_at, d.id
      FROM discrepancies AS d WHERE d.status = 'open'
    UNION ALL
    SELECT 'unknown_order', 'critical', t.account_id,
           'Order ' || t.client_order_id || ' is ' || t.state, t.evidence, t.sending_at, t.id
      FROM attempts AS t WHERE t.state = 'quarantined'
        OR (t.state = 'unknown' AND t.sending_at < now() - interval '1 minute')
    UNION ALL
    SELECT 'difference', 'warning', p.account_id,
           p.symbol || ' differs from the exchange',
           'Ours ' || trim_scale(p.quantity)::text || ', theirs '
             || trim_scale(p.exchange_quantity)::text, p.updated_at, NULL
      FROM positions AS p WHERE p.exchange_quantity IS NOT NULL
       AND p.exchange_quantity <> p.quantity AND p.observed_at > p.updated_at
       AND p.updated_at < now() - interval '1 minute'
    UNION ALL
    SELECT 'key', CASE c.status WHEN 'quarantined' THEN 'critical' ELSE 'warning' END,
           c.account_id, 'The key is ' || c.status,
           coalesce((SELECT string_agg(why, '; ') FROM jsonb_array_elements_text(
             CASE jsonb_typeof(c.rejection) WHEN 'array' THEN c.rejection ELSE '[]'::jsonb END
           ) AS why), ''), coalesce(c.checked_at, c.created_at), c.id
      FROM credentials AS c
     WHERE c.status = 'quarantined' OR (c.status = 'rejected' AND NOT EXISTS (
           SELECT 1 FROM credentials AS newer WHERE newer.account_id = c.account_id
              AND newer.created_at > c.created_at))
    UNION ALL
    SELECT 'key', 'notice', c.account_id, 'The key expires soon',
           'On ' || to_char(c.expires_at, 'YYYY-MM-DD'), c.checked_at, c.id
      FROM credentials AS c WHERE c.status = 'verified'
       AND c.expires_at < now() + interval '14 days'
    UNION ALL
    SELECT 'sync', 'warning', s.account_id, 'The exchange cannot be read', s.sync_error,
           s.synced_at, NULL FROM account_states AS s WHERE s.sync_error <> ''
    UNION ALL
    SELECT 'ledger', 'warning', r.account_id, 'The ledger does not explain the wallet',
           'Difference ' || trim_scale(r.tie_out_difference)::text, r.tied_at, NULL
      FROM ledger_cursors AS r WHERE r.tie_out_difference <> 0
    UNION ALL
    SELECT 'ledger', 'warning', r.account_id, 'Rows of a type that nobody classified',
           string_agg(DISTINCT r.row_type, ', '), min(r.ingested_at), NULL
      FROM ledger_rows AS r WHERE r.classification = 'unknown' GROUP BY r.account_id
    UNION ALL
    SELECT 'command', 'warning', NULL, c.type || ' ' || c.status, c.error, c.completed_at, c.id
      FROM commands AS c WHERE c.status IN ('failed', 'expired')
       AND c.created_at > now() - interval '1 hour'
    UNION ALL
    SELECT 'job', 'warning', NULL, j.job || ' failed', j.error, j.started_at, NULL
      FROM job_runs AS j WHERE j.error <> '' AND j.started_at > now() - interval '1 hour'
"""
_RANK = "array_position(ARRAY['critical', 'warning', 'notice', 'info'], x.severity)"
_TABLE = Table(
    columns=(
        "x.kind, x.severity, x.account_id, coalesce(a.label, ''), coalesce(u.name, ''), x.title,"
        " x.detail, x.since, x.subject_id"
    ),
    source=(
        f"({_FOUND}) AS x LEFT JOIN accounts AS a ON a.id = x.account_id"
        " LEFT JOIN users AS u ON u.id = a.client_id"
    ),
    sorts={
        "severity": _RANK,
        "kind": "x.kind",
        "account": "a.label",
        "client": "u.name",
        "since": "x.since",
    },
    filters={
        "kind": "x.kind = :kind",
        "severity": "x.severity = :severity",
        "account_id": "x.account_id = :account_id",
    },
    search="x.title ILIKE :pattern OR x.detail ILIKE :pattern OR a.label ILIKE :pattern",
    default=f"{_RANK}, x.since, x.title, x.account_id",
)
_COUNT = text(
    f"SELECT count(*), count(*) FILTER (WHERE severity = 'critical') FROM ({_FOUND}) AS x"  # noqa: S608
)


@dataclass(frozen=True, slots=True)
class ExceptionView:
    """Something that needs a person.

    Attributes:
        kind: unprotected, parked, cold, discrepancy, unknown_order, difference, key, sync, ledger,
            command or job.
        subject_id: the order, key or command that it is about.
    """

    kind: str
    severity: str
    account_id: UUID | None
    account: str
    client: str
    title: str
    detail: str
    since: datetime | None
    subject_id: UUID | None


@dataclass(frozen=True, slots=True)
class ExceptionCount:
    """How full the inbox is."""

    total: int
    critical: int


async def page(actor: Actor, request: PageRequest) -> Page[ExceptionView]:
    """Return one page of the inbox, worst first.

    Filters: kind, severity, account_id. Search: title, detail, account.
    """
    async with desk_reading(actor) as session:
        rows, total = await fetch(session, _TABLE, request)
    items = tuple(ExceptionView(*row) for row in rows)
    return Page(items=items, total=total, page=request.page, size=request.limit)


async def count(actor: Actor) -> ExceptionCount:
    """Return how many things need a person."""
    async with desk_reading(actor) as session:
        return ExceptionCount(*(await session.execute(_COUNT)).one())

"""Closed months: what each came to or why it is held, and the statement it was closed with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.invoice_documents import Issuer
from patriot_app.core.domain.invoices import FeePeriodStatus
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.domain.statement_steps import FeeFigures
from patriot_app.core.errors import NotFound
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.reader import desk_reading, reading
from patriot_app.core.queries.tables import Table, build, fetch

# An invoice that was taken back no longer stands for its period.
_COLUMNS = (
    "p.id, p.mandate_id, m.name, m.client_id, u.name, m.currency, m.time_zone, p.starts_at,"
    " p.ends_at, p.status, p.status_reason, p.net_profit, p.high_water_mark_before, p.base, p.rate,"
    " p.fee, p.high_water_mark_after, p.is_billable, p.computed_at, p.finalised_at, i.id, i.number"
)
_SOURCE = (
    "fee_periods AS p JOIN mandates AS m ON m.id = p.mandate_id JOIN users AS u ON u.id = m.client_id"
    " LEFT JOIN invoices AS i ON i.fee_period_id = p.id AND i.status <> 'void'"
)
_MONTH = "to_char(p.ends_at AT TIME ZONE m.time_zone - interval '1 second', 'YYYY-MM')"
_TABLE = Table(
    columns=_COLUMNS,
    source=_SOURCE,
    sorts={"client": "u.name", "starts_at": "p.starts_at", "fee": "p.fee", "status": "p.status"},
    filters={
        "status": "p.status = :status",
        "month": f"{_MONTH} = :month",
        "client_id": "m.client_id = :client_id",
        "mandate_id": "p.mandate_id = :mandate_id",
        "kind": "p.is_billable = (:kind = 'billable')",
    },
    search="u.name ILIKE :pattern OR m.name ILIKE :pattern OR i.number ILIKE :pattern"
    " OR p.id::text = :search",
    default="p.ends_at DESC, u.name, p.id",
)
_ONE = text(f"SELECT {_COLUMNS}, p.evidence, p.issuer FROM {_SOURCE} WHERE p.id = :id")  # noqa: S608
_DRAFTS = text(
    f"SELECT {_COLUMNS} FROM {_SOURCE} WHERE p.id = ANY(:ids) AND p.status = 'draft'"  # noqa: S608
    " ORDER BY p.starts_at, p.id"
)
_MONTHS = text(
    f"""
    SELECT {_MONTH} AS month,
           count(*) AS mandates,
           count(*) FILTER (WHERE p.status = 'draft') AS drafts,
           count(*) FILTER (WHERE p.status IN ('suspect_incomplete', 'open', 'voided')) AS held,
           count(*) FILTER (WHERE p.status = 'finalised') AS finalised,
           count(*) FILTER (WHERE p.status = 'empty') AS empty,
           coalesce(sum(p.fee) FILTER (WHERE p.is_billable AND p.status IN ('draft', 'finalised')),
                    0) AS fees
      FROM fee_periods AS p JOIN mandates AS m ON m.id = p.mandate_id
     GROUP BY 1 ORDER BY 1 DESC LIMIT 24
    """  # noqa: S608
)


@dataclass(frozen=True, slots=True)
class FeePeriodView:
    """One month of one mandate, in the mandate's currency.

    Attributes:
        status_reason: why it is held.
        is_billable: live money; else pro forma.
        invoice_id, invoice: of the invoice that stands for it; None and "" without one.
    """

    id: UUID
    mandate_id: UUID
    mandate: str
    client_id: UUID
    client: str
    currency: str
    time_zone: str
    starts_at: datetime
    ends_at: datetime
    status: FeePeriodStatus
    status_reason: str
    net_profit: Decimal | None
    high_water_mark_before: Decimal | None
    base: Decimal | None
    rate: Decimal | None
    fee: Decimal | None
    high_water_mark_after: Decimal | None
    is_billable: bool
    computed_at: datetime | None
    finalised_at: datetime | None
    invoice_id: UUID | None
    invoice: str | None

    @property
    def fee_figures(self) -> FeeFigures:
        """What the fee comes from."""
        return FeeFigures(
            self.net_profit,
            self.high_water_mark_before,
            self.base,
            self.rate,
            self.fee,
            self.high_water_mark_after,
        )


@dataclass(frozen=True, slots=True)
class Statement:
    """A month with the statement it was closed with; None while it is held.

    Attributes:
        issuer: who issued it; None while it is not final.
    """

    period: FeePeriodView
    evidence: Mapping[str, Any] | None
    issuer: Issuer | None = None


@dataclass(frozen=True, slots=True)
class MonthProgress:
    """How far a month is, over all mandates; `fees` of live money, in USDT."""

    month: str
    mandates: int
    drafts: int
    held: int
    finalised: int
    empty: int
    fees: Decimal


async def page(actor: Actor, request: PageRequest) -> Page[FeePeriodView]:
    """Return one page of months, the newest first; a client sees his own.

    Filters: status, month (such as 2026-05, in the mandate's zone), client_id, mandate_id, kind
    ("billable" or "proforma"). Search: client, mandate, invoice, id.
    """
    async with reading(actor) as session:
        rows, total = await fetch(session, _TABLE, request)
    items = tuple(_view(row) for row in rows)
    return Page(items=items, total=total, page=request.page, size=request.limit)


async def get(actor: Actor, period_id: UUID) -> Statement:
    """Return one month with its statement.

    Raises:
        NotFound: there is none, or it is another's.
    """
    async with reading(actor) as session:
        row = (await session.execute(_ONE, {"id": period_id})).one_or_none()
    if row is None:
        raise NotFound(f"There is no month {period_id}")
    issuer = None if row.issuer is None else Issuer(**row.issuer)
    return Statement(_view(row[:-2]), row.evidence, issuer)


async def drafts(actor: Actor, period_ids: Sequence[UUID]) -> tuple[FeePeriodView, ...]:
    """Return the drafts among months, oldest first."""
    async with reading(actor) as session:
        rows = await session.execute(_DRAFTS, {"ids": list(period_ids)})
        return tuple(_view(row) for row in rows)


async def progress(actor: Actor) -> tuple[MonthProgress, ...]:
    """Return how far the last 24 months are, newest first; for the desk."""
    async with desk_reading(actor) as session:
        return tuple(build(MonthProgress, row) for row in await session.execute(_MONTHS))


def _view(row: Sequence[Any]) -> FeePeriodView:
    values = dict(zip(FeePeriodView.__dataclass_fields__, row, strict=True))
    return FeePeriodView(**{**values, "status": FeePeriodStatus(values["status"])})

"""The fee so far, per mandate: an estimate by the measure of FEES.md, never a bill."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from patriot_app.core.clock import SystemClock
from patriot_app.core.db.market_time import market_now
from patriot_app.core.domain.mandates import FeeMeasure, MandateTerm, rate_for
from patriot_app.core.domain.performance_fees import AccountProfit, Accrual, accrue
from patriot_app.core.domain.periods import Period, month_of, zone_of
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.errors import NotFound
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.reader import reading
from patriot_app.core.queries.tables import AnyRow, Table, fetch

_COLUMNS = (
    "m.id, m.name, m.client_id, u.name, m.currency, m.time_zone, m.measure, m.starts_at,"
    " m.ends_at, m.opening_mark, m.invoice_minimum"
)
_SOURCE = "mandates AS m JOIN users AS u ON u.id = m.client_id"
_TABLE = Table(
    columns=_COLUMNS,
    source=_SOURCE,
    sorts={"name": "m.name", "client": "u.name", "starts_at": "m.starts_at"},
    filters={
        "client_id": "m.client_id = :client_id",
        "ended": "(m.ends_at IS NOT NULL) = (:ended = 'yes')",
    },
    search="m.name ILIKE :pattern OR u.name ILIKE :pattern OR m.id::text = :search",
    default="u.name, m.name, m.id",
)
_TERMS = text("SELECT mandate_id, rate, valid_from FROM mandate_terms WHERE mandate_id = ANY(:ids)")
_MARKS = text(
    "SELECT mandate_id, max(high_water_mark_after) AS mark FROM fee_periods"
    " WHERE mandate_id = ANY(:ids) AND status = 'finalised' GROUP BY mandate_id"
)
# An account counts from the day it joined the mandate, and only in the mandate's currency.
_ACCOUNTS = text(
    """
    SELECT j.mandate_id, j.account_id, a.label, a.mode, a.exchange,
           coalesce(s.unrealised_pnl, 0) AS unrealised_pnl, s.observed_at, c.complete_until,
           c.tie_out_difference, booked.performance, booked.external_flows, booked.neutral,
           booked.unknown_rows, booked.foreign_rows
      FROM mandate_accounts AS j JOIN mandates AS m ON m.id = j.mandate_id
      JOIN accounts AS a ON a.id = j.account_id
      LEFT JOIN account_states AS s ON s.account_id = j.account_id
      LEFT JOIN ledger_cursors AS c ON c.account_id = j.account_id
      JOIN LATERAL (
           SELECT coalesce(sum(r.amount) FILTER (WHERE r.classification = 'performance'
                                                   AND r.asset = m.currency), 0) AS performance,
                  coalesce(sum(r.amount) FILTER (WHERE r.classification = 'external_flow'
                                                   AND r.asset = m.currency), 0) AS external_flows,
                  coalesce(sum(r.amount) FILTER (WHERE r.classification = 'neutral'
                                                   AND r.asset = m.currency), 0) AS neutral,
                  count(*) FILTER (WHERE r.classification = 'unknown') AS unknown_rows,
                  count(*) FILTER (WHERE r.asset <> m.currency) AS foreign_rows
             FROM ledger_rows AS r
            WHERE r.account_id = j.account_id
              AND r.occurred_at >= greatest(m.starts_at, j.joined_at)
              AND (j.left_at IS NULL OR r.occurred_at < j.left_at)) AS booked ON true
     WHERE j.mandate_id = ANY(:ids) ORDER BY a.label
    """
)
_TYPES = text(
    "SELECT r.row_type, r.classification, sum(r.amount), count(*) FROM mandate_accounts AS j"
    " JOIN mandates AS m ON m.id = j.mandate_id JOIN ledger_rows AS r"
    " ON r.account_id = j.account_id WHERE j.mandate_id = :id AND r.asset = m.currency"
    " AND r.occurred_at >= greatest(m.starts_at, j.joined_at)"
    " AND (j.left_at IS NULL OR r.occurred_at < j.left_at)"
    " GROUP BY r.row_type, r.classification ORDER BY r.classification, r.row_type"
)


@dataclass(frozen=True, slots=True)
class AccountShare:
    """What one account brings into its mandate, in the mandate's currency.

    Attributes:
        performance: sum of its performance rows since the mandate began.
        complete_until: market time up to which its ledger was read; None: never.
        tie_out_difference: change of the wallet that no row explains; None: not compared yet.
    """

    account_id: UUID
    label: str
    mode: str
    exchange: str
    performance: Decimal
    unrealised_pnl: Decimal
    external_flows: Decimal
    neutral: Decimal
    observed_at: datetime | None
    complete_until: datetime | None
    tie_out_difference: Decimal | None


@dataclass(frozen=True, slots=True)
class FeeAccrual:
    """The fee of a mandate if its month closed now.

    Attributes:
        accrual: M, H, base, rate and fee; None if no rate is in force.
        is_billable: every account is live; else the statement is pro forma only.
        warnings: why a close would wait, in sentences.
    """

    mandate_id: UUID
    name: str
    client_id: UUID
    client: str
    currency: str
    measure: FeeMeasure
    starts_at: datetime
    ends_at: datetime | None
    period: Period
    performance: Decimal
    unrealised_pnl: Decimal
    external_flows: Decimal
    accrual: Accrual | None
    is_billable: bool
    warnings: tuple[str, ...]
    accounts: tuple[AccountShare, ...]


@dataclass(frozen=True, slots=True)
class LedgerTypeSum:
    """Rows of one type of a mandate added up."""

    row_type: str
    classification: str
    amount: Decimal
    rows: int


async def accruals(actor: Actor, request: PageRequest) -> Page[FeeAccrual]:
    """Return one page of mandates with the fee so far; a client sees his own.

    Filters: client_id, ended ("yes" or "no"). Search: mandate, client, id.
    """
    async with reading(actor) as session:
        rows, total = await fetch(session, _TABLE, request)
        items = await _accruals(session, rows)
    return Page(items=items, total=total, page=request.page, size=request.limit)


async def accrual(actor: Actor, mandate_id: UUID) -> FeeAccrual:
    """Return the fee so far of one mandate.

    Raises:
        NotFound: there is none, or it is another's.
    """
    async with reading(actor) as session:
        row = await session.execute(
            text(f"SELECT {_COLUMNS} FROM {_SOURCE} WHERE m.id = :id"),  # noqa: S608
            {"id": mandate_id},
        )
        items = await _accruals(session, list(row.all()))
    if not items:
        raise NotFound(f"There is no mandate {mandate_id}")
    return items[0]


async def ledger_types(actor: Actor, mandate_id: UUID) -> tuple[LedgerTypeSum, ...]:
    """Return what the measure is made of: the mandate's rows since its start, by type."""
    async with reading(actor) as session:
        rows = await session.execute(_TYPES, {"id": mandate_id})
        return tuple(LedgerTypeSum(*row) for row in rows)


async def _accruals(session: AsyncSession, rows: Sequence[AnyRow]) -> tuple[FeeAccrual, ...]:
    ids = {"ids": [row.id for row in rows]}
    now = await market_now(session, wall=SystemClock().now())
    terms: dict[UUID, list[MandateTerm]] = {}
    for term in await session.execute(_TERMS, ids):
        terms.setdefault(term.mandate_id, []).append(MandateTerm(term.rate, term.valid_from))
    marks = {row.mandate_id: row.mark for row in await session.execute(_MARKS, ids)}
    accounts: dict[UUID, list[AnyRow]] = {}
    for account in await session.execute(_ACCOUNTS, ids):
        accounts.setdefault(account.mandate_id, []).append(account)
    return tuple(
        _accrual(
            row,
            terms.get(row.id, []),
            max(row.opening_mark, marks.get(row.id, row.opening_mark)),
            accounts.get(row.id, []),
            now=now,
        )
        for row in rows
    )


def _accrual(
    row: AnyRow,
    terms: list[MandateTerm],
    high_water_mark: Decimal,
    accounts: list[AnyRow],
    *,
    now: datetime,
) -> FeeAccrual:
    period = _period(row, now=now)
    has_rate = any(term.valid_from <= period.start for term in terms)
    figures = None
    if has_rate:
        figures = accrue(
            [AccountProfit(one.performance, one.unrealised_pnl) for one in accounts],
            measure=FeeMeasure(row.measure),
            high_water_mark=high_water_mark,
            rate=rate_for(terms, period_start=period.start),
        )
    return FeeAccrual(
        mandate_id=row.id,
        name=row[1],
        client_id=row.client_id,
        client=row[3],
        currency=row.currency,
        measure=FeeMeasure(row.measure),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        period=period,
        performance=sum((one.performance for one in accounts), Decimal(0)),
        unrealised_pnl=sum((one.unrealised_pnl for one in accounts), Decimal(0)),
        external_flows=sum((one.external_flows for one in accounts), Decimal(0)),
        accrual=figures,
        is_billable=bool(accounts) and all(one.mode == "live" for one in accounts),
        warnings=_warnings(accounts, has_rate=has_rate),
        accounts=tuple(_share(one) for one in accounts),
    )


def _period(row: AnyRow, *, now: datetime) -> Period:
    """Return the month in progress, cut to the mandate's life; its last one if it has ended."""
    ended = row.ends_at is not None and row.ends_at <= now
    moment = max(row.starts_at, row.ends_at if ended else now)
    month = month_of(moment, zone=zone_of(row.time_zone))
    start = max(month.start, row.starts_at)
    end = month.end if row.ends_at is None else min(month.end, row.ends_at)
    return Period(start, end) if start < end else month


def _warnings(accounts: list[AnyRow], *, has_rate: bool) -> tuple[str, ...]:
    warnings = [] if has_rate else ["No rate is in force for this month yet"]
    for one in accounts:
        if one.unknown_rows:
            warnings.append(
                f"{one.label}: {one.unknown_rows} rows of a type that nobody classified"
            )
        if one.foreign_rows:
            warnings.append(f"{one.label}: {one.foreign_rows} rows in another currency")
        if one.complete_until is None:
            warnings.append(f"{one.label}: its ledger was never read")
        if one.tie_out_difference:
            warnings.append(
                f"{one.label}: the wallet differs from its rows by {one.tie_out_difference:f}"
            )
    return tuple(warnings)


def _share(one: AnyRow) -> AccountShare:
    return AccountShare(
        account_id=one.account_id,
        label=one.label,
        mode=one.mode,
        exchange=one.exchange,
        performance=one.performance,
        unrealised_pnl=one.unrealised_pnl,
        external_flows=one.external_flows,
        neutral=one.neutral,
        observed_at=one.observed_at,
        complete_until=one.complete_until,
        tie_out_difference=one.tie_out_difference,
    )

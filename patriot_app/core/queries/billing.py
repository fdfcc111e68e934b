"""The fee so far, per mandate: an estimate by the measure of FEES.md, never a bill."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from patriot_app.core.clock import SystemClock
from patriot_app.core.db import agreements, fee_evidence
from patriot_app.core.db.market_time import market_now
from patriot_app.core.domain import month_close
from patriot_app.core.domain.accounts import AccountMode
from patriot_app.core.domain.fee_evidence import AccountEvidence, Evidence, Valuation, at_cut_off
from patriot_app.core.domain.invoices import FeePeriodStatus, may_be_billed
from patriot_app.core.domain.ledger import LedgerClass
from patriot_app.core.domain.mandates import Terms, WithdrawalPolicy
from patriot_app.core.domain.money import exact_sum
from patriot_app.core.domain.month_close import Accrual
from patriot_app.core.domain.periods import Period, month_of, zone_of
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.errors import NotFound
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.reader import reading
from patriot_app.core.queries.tables import AnyRow, Table, fetch

_INSTANT = timedelta(microseconds=1)
_COLUMNS = "m.id, m.name, m.client_id, u.name, m.currency, m.time_zone, m.starts_at, m.ends_at"
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
_STATES = text(
    "SELECT account_id, unrealised_pnl, observed_at FROM account_states"
    " WHERE account_id = ANY(:ids)"
)
# A draft counts as charged here: what it takes is not shown a second time as this month's.
_CHARGED = (FeePeriodStatus.FINALISED, FeePeriodStatus.DRAFT)
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
        observed_at: when its open profit was measured; None: never.
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
    observed_at: datetime | None
    complete_until: datetime | None
    tie_out_difference: Decimal | None


@dataclass(frozen=True, slots=True)
class FeeAccrual:
    """The fee of a mandate if its month closed now.

    Attributes:
        terms: as they hold for this month; None: none do yet.
        accrual: M, H, base, rate and fee; None without terms.
        is_billable: every account is live; else the statement is pro forma only.
        warnings: why a close would wait, in sentences.
    """

    mandate_id: UUID
    name: str
    client_id: UUID
    client: str
    currency: str
    time_zone: str
    starts_at: datetime
    ends_at: datetime | None
    period: Period
    terms: Terms | None
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
    """Close each mandate's month as if it ended now, by the same code as a close."""
    now = await market_now(session, wall=SystemClock().now())
    months = {row.id: _month(row, now=now) for row in rows}
    standings = await agreements.standings(session, list(months), charged=_CHARGED)
    known = await fee_evidence.gather_many(
        session,
        {
            key: Period(one.start, max(min(now, one.end), one.start + _INSTANT))
            for key, one in months.items()
        },
        with_digests=False,
    )
    await _value_now(session, [one for each in known.values() for one in each.accounts], now=now)
    found = []
    for row in rows:
        evidence, standing = known[row.id], standings[row.id]
        terms = standing.agreement.terms_at(months[row.id].start)
        figures = None
        if terms is not None:
            start = evidence.period.start
            figures = month_close.preview(
                [at_cut_off(one, evidence.period) for one in evidence.accounts],
                terms=terms,
                high_water_mark=standing.agreement.mark_at(start, standing.past),
                loss_forgiven=standing.agreement.loss_forgiven_at(start, standing.past),
                withdrawals=await fee_evidence.withdrawals(session, evidence)
                if terms.withdrawal_policy is WithdrawalPolicy.PRORATA
                else (),
            )
        found.append(_accrual(row, months[row.id], evidence, terms, figures))
    return tuple(found)


async def _value_now(
    session: AsyncSession, accounts: Sequence[AccountEvidence], *, now: datetime
) -> None:
    """Value accounts that are in their mandate now by the newest reading."""
    ids = {"ids": [one.account_id for one in accounts]}
    states = {row.account_id: row for row in await session.execute(_STATES, ids)}
    for one in accounts:
        state = states.get(one.account_id)
        if one.cut_off < now:
            continue
        one.closing = None
        if state is not None:
            open_profit = state.unrealised_pnl or Decimal(0)
            one.closing = Valuation(state.observed_at, "now", open_profit, Decimal(0))


def _accrual(
    row: AnyRow,
    month: Period,
    evidence: Evidence,
    terms: Terms | None,
    figures: Accrual | None,
) -> FeeAccrual:
    shares = tuple(_share(one, evidence.period) for one in evidence.accounts)
    return FeeAccrual(
        mandate_id=row.id,
        name=row[1],
        client_id=row.client_id,
        client=row[3],
        currency=row.currency,
        time_zone=row.time_zone,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        period=month,
        terms=terms,
        performance=exact_sum(one.performance for one in shares),
        unrealised_pnl=exact_sum(one.unrealised_pnl for one in shares),
        external_flows=exact_sum(one.external_flows for one in shares),
        accrual=figures,
        is_billable=bool(shares) and all(may_be_billed(AccountMode(one.mode)) for one in shares),
        warnings=_warnings(evidence.accounts, has_terms=terms is not None),
        accounts=shares,
    )


def _month(row: AnyRow, *, now: datetime) -> Period:
    """Return the month in progress, cut to the mandate's life; its last one if it has ended."""
    ended = row.ends_at is not None and row.ends_at <= now
    moment = max(row.starts_at, row.ends_at - _INSTANT if ended else now)
    month = month_of(moment, zone=zone_of(row.time_zone))
    start = max(month.start, row.starts_at)
    end = month.end if row.ends_at is None else min(month.end, row.ends_at)
    return Period(start, end) if start < end else month


def _warnings(accounts: Sequence[AccountEvidence], *, has_terms: bool) -> tuple[str, ...]:
    warnings = [] if has_terms else ["No rate is in force for this month yet"]
    for one in accounts:
        unknown = sum(
            each.rows_in_mandate for each in one.sums if each.classification is LedgerClass.UNKNOWN
        )
        if unknown:
            warnings.append(f"{one.label}: {unknown} rows of a type that nobody classified")
        if one.foreign_rows:
            warnings.append(f"{one.label}: {one.foreign_rows} rows in another currency")
        if one.complete_until is None:
            warnings.append(f"{one.label}: its ledger was never read")
        if one.tie_out_difference:
            warnings.append(
                f"{one.label}: the wallet differs from its rows by {one.tie_out_difference:f}"
            )
    return tuple(warnings)


def _share(one: AccountEvidence, period: Period) -> AccountShare:
    told = at_cut_off(one, period)
    return AccountShare(
        account_id=one.account_id,
        label=one.label,
        mode=one.mode.value,
        exchange=one.exchange.value,
        performance=told.performance,
        unrealised_pnl=told.unrealised_pnl,
        external_flows=exact_sum(
            each.in_mandate for each in one.sums if each.classification is LedgerClass.EXTERNAL_FLOW
        ),
        observed_at=told.valued_at,
        complete_until=one.complete_until,
        tie_out_difference=one.tie_out_difference,
    )

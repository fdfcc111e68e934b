"""Whether each account's days tie, which types nobody classified, which ledgers have trouble."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.ledger import DayState
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.reader import desk_reading, reading
from patriot_app.core.queries.tables import Table, build, fetch

_TABLE = Table(
    columns=(
        "d.account_id, d.day, a.label, u.name, a.exchange, a.mode, d.rows, d.rows_total, d.turnover,"
        " d.wallet, d.difference, d.state, d.compared_at"
    ),
    source=(
        "ledger_days AS d JOIN accounts AS a ON a.id = d.account_id"
        " JOIN users AS u ON u.id = a.client_id"
    ),
    sorts={"day": "d.day", "account": "a.label", "difference": "abs(d.difference)"},
    filters={
        "state": "d.state = :state",
        "account_id": "d.account_id = :account_id",
        "exchange": "a.exchange = :exchange",
    },
    search="a.label ILIKE :pattern OR u.name ILIKE :pattern",
    default="d.day DESC, a.label, d.account_id",
)
_UNKNOWN = text(
    """
    SELECT a.exchange, r.row_type, count(*) AS rows, count(DISTINCT r.account_id) AS accounts,
           sum(r.amount) AS amount, min(r.asset) AS asset, min(r.occurred_at) AS first_at
      FROM ledger_rows AS r JOIN accounts AS a ON a.id = r.account_id
     WHERE r.classification = 'unknown'
     GROUP BY a.exchange, r.row_type ORDER BY a.exchange, r.row_type
    """
)
_TROUBLED = text(
    """
    SELECT c.account_id, a.label, u.name, a.exchange, c.read_at, c.gap_from, c.stale_since
      FROM ledger_cursors AS c JOIN accounts AS a ON a.id = c.account_id
      JOIN users AS u ON u.id = a.client_id
     WHERE c.gap_from IS NOT NULL OR (c.stale_since IS NOT NULL AND a.status <> 'disabled')
     ORDER BY c.gap_from NULLS LAST, c.stale_since, a.label LIMIT 100
    """
)
_FLOWS = text(
    """
    SELECT r.id, a.label, a.exchange, r.row_type, r.amount, r.asset, r.occurred_at, r.ingested_at
      FROM ledger_rows AS r JOIN accounts AS a ON a.id = r.account_id
     WHERE r.classification = 'external_flow' AND a.client_id = :client_id
     ORDER BY r.occurred_at DESC, r.id LIMIT :count
    """
)
FLOWS_MAX = 20


@dataclass(frozen=True, slots=True)
class LedgerDayView:
    """One account's day; amounts in USDT, times the market's.

    Attributes:
        difference: of the wallet from its rows, that came on this day; None: not compared.
    """

    account_id: UUID
    day: datetime
    account: str
    client: str
    exchange: str
    mode: str
    rows: int
    rows_total: Decimal
    turnover: Decimal
    wallet: Decimal | None
    difference: Decimal | None
    state: DayState
    compared_at: datetime | None


@dataclass(frozen=True, slots=True)
class UnknownType:
    """Rows of a type that nobody classified; they hold the months of their accounts."""

    exchange: Exchange
    row_type: str
    rows: int
    accounts: int
    amount: Decimal
    asset: str
    first_at: datetime


@dataclass(frozen=True, slots=True)
class TroubledLedger:
    """A ledger with a gap, or one that was not read for too long."""

    account_id: UUID
    account: str
    client: str
    exchange: str
    read_at: datetime | None
    gap_from: datetime | None
    stale_since: datetime | None


@dataclass(frozen=True, slots=True)
class FlowView:
    """Money that came to an account or left it."""

    id: UUID
    account: str
    exchange: str
    row_type: str
    amount: Decimal
    asset: str
    occurred_at: datetime
    ingested_at: datetime


async def page(actor: Actor, request: PageRequest) -> Page[LedgerDayView]:
    """Return one page of accounts' days, the newest first.

    Filters: state, exchange, account_id. Search: account, client.
    """
    async with desk_reading(actor) as session:
        rows, total = await fetch(session, _TABLE, request)
    items = tuple(
        LedgerDayView(
            **{
                **dict(zip(LedgerDayView.__dataclass_fields__, row, strict=True)),
                "state": DayState(row.state),
            }
        )
        for row in rows
    )
    return Page(items=items, total=total, page=request.page, size=request.limit)


async def unknown_types(actor: Actor) -> tuple[UnknownType, ...]:
    """Return what a person must classify."""
    async with desk_reading(actor) as session:
        return tuple(
            UnknownType(Exchange(row.exchange), *row[1:]) for row in await session.execute(_UNKNOWN)
        )


async def troubled(actor: Actor) -> tuple[TroubledLedger, ...]:
    """Return ledgers with a gap or not read for too long."""
    async with desk_reading(actor) as session:
        return tuple(build(TroubledLedger, row) for row in await session.execute(_TROUBLED))


async def flows(actor: Actor, client_id: UUID) -> tuple[FlowView, ...]:
    """Return the newest money that came to a client's accounts or left them."""
    async with reading(actor) as session:
        rows = await session.execute(_FLOWS, {"client_id": client_id, "count": FLOWS_MAX})
        return tuple(build(FlowView, row) for row in rows)

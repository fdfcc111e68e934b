"""Accounts as the desk and their owners see them: money, readiness, keys, ledger."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.permissions import Actor
from patriot_app.core.errors import NotFound
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.reader import reading
from patriot_app.core.queries.tables import Table, build, fetch

_KEY = (
    "LATERAL (SELECT c.id, c.status, c.masked_key, c.checked_at, c.expires_at FROM credentials AS c"
    " WHERE c.account_id = a.id ORDER BY CASE c.status WHEN 'verified' THEN 0"
    " WHEN 'quarantined' THEN 1 WHEN 'submitted' THEN 2 WHEN 'waiting' THEN 2 ELSE 3 END, c.created_at DESC LIMIT 1)"
)
_HELD = (
    "LATERAL (SELECT count(*) AS open, count(p.unprotected_since) AS unprotected"
    " FROM positions AS p WHERE p.account_id = a.id AND p.quantity <> 0)"
)
_COLUMNS = (
    "a.id, a.label, a.client_id, u.name, a.exchange, a.mode, a.status, a.status_reason, a.is_demo,"
    " a.shard, a.created_at, coalesce(s.is_ready, false), coalesce(s.not_ready_reason, ''),"
    " coalesce(s.parked_reason, ''), s.equity, s.wallet_balance, s.unrealised_pnl,"
    " s.available_balance, s.initial_margin, s.equity - s.day_opening_equity,"
    " CASE WHEN s.peak_equity > 0 THEN greatest(0, (s.peak_equity - s.equity) / s.peak_equity) END,"
    " held.open, held.unprotected, k.id, coalesce(k.status, ''), coalesce(k.masked_key, ''),"
    " k.checked_at, k.expires_at, s.observed_at, s.stream_at, s.synced_at,"
    " coalesce(s.sync_error, '')"
)
_PLAIN = (
    "accounts AS a JOIN users AS u ON u.id = a.client_id"
    " LEFT JOIN account_states AS s ON s.account_id = a.id"
)
_SOURCE = f"{_PLAIN} LEFT JOIN {_KEY} AS k ON true LEFT JOIN {_HELD} AS held ON true"
_TABLE = Table(
    columns=_COLUMNS,
    source=_SOURCE,
    sorts={
        "label": "a.label",
        "client": "u.name",
        "exchange": "a.exchange",
        "mode": "a.mode",
        "status": "a.status",
        "equity": "s.equity",
        "unrealised_pnl": "s.unrealised_pnl",
        "available_balance": "s.available_balance",
        "day_profit": "s.equity - s.day_opening_equity",
        "observed_at": "s.observed_at",
        "key": "k.status",
        "created_at": "a.created_at",
    },
    filters={
        "exchange": "a.exchange = :exchange",
        "mode": "a.mode = :mode",
        "status": "a.status = :status",
        "client_id": "a.client_id = :client_id",
        "key": "coalesce(k.status, 'none') = :key",
        "ready": "coalesce(s.is_ready, false) = (:ready = 'yes')",
        "parked": "(coalesce(s.parked_reason, '') <> '') = (:parked = 'yes')",
    },
    search="a.label ILIKE :pattern OR u.name ILIKE :pattern OR a.id::text = :search",
    default="u.name, a.label, a.id",
)
_KEYS = text(
    "SELECT id, status, masked_key, created_at, checked_at, expires_at, rejection, permissions,"
    " client_consent, findings, next_try_at, tries FROM credentials WHERE account_id = :id ORDER BY created_at DESC LIMIT 20"
)
_MORE = text(
    "SELECT a.source_address, s.exchange_uid, s.maintenance_margin, s.day_opening_equity,"
    " s.peak_equity, coalesce(s.net_flows, 0), c.complete_until, c.tie_out_difference, c.tied_at"
    " FROM accounts AS a LEFT JOIN account_states AS s ON s.account_id = a.id"
    " LEFT JOIN ledger_cursors AS c ON c.account_id = a.id WHERE a.id = :id"
)
_LEDGER = Table(
    columns="id, row_type, symbol, asset, classification, amount, details, occurred_at",
    source="ledger_rows",
    sorts={"occurred_at": "occurred_at", "amount": "amount", "row_type": "row_type"},
    filters={"classification": "classification = :classification", "symbol": "symbol = :symbol"},
    search="row_type ILIKE :pattern OR exchange_row_id = :search OR trade_id = :search",
    default="occurred_at DESC, id DESC",
    always="account_id = :account_id",
)


@dataclass(frozen=True, slots=True)
class AccountSummary:
    """One line of the accounts table; money in USDT, None where it was never read.

    Attributes:
        drawdown_fraction: distance from the peak of equity.
        key_status: "" if no key was ever connected.
        observed_at: wall time of the live figures; older than 30 s means stale.
    """

    id: UUID
    label: str
    client_id: UUID
    client_name: str
    exchange: str
    mode: str
    status: str
    status_reason: str
    is_demo: bool
    shard: int
    created_at: datetime
    is_ready: bool
    not_ready_reason: str
    parked_reason: str
    equity: Decimal | None
    wallet_balance: Decimal | None
    unrealised_pnl: Decimal | None
    available_balance: Decimal | None
    initial_margin: Decimal | None
    day_profit: Decimal | None
    drawdown_fraction: Decimal | None
    open_positions: int
    unprotected_positions: int
    credential_id: UUID | None
    key_status: str
    masked_key: str
    key_checked_at: datetime | None
    key_expires_at: datetime | None
    observed_at: datetime | None
    stream_at: datetime | None
    synced_at: datetime | None
    sync_error: str


@dataclass(frozen=True, slots=True)
class KeyView:
    """One key of an account, without what it opens.

    Attributes:
        rejection: why it was refused, in sentences.
        permissions: what the exchange said it may do, by the names of KeyPermissions.
        findings: what the last check found, by the names of KeyFinding.
        next_try_at: when the exchange is asked again, while it does not answer.
    """

    id: UUID
    status: str
    masked_key: str
    created_at: datetime
    checked_at: datetime | None
    expires_at: datetime | None
    rejection: tuple[str, ...]
    permissions: Mapping[str, Any]
    consent: str
    findings: tuple[Mapping[str, str], ...] = ()
    next_try_at: datetime | None = None
    tries: int = 0


@dataclass(frozen=True, slots=True)
class AccountDetail:
    """One account; `complete_until` says up to when its ledger was read (market time)."""

    summary: AccountSummary
    keys: tuple[KeyView, ...]
    source_address: str
    exchange_uid: str
    maintenance_margin: Decimal | None
    day_opening_equity: Decimal | None
    peak_equity: Decimal | None
    net_flows: Decimal
    complete_until: datetime | None
    tie_out_difference: Decimal | None
    tied_at: datetime | None


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One money row; `amount` is the signed change of the wallet in `asset`."""

    id: UUID
    row_type: str
    symbol: str
    asset: str
    classification: str
    amount: Decimal
    details: str
    occurred_at: datetime


async def page(actor: Actor, request: PageRequest) -> Page[AccountSummary]:
    """Return one page of accounts.

    Filters: exchange, mode, status, client_id, key (a key status or "none"), ready and parked
    ("yes" or "no"). Search: label, client, id.
    """
    async with reading(actor) as session:
        rows, total = await fetch(session, _TABLE, request)
    items = tuple(AccountSummary(*row) for row in rows)
    return Page(items=items, total=total, page=request.page, size=request.limit)


async def detail(actor: Actor, account_id: UUID) -> AccountDetail:
    """Return one account.

    Raises:
        NotFound: there is none, or it is another's.
    """
    async with reading(actor) as session:
        summary = (
            await session.execute(
                text(f"SELECT {_COLUMNS} FROM {_SOURCE} WHERE a.id = :id"),  # noqa: S608
                {"id": account_id},
            )
        ).one_or_none()
        if summary is None:
            raise NotFound(f"There is no account {account_id}")
        keys = (await session.execute(_KEYS, {"id": account_id})).all()
        more = (await session.execute(_MORE, {"id": account_id})).one()
    return AccountDetail(
        AccountSummary(*summary),
        tuple(
            build(
                KeyView,
                (
                    *row[:6],
                    tuple(row.rejection or ()),
                    row.permissions or {},
                    row.client_consent,
                    tuple(row.findings or ()),
                    row.next_try_at,
                    row.tries,
                ),
            )
            for row in keys
        ),
        more.source_address,
        more.exchange_uid or "",
        *more[2:],
    )


async def ledger_page(actor: Actor, account_id: UUID, request: PageRequest) -> Page[LedgerLine]:
    """Return one page of an account's ledger, newest first.

    Filters: classification, symbol. Search: type, row id, trade id.
    """
    async with reading(actor) as session:
        rows, total = await fetch(session, _LEDGER, request, bound={"account_id": account_id})
    items = tuple(LedgerLine(*row) for row in rows)
    return Page(items=items, total=total, page=request.page, size=request.limit)

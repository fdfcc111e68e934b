"""Deployments: which strategy version trades which accounts, and how it goes."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.permissions import Actor
from patriot_app.core.errors import NotFound
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.positions import SOURCE, UNREALISED
from patriot_app.core.queries.reader import desk_reading
from patriot_app.core.queries.tables import Table, build, fetch

_HELD = (
    "LATERAL (SELECT count(DISTINCT l.account_id) AS accounts,"
    " sum(st.equity * l.share) / greatest(count(DISTINCT l.symbol), 1) AS allotted"
    " FROM allocations AS l LEFT JOIN account_states AS st ON st.account_id = l.account_id"
    " WHERE l.deployment_id = d.id AND l.released_at IS NULL)"
)
_OPEN = (
    f"LATERAL (SELECT count(*) AS positions, sum({UNREALISED}) AS unrealised"  # noqa: S608
    f" FROM {SOURCE} WHERE p.deployment_id = d.id AND p.quantity <> 0)"
)
_SIGNALS = (
    "LATERAL (SELECT count(*) AS signals, max(g.created_at) AS last_at FROM signals AS g"
    " WHERE g.deployment_id = d.id)"
)
_PLAIN = (
    "deployments AS d JOIN strategies AS s ON s.id = d.strategy_id"
    " JOIN strategy_versions AS v ON v.id = d.version_id"
)
_COLUMNS = (
    "d.id, d.name, d.strategy_id, s.name, s.kind, d.version_id, v.number, d.reference_exchange,"
    " d.symbols, d.status, d.status_reason, d.status_changed_at, d.created_at, held.accounts,"
    " held.allotted, open.positions, coalesce(open.unrealised, 0), sent.signals, sent.last_at"
)
_SOURCE = (
    f"{_PLAIN} LEFT JOIN {_HELD} AS held ON true LEFT JOIN {_OPEN} AS open ON true"
    f" LEFT JOIN {_SIGNALS} AS sent ON true"
)
_TABLE = Table(
    columns=_COLUMNS,
    source=_SOURCE,
    counted=_PLAIN,
    sorts={
        "name": "d.name",
        "strategy": "s.name",
        "status": "d.status",
        "accounts": "held.accounts",
        "allotted": "held.allotted",
        "unrealised_pnl": "open.unrealised",
        "last_signal_at": "sent.last_at",
        "created_at": "d.created_at",
    },
    filters={
        "status": "d.status = :status",
        "strategy_id": "d.strategy_id = :strategy_id",
        "symbol": ":symbol = ANY(d.symbols)",
    },
    search="d.name ILIKE :pattern OR s.name ILIKE :pattern OR d.id::text = :search",
    default="d.created_at DESC, d.id",
)
_ALLOCATIONS = Table(
    columns=(
        "l.account_id, a.label, u.name, a.exchange, a.mode, a.status, l.symbol, l.share, st.equity,"
        " p.quantity, l.assigned_at"
    ),
    source=(
        "allocations AS l JOIN accounts AS a ON a.id = l.account_id"
        " JOIN users AS u ON u.id = a.client_id"
        " LEFT JOIN account_states AS st ON st.account_id = a.id"
        " LEFT JOIN positions AS p ON p.account_id = l.account_id AND p.symbol = l.symbol"
        " AND p.deployment_id = l.deployment_id AND p.quantity <> 0"
    ),
    sorts={
        "account": "a.label",
        "client": "u.name",
        "symbol": "l.symbol",
        "share": "l.share",
        "equity": "st.equity",
    },
    filters={"symbol": "l.symbol = :symbol", "exchange": "a.exchange = :exchange"},
    search="a.label ILIKE :pattern OR u.name ILIKE :pattern",
    default="u.name, a.label, l.symbol, l.id",
    always="l.deployment_id = :deployment AND l.released_at IS NULL",
)
_CHOICES = Table(
    columns=(
        "a.id, a.label, u.name, a.exchange, a.mode, st.equity, coalesce(st.is_ready, false),"
        " held.by"
    ),
    source=(
        "accounts AS a JOIN users AS u ON u.id = a.client_id"
        " LEFT JOIN account_states AS st ON st.account_id = a.id"
        " LEFT JOIN LATERAL (SELECT string_agg(DISTINCT d.name || ' (' || l.symbol || ')', ', ')"
        " AS by FROM allocations AS l JOIN deployments AS d ON d.id = l.deployment_id"
        " WHERE l.account_id = a.id AND l.released_at IS NULL"
        " AND l.symbol = ANY(CAST(:symbols AS text[]))) AS held ON true"
    ),
    sorts={"account": "a.label", "client": "u.name", "equity": "st.equity"},
    filters={
        "exchange": "a.exchange = :exchange",
        "mode": "a.mode = :mode",
        "client_id": "a.client_id = :client_id",
        "free": "(held.by IS NULL) = (:free = 'yes')",
    },
    search="a.label ILIKE :pattern OR u.name ILIKE :pattern",
    default="u.name, a.label, a.id",
    always="a.status = 'active'",
)


@dataclass(frozen=True, slots=True)
class DeploymentSummary:
    """One deployment.

    Attributes:
        allotted: USDT of the accounts' equity by their shares.
        unrealised_pnl: of the positions that it holds open.
    """

    id: UUID
    name: str
    strategy_id: UUID
    strategy: str
    kind: str
    version_id: UUID
    version: int
    reference_exchange: str
    symbols: tuple[str, ...]
    status: str
    status_reason: str
    status_changed_at: datetime | None
    created_at: datetime
    accounts: int
    allotted: Decimal | None
    open_positions: int
    unrealised_pnl: Decimal
    signals: int
    last_signal_at: datetime | None


@dataclass(frozen=True, slots=True)
class AllocationView:
    """One account's part for one symbol; `quantity` is what it holds of it, None when flat."""

    account_id: UUID
    account: str
    client: str
    exchange: str
    mode: str
    status: str
    symbol: str
    share: Decimal
    equity: Decimal | None
    quantity: Decimal | None
    assigned_at: datetime


@dataclass(frozen=True, slots=True)
class AccountChoice:
    """An account that may be deployed to; `held_by` names the deployments in the way, or None."""

    account_id: UUID
    account: str
    client: str
    exchange: str
    mode: str
    equity: Decimal | None
    is_ready: bool
    held_by: str | None


async def page(actor: Actor, request: PageRequest) -> Page[DeploymentSummary]:
    """Return one page of deployments, newest first.

    Filters: status, strategy_id, symbol. Search: name, strategy, id.
    """
    async with desk_reading(actor) as session:
        rows, total = await fetch(session, _TABLE, request)
    items = tuple(
        build(DeploymentSummary, (*row[:8], tuple(row.symbols), *row[9:])) for row in rows
    )
    return Page(items=items, total=total, page=request.page, size=request.limit)


async def get(actor: Actor, deployment_id: UUID) -> DeploymentSummary:
    """Return one deployment.

    Raises:
        NotFound: there is none.
    """
    async with desk_reading(actor) as session:
        row = (
            await session.execute(
                text(f"SELECT {_COLUMNS} FROM {_SOURCE} WHERE d.id = :id"),  # noqa: S608
                {"id": deployment_id},
            )
        ).one_or_none()
    if row is None:
        raise NotFound(f"There is no deployment {deployment_id}")
    return build(DeploymentSummary, (*row[:8], tuple(row.symbols), *row[9:]))


async def allocations(
    actor: Actor, deployment_id: UUID, request: PageRequest
) -> Page[AllocationView]:
    """Return one page of a deployment's accounts and symbols.

    Filters: symbol, exchange. Search: account, client.
    """
    bound = {"deployment": deployment_id}
    async with desk_reading(actor) as session:
        rows, total = await fetch(session, _ALLOCATIONS, request, bound=bound)
    items = tuple(AllocationView(*row) for row in rows)
    return Page(items=items, total=total, page=request.page, size=request.limit)


async def account_choices(
    actor: Actor, symbols: tuple[str, ...], request: PageRequest
) -> Page[AccountChoice]:
    """Return one page of the active accounts, with what already trades these symbols on them.

    Filters: exchange, mode, client_id, free ("yes" or "no"). Search: account, client.
    """
    async with desk_reading(actor) as session:
        rows, total = await fetch(session, _CHOICES, request, bound={"symbols": list(symbols)})
    items = tuple(AccountChoice(*row) for row in rows)
    return Page(items=items, total=total, page=request.page, size=request.limit)

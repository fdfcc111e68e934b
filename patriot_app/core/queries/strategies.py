"""Strategies with their versions and how much money they move."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.permissions import Actor
from patriot_app.core.errors import NotFound
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.reader import desk_reading
from patriot_app.core.queries.tables import Table, fetch

_NEWEST = (
    "LATERAL (SELECT v.id, v.number FROM strategy_versions AS v WHERE v.strategy_id = s.id"
    " ORDER BY v.number DESC LIMIT 1)"
)
_USE = (
    "LATERAL (SELECT count(DISTINCT d.id) FILTER (WHERE d.status = 'running') AS running,"
    " count(DISTINCT d.id) AS deployments, count(DISTINCT l.account_id) AS accounts"
    " FROM deployments AS d LEFT JOIN allocations AS l ON l.deployment_id = d.id"
    " AND l.released_at IS NULL WHERE d.strategy_id = s.id)"
)
_COLUMNS = (
    "s.id, s.name, s.kind, s.description, s.created_at, newest.id, newest.number,"
    " use.running, use.deployments, use.accounts,"
    " EXISTS (SELECT 1 FROM halts AS h WHERE h.scope = 'strategy' AND h.scope_id = s.id::text"
    " AND h.lifted_at IS NULL)"
)
_SOURCE = f"strategies AS s LEFT JOIN {_NEWEST} AS newest ON true LEFT JOIN {_USE} AS use ON true"
_TABLE = Table(
    columns=_COLUMNS,
    source=_SOURCE,
    sorts={
        "name": "s.name",
        "kind": "s.kind",
        "version": "newest.number",
        "running": "use.running",
        "accounts": "use.accounts",
        "created_at": "s.created_at",
    },
    filters={"kind": "s.kind = :kind", "running": "(use.running > 0) = (:running = 'yes')"},
    search="s.name ILIKE :pattern OR s.description ILIKE :pattern OR s.id::text = :search",
    default="s.name, s.id",
)
_VERSIONS = text(
    "SELECT v.id, v.number, v.parameters, v.note, coalesce(u.name, ''), v.created_at,"
    " (SELECT count(*) FROM deployments AS d WHERE d.version_id = v.id AND d.status = 'running')"
    " FROM strategy_versions AS v LEFT JOIN users AS u ON u.id = v.created_by"
    " WHERE v.strategy_id = :id ORDER BY v.number DESC"
)
_VERSION_CHOICES = text(
    "SELECT v.id, s.name, v.number, s.kind, s.id FROM strategy_versions AS v"
    " JOIN strategies AS s ON s.id = v.strategy_id ORDER BY s.name, v.number DESC LIMIT 500"
)


@dataclass(frozen=True, slots=True)
class StrategySummary:
    """One strategy; `kind` is its name in the catalogue."""

    id: UUID
    name: str
    kind: str
    description: str
    created_at: datetime
    newest_version_id: UUID
    newest_version: int
    running: int
    deployments: int
    accounts: int
    is_halted: bool


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version; parameters are text, as `Strategy.read` takes them."""

    id: UUID
    number: int
    parameters: Mapping[str, str]
    note: str
    created_by: str
    created_at: datetime
    running: int


@dataclass(frozen=True, slots=True)
class StrategyDetail:
    """One strategy with its versions, newest first."""

    summary: StrategySummary
    versions: tuple[VersionView, ...]


@dataclass(frozen=True, slots=True)
class VersionChoice:
    """A version that may be deployed."""

    version_id: UUID
    strategy: str
    number: int
    kind: str
    strategy_id: UUID


async def page(actor: Actor, request: PageRequest) -> Page[StrategySummary]:
    """Return one page of strategies.

    Filters: kind, running ("yes" or "no"). Search: name, description, id.
    """
    async with desk_reading(actor) as session:
        rows, total = await fetch(session, _TABLE, request)
    items = tuple(StrategySummary(*row) for row in rows)
    return Page(items=items, total=total, page=request.page, size=request.limit)


async def detail(actor: Actor, strategy_id: UUID) -> StrategyDetail:
    """Return one strategy.

    Raises:
        NotFound: there is none.
    """
    async with desk_reading(actor) as session:
        row = (
            await session.execute(
                text(f"SELECT {_COLUMNS} FROM {_SOURCE} WHERE s.id = :id"),  # noqa: S608
                {"id": strategy_id},
            )
        ).one_or_none()
        if row is None:
            raise NotFound(f"There is no strategy {strategy_id}")
        versions = await session.execute(_VERSIONS, {"id": strategy_id})
        return StrategyDetail(StrategySummary(*row), tuple(VersionView(*v) for v in versions))


async def version_choices(actor: Actor) -> tuple[VersionChoice, ...]:
    """Return the versions that may be deployed, by strategy and newest first."""
    async with desk_reading(actor) as session:
        return tuple(VersionChoice(*row) for row in await session.execute(_VERSION_CHOICES))

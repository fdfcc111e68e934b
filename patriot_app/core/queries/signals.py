"""Signals with what became of them, counted over their accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from patriot_app.core.db.outcomes import LATENCY_MS, OUTCOMES, SLIPPAGE_BPS
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.errors import NotFound
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.reader import desk_reading
from patriot_app.core.queries.tables import AnyRow, Table, build, fetch

_COLUMNS = (
    "s.id, s.created_at, s.bar_closed_at, s.deployment_id, d.name, st.name, v.number, s.symbol,"
    " s.action, s.reference_price, s.stop_loss, s.take_profit, s.confidence, s.explanation,"
    " s.valid_until, u.name"
)
_SOURCE = (
    "signals AS s JOIN deployments AS d ON d.id = s.deployment_id"
    " JOIN strategy_versions AS v ON v.id = s.version_id"
    " JOIN strategies AS st ON st.id = d.strategy_id LEFT JOIN users AS u ON u.id = s.published_by"
)
_TABLE = Table(
    columns=_COLUMNS,
    source=_SOURCE,
    sorts={
        "created_at": "s.created_at",
        "symbol": "s.symbol",
        "action": "s.action",
        "deployment": "d.name",
        "strategy": "st.name",
        "reference_price": "s.reference_price",
    },
    filters={
        "deployment_id": "s.deployment_id = :deployment_id",
        "strategy_id": "d.strategy_id = :strategy_id",
        "symbol": "s.symbol = :symbol",
        "action": "s.action = :action",
    },
    search="s.symbol ILIKE :pattern OR d.name ILIKE :pattern OR s.id::text = :search",
    default="s.created_at DESC, s.id DESC",
    newest="created_at",
    counted_plain="signals AS s",
)
_OUTCOMES = text(
    f"""
    SELECT s.id, r.outcome, count(*) AS accounts,
           array_agg({LATENCY_MS}) FILTER (WHERE r.acknowledged_at IS NOT NULL) AS latencies,
           min({SLIPPAGE_BPS}) AS best, max({SLIPPAGE_BPS}) AS worst
      FROM ({OUTCOMES}) AS r JOIN signals AS s ON s.id = r.signal_id
     GROUP BY s.id, r.outcome
    """  # noqa: S608
)
_WANTED = text(
    "SELECT signal_id, sum(accounts), bool_and(state IN ('finished', 'expired')) FROM fan_outs"
    " WHERE signal_id = ANY(:signal_ids) GROUP BY signal_id"
)

_SETTLED = text(
    "SELECT signal_id, accounts, filled, partial, skipped, denied, expired, superseded, cancelled,"
    " failed, latency_p50_ms, latency_p95_ms, dispersion_bps FROM signal_outcomes WHERE signal_id = ANY(:signal_ids)"
)
_AT_REST = (
    "filled",
    "partial",
    "skipped",
    "denied",
    "expired",
    "superseded",
    "cancelled",
    "failed",
)


@dataclass(frozen=True, slots=True)
class OutcomeCounts:
    """How many accounts of a signal came to what; `accounts` is how many it was for."""

    accounts: int = 0
    filled: int = 0
    partial: int = 0
    working: int = 0
    pending: int = 0
    skipped: int = 0
    denied: int = 0
    unknown: int = 0
    expired: int = 0
    superseded: int = 0
    cancelled: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class SignalSummary:
    """One signal and its fan-out.

    Attributes:
        published_by: the operator's name, "" for a strategy's own signal.
        latency_p50_ms, latency_p95_ms: recorded to acknowledged by the exchange.
        dispersion_bps: between the best and the worst price that an account got.
    """

    id: UUID
    created_at: datetime
    bar_closed_at: datetime
    deployment_id: UUID
    deployment: str
    strategy: str
    version: int
    symbol: str
    action: str
    reference_price: Decimal
    stop_loss: Decimal | None
    take_profit: Decimal | None
    confidence: Decimal
    explanation: str
    valid_until: datetime
    published_by: str
    counts: OutcomeCounts
    is_finished: bool
    latency_p50_ms: Decimal | None
    latency_p95_ms: Decimal | None
    dispersion_bps: Decimal | None


async def page(actor: Actor, request: PageRequest) -> Page[SignalSummary]:
    """Return one page of signals, newest first.

    Filters: deployment_id, strategy_id, symbol, action. Search: symbol, deployment, id.
    """
    async with desk_reading(actor) as session:
        rows, total = await fetch(session, _TABLE, request)
        items = await _with_outcomes(session, rows)
    return Page(items=items, total=total, page=request.page, size=request.limit)


async def latest(actor: Actor, *, limit: int = 8) -> tuple[SignalSummary, ...]:
    """Return the newest signals."""
    return (await page(actor, PageRequest(size=limit))).items


async def get(actor: Actor, signal_id: UUID) -> SignalSummary:
    """Return one signal.

    Raises:
        NotFound: there is none.
    """
    async with desk_reading(actor) as session:
        row = await session.execute(
            text(f"SELECT {_COLUMNS} FROM {_SOURCE} WHERE s.id = :id"),  # noqa: S608
            {"id": signal_id},
        )
        items = await _with_outcomes(session, list(row.all()))
    if not items:
        raise NotFound(f"There is no signal {signal_id}")
    return items[0]


async def _with_outcomes(
    session: AsyncSession, rows: Sequence[AnyRow]
) -> tuple[SignalSummary, ...]:
    """Take what has been settled from its table and derive the rest."""
    ids = [row.id for row in rows]
    settled = {row.signal_id: row for row in await session.execute(_SETTLED, {"signal_ids": ids})}
    moving = {"signal_ids": [signal_id for signal_id in ids if signal_id not in settled]}
    wanted = {row[0]: row for row in await session.execute(_WANTED, moving)}
    outcomes: dict[UUID, list[AnyRow]] = {}
    if moving["signal_ids"]:
        for row in await session.execute(_OUTCOMES, moving):
            outcomes.setdefault(row.id, []).append(row)
    return tuple(
        _settled(row, settled[row.id])
        if row.id in settled
        else _summary(row, outcomes.get(row.id, []), wanted.get(row.id))
        for row in rows
    )


def _settled(row: AnyRow, known: AnyRow) -> SignalSummary:
    counts = {name: getattr(known, name) for name in _AT_REST}
    pending = known.accounts - sum(counts.values())
    return build(
        SignalSummary,
        row[:15],
        published_by=row[15] or "",
        counts=OutcomeCounts(accounts=known.accounts, pending=pending, **counts),
        is_finished=True,
        latency_p50_ms=known.latency_p50_ms,
        latency_p95_ms=known.latency_p95_ms,
        dispersion_bps=known.dispersion_bps,
    )


def _summary(row: AnyRow, outcomes: list[AnyRow], wanted: AnyRow | None) -> SignalSummary:
    counts = {one.outcome: one.accounts for one in outcomes}
    decided = sum(counts.values())
    accounts = max(decided, 0 if wanted is None else int(wanted[1]))
    # An account that no shard has decided on yet is pending as well.
    counts["pending"] = counts.get("pending", 0) + accounts - decided
    latencies = sorted(value for one in outcomes for value in one.latencies or ())
    best = [one.best for one in outcomes if one.best is not None]
    worst = [one.worst for one in outcomes if one.worst is not None]
    return build(
        SignalSummary,
        row[:15],
        published_by=row[15] or "",
        counts=OutcomeCounts(accounts=accounts, **counts),
        is_finished=wanted is not None and bool(wanted[2]),
        latency_p50_ms=_percentile(latencies, 50),
        latency_p95_ms=_percentile(latencies, 95),
        dispersion_bps=max(worst) - min(best) if best and worst else None,
    )


def _percentile(ordered: Sequence[Decimal], percent: int) -> Decimal | None:
    """Return the smallest value that at least so many percent do not exceed."""
    if not ordered:
        return None
    place = -(-len(ordered) * percent // 100) - 1
    return round(ordered[place], 1)

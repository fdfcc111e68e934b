"""Money over time: equity curves, profit, drawdown, trades; a client sees his own."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.clock import SystemClock
from patriot_app.core.db.market_time import market_now
from patriot_app.core.domain.equity import SnapshotResolution
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.reader import reading
from patriot_app.core.queries.tables import AnyRow, Table, fetch, narrowed

POINTS_MAX = 240
DESK_WIDTH = 4
"""The curve of all accounts has points that much wider: it reads a thousand times as much."""


class Span(StrEnum):
    """How far back a curve reaches, in market time."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"
    ALL = "all"


_SPANS = {
    Span.DAY: (timedelta(days=1), SnapshotResolution.MINUTE, timedelta(minutes=6)),
    Span.WEEK: (timedelta(days=7), SnapshotResolution.HOUR, timedelta(hours=1)),
    Span.MONTH: (timedelta(days=30), SnapshotResolution.HOUR, timedelta(hours=4)),
    Span.YEAR: (timedelta(days=365), SnapshotResolution.DAY, timedelta(days=2)),
    Span.ALL: (timedelta(days=3650), SnapshotResolution.DAY, timedelta(days=16)),
}
"""Length, resolution and width of a point: never more than POINTS_MAX points."""

# Each account adds how its newest reading differs from the one before, so that one without a
# reading keeps its last. What it brings when it comes into the curve later is a flow, no profit.
_MOVED = """
    moved AS (
        SELECT bucket, equity, net_flows, lag(equity) OVER own AS equity_before,
               lag(net_flows) OVER own AS flows_before
          FROM newest WINDOW own AS (PARTITION BY account_id ORDER BY bucket)
    )
    SELECT bucket, sum(equity - coalesce(equity_before, 0)) AS equity,
           sum(net_flows - flows_before) AS flows,
           sum(equity) FILTER (WHERE equity_before IS NULL) AS joined
      FROM moved GROUP BY bucket ORDER BY bucket
    """
_CURVE = text(
    f"""
    WITH newest AS (
        SELECT DISTINCT ON (e.account_id, bucket) e.account_id,
               date_bin(CAST(:width AS interval), e.taken_at, :origin) AS bucket,
               e.equity, e.net_flows
          FROM equity_snapshots AS e JOIN accounts AS a ON a.id = e.account_id
         WHERE e.resolution = :resolution AND e.taken_at >= :since
           AND (CAST(:account_id AS uuid) IS NULL OR e.account_id = :account_id)
           AND (CAST(:client_id AS uuid) IS NULL OR a.client_id = :client_id)
         ORDER BY e.account_id, bucket, e.taken_at DESC
    ), {_MOVED}
    """  # noqa: S608
)
# A thousand accounts have sixty thousand readings an hour. Snapshots are taken of all at once, so
# the last moment of each point stands for it, and only the readings of those moments are read.
_DESK_CURVE = text(
    f"""
    WITH points AS MATERIALIZED (
        SELECT bucket, (SELECT max(taken_at) FROM equity_snapshots
                         WHERE resolution = :resolution AND taken_at >= greatest(bucket, :since)
                           AND taken_at < bucket + CAST(:width AS interval)) AS taken_at
          FROM generate_series(date_bin(CAST(:width AS interval), CAST(:since AS timestamptz),
                                        :origin),
                               CAST(:now AS timestamptz), CAST(:width AS interval)) AS bucket
    ), newest AS (
        SELECT e.account_id, p.bucket, e.equity, e.net_flows
          FROM points AS p CROSS JOIN LATERAL (
               SELECT account_id, equity, net_flows FROM equity_snapshots
                WHERE resolution = :resolution AND taken_at = p.taken_at OFFSET 0) AS e
    ), {_MOVED}
    """  # noqa: S608
)
_NOW = text(
    """
    SELECT count(*) AS accounts, sum(s.equity) AS equity, sum(s.wallet_balance) AS wallet_balance,
           sum(s.unrealised_pnl) AS unrealised_pnl, sum(s.available_balance) AS available_balance,
           sum(s.equity - s.day_opening_equity) AS day_profit, sum(s.net_flows) AS net_flows,
           CASE WHEN sum(s.peak_equity) > 0
                THEN greatest(0, 1 - sum(s.equity) / sum(s.peak_equity)) END AS drawdown,
           min(s.observed_at) AS observed_at
      FROM accounts AS a LEFT JOIN account_states AS s ON s.account_id = a.id
     WHERE a.client_id = :client_id AND a.status <> 'disabled'
    """
)
_BOOKED = text(
    """
    SELECT coalesce(sum(r.amount) FILTER (WHERE r.classification = 'performance'), 0) AS profit,
           coalesce(sum(r.amount) FILTER (WHERE r.classification = 'performance'
                                            AND r.occurred_at >= :month), 0) AS month_profit
      FROM ledger_rows AS r JOIN accounts AS a ON a.id = r.account_id
     WHERE a.client_id = :client_id AND r.asset = 'USDT'
    """
)
_TRADES = Table(
    columns=(
        "f.id, f.account_id, a.label, a.exchange, f.symbol, f.side, f.quantity, f.price,"
        " f.commission, f.commission_asset, f.realised_pnl, f.is_maker, f.traded_at,"
        " coalesce(i.leg, g.leg) AS leg,"
        " f.attempt_id"
    ),
    source=(
        "fills AS f JOIN accounts AS a ON a.id = f.account_id"
        " LEFT JOIN attempts AS t ON t.id = f.attempt_id LEFT JOIN intents AS i"
        " ON i.id = t.intent_id LEFT JOIN protection_legs AS g ON g.id = f.leg_id"
    ),
    counted="fills AS f JOIN accounts AS a ON a.id = f.account_id",
    sorts={
        "traded_at": "f.traded_at",
        "symbol": "f.symbol",
        "quantity": "f.quantity",
        "price": "f.price",
        "realised_pnl": "f.realised_pnl",
    },
    filters={
        "symbol": "f.symbol = :symbol",
        "side": "f.side = :side",
        "account_id": "f.account_id = :account_id",
        "client_id": "a.client_id = :client_id",
    },
    search="f.symbol ILIKE :pattern OR f.exchange_trade_id = :search",
    default="f.traded_at DESC, f.id DESC",
    newest="traded_at",
)


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One point of a curve, in market time; money in USDT.

    Attributes:
        profit: equity without the deposits and withdrawals since the curve began.
        drawdown_fraction: distance of that profit's equity from its peak so far.
    """

    at: datetime
    equity: Decimal
    profit: Decimal
    drawdown_fraction: Decimal


@dataclass(frozen=True, slots=True)
class Portfolio:
    """A client's money now, over all his accounts, in USDT.

    Attributes:
        booked_profit: performance rows of the ledger since the beginning, open profit excluded.
        month_profit: the part of it that fell into this month of market time (UTC).
        net_flows: deposits minus withdrawals.
        observed_at: wall time of the oldest figure.
    """

    accounts: int
    equity: Decimal | None
    wallet_balance: Decimal | None
    unrealised_pnl: Decimal | None
    available_balance: Decimal | None
    day_profit: Decimal | None
    net_flows: Decimal | None
    drawdown_fraction: Decimal | None
    observed_at: datetime | None
    booked_profit: Decimal
    month_profit: Decimal


@dataclass(frozen=True, slots=True)
class Trade:
    """One fill; `traded_at` is market time, `leg` is None where the trade was not ours."""

    id: UUID
    account_id: UUID
    account: str
    exchange: str
    symbol: str
    side: str
    quantity: Decimal
    price: Decimal
    commission: Decimal
    commission_asset: str
    realised_pnl: Decimal | None
    is_maker: bool
    traded_at: datetime
    leg: str | None
    attempt_id: UUID | None


async def equity_curve(
    actor: Actor,
    *,
    span: Span = Span.MONTH,
    client_id: UUID | None = None,
    account_id: UUID | None = None,
) -> tuple[CurvePoint, ...]:
    """Return the equity of one account, of one client, or of all that the actor may see.

    An account without a reading in a point keeps its last one, so that a gap is no drawdown.
    """
    length, resolution, width = _SPANS[span]
    is_desk = actor.is_staff and client_id is None and account_id is None
    if is_desk:
        width *= DESK_WIDTH
    async with reading(actor) as session:
        now = await market_now(session, wall=SystemClock().now())
        bound = {
            "width": width,
            "origin": datetime(2000, 1, 1, tzinfo=UTC),
            "resolution": resolution.value,
            "since": now - length,
        }
        if is_desk:
            rows = await session.execute(_DESK_CURVE, bound | {"now": now})
        else:
            own = {"account_id": account_id, "client_id": client_id}
            rows = await session.execute(_CURVE, bound | own)
        return _curve(rows.all())


async def portfolio(actor: Actor, client_id: UUID) -> Portfolio:
    """Return a client's money now; of another client a client sees nothing, so zero accounts."""
    async with reading(actor) as session:
        now = await market_now(session, wall=SystemClock().now())
        month = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        current = (await session.execute(_NOW, {"client_id": client_id})).one()
        booked = await session.execute(_BOOKED, {"client_id": client_id, "month": month})
        profit, month_profit = booked.one()
    return Portfolio(
        accounts=current.accounts,
        equity=current.equity,
        wallet_balance=current.wallet_balance,
        unrealised_pnl=current.unrealised_pnl,
        available_balance=current.available_balance,
        day_profit=current.day_profit,
        net_flows=current.net_flows,
        drawdown_fraction=current.drawdown,
        observed_at=current.observed_at,
        booked_profit=profit,
        month_profit=month_profit,
    )


async def trades(actor: Actor, request: PageRequest) -> Page[Trade]:
    """Return one page of trades, newest first.

    Filters: symbol, side, account_id, client_id. Search: symbol, trade id.
    """
    async with reading(actor) as session:
        rows, total = await fetch(session, _TRADES, narrowed(request, actor))
    items = tuple(Trade(*row) for row in rows)
    return Page(items=items, total=total, page=request.page, size=request.limit)


def _curve(rows: Iterable[AnyRow]) -> tuple[CurvePoint, ...]:
    """Add up the differences of the points; rows come in the order of their times."""
    equity = flows = peak = Decimal(0)
    opening: Decimal | None = None
    points: list[CurvePoint] = []
    for row in rows:
        equity += row.equity
        flows += row.flows or 0
        if opening is not None:
            flows += row.joined or 0
        own = equity - flows
        opening = own if opening is None else opening
        peak = max(peak, own)
        fall = (peak - own) / peak if peak > 0 else Decimal(0)
        points.append(CurvePoint(row.bucket, equity, own - opening, fall))
    return tuple(points)

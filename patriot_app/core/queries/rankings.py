"""Strategies side by side, how their fills spread, and who stays: what the desk is judged by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.clock import SystemClock
from patriot_app.core.db.market_time import market_now
from patriot_app.core.db.outcomes import OUTCOMES, SLIPPAGE_BPS
from patriot_app.core.domain.daily_returns import DayResult, Period, days_of
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.domain.strategy_days import ALL
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.performance import Segment
from patriot_app.core.queries.reader import desk_reading
from patriot_app.core.queries.tables import Table, fetch

COHORTS_MAX = 24


@dataclass(frozen=True, slots=True)
class RankedDays:
    """A strategy's days in a segment; `managed` is its equity on the last of them, USDT."""

    strategy_id: UUID
    name: str
    accounts: int
    managed: Decimal
    days: tuple[DayResult, ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """How the fills of one signal spread over its accounts.

    Attributes:
        best, median, worst: slippage in basis points above the signal's price; negative is better.
        best_price, worst_price: what they paid on average.
    """

    signal_id: UUID
    created_at: datetime
    strategy: str
    symbol: str
    action: str
    reference_price: Decimal
    accounts: int
    best: Decimal | None
    median: Decimal | None
    worst: Decimal | None
    best_price: Decimal | None
    median_price: Decimal | None
    worst_price: Decimal | None


@dataclass(frozen=True, slots=True)
class Cohort:
    """Clients whose first mandate began in a month, and who of them had one later.

    Attributes:
        kept: clients with a mandate in force at the end of each month from the first on.
    """

    month: date
    clients: int
    kept: tuple[int, ...]


_RANKED = text(
    """
    SELECT d.strategy_id, st.name, d.day, sum(d.accounts) AS accounts, sum(d.equity) AS equity,
           sum(d.flow) AS flow, sum(d.profit) AS profit, sum(d.capital) AS capital
      FROM segment_days AS d JOIN strategies AS st ON st.id = d.strategy_id
     WHERE d.day >= :first AND d.day < :until AND d.strategy_id <> :all
       AND (:exchange = '' OR d.exchange = :exchange) AND (:mode = '' OR d.mode = :mode)
       AND (:risk_profile = '' OR d.risk_profile = :risk_profile)
     GROUP BY 1, 2, 3 ORDER BY 2, 1, 3
    """
)
_SIGNALS = Table(
    columns="s.id, s.created_at, st.name, s.symbol, s.action, s.reference_price",
    source=(
        "signals AS s JOIN deployments AS d ON d.id = s.deployment_id"
        " JOIN strategies AS st ON st.id = d.strategy_id"
    ),
    sorts={"created_at": "s.created_at", "symbol": "s.symbol", "strategy": "st.name"},
    filters={"strategy_id": "d.strategy_id = :strategy_id", "symbol": "s.symbol = :symbol"},
    search="s.symbol ILIKE :pattern OR st.name ILIKE :pattern",
    default="s.created_at DESC, s.id DESC",
    newest="created_at",
    counted_plain="signals AS s",
)
_SPREADS = text(
    f"""
    SELECT s.id, count(*) AS accounts, min({SLIPPAGE_BPS}) AS best,
           percentile_disc(0.5) WITHIN GROUP (ORDER BY {SLIPPAGE_BPS}) AS median,
           max({SLIPPAGE_BPS}) AS worst,
           (array_agg(r.average_price ORDER BY {SLIPPAGE_BPS}, r.account_id))[1] AS best_price,
           percentile_disc(0.5) WITHIN GROUP (ORDER BY r.average_price) AS median_price,
           (array_agg(r.average_price ORDER BY {SLIPPAGE_BPS} DESC, r.account_id))[1]
               AS worst_price
      FROM ({OUTCOMES}) AS r JOIN signals AS s ON s.id = r.signal_id
     WHERE r.average_price IS NOT NULL GROUP BY s.id
    """  # noqa: S608
)
_COHORTS = text(
    """
    WITH spans AS (
        SELECT client_id, min(starts_at) AS began,
               CASE WHEN bool_or(ends_at IS NULL) THEN 'infinity'::timestamptz
                    ELSE max(ends_at) END AS ended
          FROM mandates GROUP BY client_id
    ), cohorts AS (
        SELECT client_id, date_trunc('month', began AT TIME ZONE 'UTC') AS month, ended FROM spans
    )
    SELECT c.month::date AS month, g.month::date AS until,
           count(*) FILTER (WHERE c.ended >= (g.month + interval '1 month') AT TIME ZONE 'UTC'
                               OR c.ended > :now) AS kept, count(*) AS clients
      FROM cohorts AS c
     CROSS JOIN LATERAL generate_series(c.month, CAST(:this_month AS timestamp),
                                        interval '1 month') AS g(month)
     WHERE c.month >= CAST(:since AS timestamp)
     GROUP BY 1, 2 ORDER BY 1, 2
    """
)


async def strategies(actor: Actor, period: Period, segment: Segment) -> tuple[RankedDays, ...]:
    """Return every strategy that traded in a period, by name, with its days."""
    async with desk_reading(actor) as session:
        now = await market_now(session, wall=SystemClock().now())
        first, end = days_of(period, today=now.astimezone(UTC).date())
        rows = await session.execute(
            _RANKED,
            {
                "first": first,
                "until": end,
                "all": ALL,
                "exchange": segment.exchange,
                "mode": segment.mode,
                "risk_profile": segment.risk_profile,
            },
        )
        found: dict[UUID, RankedDays] = {}
        for row in rows:
            before = found[row.strategy_id].days if row.strategy_id in found else ()
            day = DayResult(row.day, row.equity, row.flow, row.profit, row.capital)
            found[row.strategy_id] = RankedDays(
                row.strategy_id, row.name, row.accounts, row.equity, (*before, day)
            )
    return tuple(found.values())


async def spreads(actor: Actor, request: PageRequest) -> Page[Spread]:
    """Return one page of signals with the spread of their fills, newest first.

    Filters: strategy_id, symbol. Search: strategy, symbol.
    """
    async with desk_reading(actor) as session:
        rows, total = await fetch(session, _SIGNALS, request)
        found = await session.execute(_SPREADS, {"signal_ids": [row.id for row in rows]})
        known = {row.id: tuple(row)[1:] for row in found}
    nothing = (0, None, None, None, None, None, None)
    items = tuple(Spread(*row, *known.get(row.id, nothing)) for row in rows)
    return Page(items=items, total=total, page=request.page, size=request.limit)


async def cohorts(actor: Actor) -> tuple[Cohort, ...]:
    """Return the last COHORTS_MAX months in which clients began, oldest first."""
    async with desk_reading(actor) as session:
        now = await market_now(session, wall=SystemClock().now())
        month = now.astimezone(UTC).date().replace(day=1)
        years, months = divmod(month.year * 12 + month.month - COHORTS_MAX, 12)
        since = date(years, months + 1, 1)
        rows = (
            await session.execute(
                _COHORTS,
                {
                    "now": now,
                    "this_month": datetime.combine(month, time()),
                    "since": datetime.combine(since, time()),
                },
            )
        ).all()
    return _cohorts([(row.month, row.clients, row.kept) for row in rows])


def _cohorts(rows: Sequence[tuple[date, int, int]]) -> tuple[Cohort, ...]:
    found: dict[date, Cohort] = {}
    for month, clients, kept in rows:
        before = found[month].kept if month in found else ()
        found[month] = Cohort(month, clients, (*before, kept))
    return tuple(found.values())

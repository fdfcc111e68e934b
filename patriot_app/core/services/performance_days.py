"""Sum up days: what the ledger booked by strategy, and how the desk's kinds of accounts did."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from patriot_app.core.db.account_days import ACCOUNT_DAYS, result_of
from patriot_app.core.db.arrays import to_json
from patriot_app.core.domain.daily_returns import DayResult, merge
from patriot_app.core.domain.strategy_days import ALL, StrategyPart, strategy_day
from patriot_app.core.unit_of_work import UnitOfWork

DAYS_AGAIN = 2
"""Today and yesterday are summed anew each time: their readings may still come."""
DAYS_AT_ONCE = 31
OVERLAP = timedelta(hours=1)
"""How much later than its time a row may become visible."""

_LAST = text("SELECT max(summed_at) FROM profit_days")
# A day is booked anew as a whole: its rows are dropped and made again.
# Rows move it when they come, and when somebody says at last what their type means.
_MOVED = text(
    """
    SELECT DISTINCT r.account_id, (r.occurred_at AT TIME ZONE 'UTC')::date AS day
      FROM (SELECT id FROM ledger_rows
             WHERE CAST(:since AS timestamptz) IS NULL OR ingested_at >= :since
            UNION ALL
            SELECT late.id FROM ledger_types AS t JOIN accounts AS a ON a.exchange = t.exchange
              JOIN ledger_rows AS late ON late.account_id = a.id AND late.row_type = t.row_type
             WHERE t.created_at >= :since) AS moved
      JOIN ledger_rows AS r ON r.id = moved.id
     WHERE r.classification = 'performance' AND r.asset = 'USDT'
     ORDER BY 2, 1
    """
)
_GIVEN = "unnest(CAST(:accounts AS uuid[]), CAST(:days AS date[])) AS m(account_id, day)"
_DROP = text(
    f"DELETE FROM profit_days AS p USING {_GIVEN}"  # noqa: S608
    " WHERE p.account_id = m.account_id AND p.day = m.day"
)
# A trade's strategy is its order's; funding and what else a position costs belongs to the last
# order of a strategy on that contract.
_BOOK = text(
    f"""
    INSERT INTO profit_days (account_id, day, strategy_id, realised, funding, commission, summed_at)
    SELECT account_id, day, strategy_id, sum(amount - funding - commission), sum(funding),
           sum(commission), :now
      FROM (SELECT m.account_id, m.day, coalesce(own.strategy_id, last.strategy_id, :none)
                   AS strategy_id, r.amount,
                   CASE WHEN r.row_type = 'FUNDING_FEE' THEN r.amount
                        ELSE coalesce(substring(r.details FROM 'funding=(-?[0-9.]+)')::numeric, 0)
                   END AS funding,
                   CASE WHEN r.row_type IN ('COMMISSION', 'COMMISSION_REBATE', 'API_REBATE',
                                            'FEE_RETURN', 'FEE_REFUND') THEN r.amount
                        ELSE coalesce(-substring(r.details FROM 'fee=(-?[0-9.]+)')::numeric, 0)
                   END AS commission
              FROM {_GIVEN}
              JOIN ledger_rows AS r ON r.account_id = m.account_id
               AND r.occurred_at >= m.day::timestamp AT TIME ZONE 'UTC'
               AND r.occurred_at < (m.day + 1)::timestamp AT TIME ZONE 'UTC'
              LEFT JOIN LATERAL (
                   SELECT d.strategy_id FROM fills AS f JOIN accounts AS a ON a.id = f.account_id
                     JOIN attempts AS t ON t.id = f.attempt_id
                     JOIN intents AS i ON i.id = t.intent_id
                     JOIN deployments AS d ON d.id = i.deployment_id
                    WHERE f.exchange = a.exchange AND f.account_id = r.account_id
                      AND f.symbol = r.symbol AND f.exchange_trade_id = r.trade_id
                      AND r.trade_id <> '' LIMIT 1) AS own ON true
              LEFT JOIN LATERAL (
                   SELECT d.strategy_id FROM fills AS f
                     JOIN attempts AS t ON t.id = f.attempt_id
                     JOIN intents AS i ON i.id = t.intent_id
                     JOIN deployments AS d ON d.id = i.deployment_id
                    WHERE own.strategy_id IS NULL AND f.account_id = r.account_id
                      AND f.symbol = r.symbol AND f.traded_at <= r.occurred_at
                    ORDER BY f.traded_at DESC LIMIT 1) AS last ON true
             WHERE r.classification = 'performance' AND r.asset = 'USDT') AS booked
     GROUP BY 1, 2, 3
    """  # noqa: S608
)
_DUE = text(
    """
    SELECT day FROM (
        SELECT unnest(CAST(:moved AS date[])) AS day
        UNION SELECT unnest(CAST(:again AS date[]))
        UNION SELECT g::date FROM generate_series(
                     (SELECT min(taken_at) AT TIME ZONE 'UTC' FROM equity_snapshots
                       WHERE resolution = 'day'),
                     CAST(:today AS timestamp), interval '1 day') AS g
               WHERE NOT EXISTS (SELECT 1 FROM segment_days AS s WHERE s.day = g::date)
                 AND EXISTS (SELECT 1 FROM equity_snapshots AS e WHERE e.resolution = 'day'
                                AND e.taken_at = g AT TIME ZONE 'UTC')) AS due
     WHERE day <= CAST(:today AS date) ORDER BY day DESC LIMIT :at_once
    """
)
_READINGS = text(ACCOUNT_DAYS)
_PROFITS = text(
    "SELECT day, account_id, strategy_id, realised, funding, commission FROM profit_days"
    " WHERE day = ANY(:days)"
)
# Allocations are dated by the wall clock, days by the market's: the clock's row leads from one to
# the other, and without a row they are the same.
_SHARES = text(
    """
    SELECT g.day, l.account_id, d.strategy_id, least(1, sum(l.share)) AS share
      FROM unnest(CAST(:days AS date[])) AS g(day) CROSS JOIN allocations AS l
      JOIN deployments AS d ON d.id = l.deployment_id LEFT JOIN market_clock AS c ON true
     WHERE coalesce(c.market_origin + (l.assigned_at - c.wall_origin) * c.speed, l.assigned_at)
           < (g.day + 1)::timestamp AT TIME ZONE 'UTC'
       AND (l.released_at IS NULL
            OR coalesce(c.market_origin + (l.released_at - c.wall_origin) * c.speed, l.released_at)
               >= (g.day + 1)::timestamp AT TIME ZONE 'UTC')
     GROUP BY 1, 2, 3
    """
)
_CLEAR = text("DELETE FROM segment_days WHERE day = ANY(:days)")
_SUM = text(
    """
    INSERT INTO segment_days (day, strategy_id, exchange, mode, risk_profile, accounts, equity,
           flow, profit, capital, realised, funding, commission)
    SELECT * FROM json_to_recordset(CAST(:segments AS json)) AS given(
           day date, strategy_id uuid, exchange text, mode text, risk_profile text, accounts int,
           equity numeric, flow numeric, profit numeric, capital numeric, realised numeric,
           funding numeric, commission numeric)
    """
)


@dataclass
class _Segment:
    """What comes together under one key."""

    days: list[DayResult] = field(default_factory=list)
    part: StrategyPart = field(default_factory=StrategyPart)


async def book_profit(uow: UnitOfWork) -> tuple[date, ...]:
    """Book the days of money rows that came since the last time, at first of all; return them."""
    last = (await uow.session.execute(_LAST)).scalar_one()
    since = None if last is None else last - OVERLAP
    moved = (await uow.session.execute(_MOVED, {"since": since})).all()
    if not moved:
        return ()
    bound = {"accounts": [row.account_id for row in moved], "days": [row.day for row in moved]}
    await uow.session.execute(_DROP, bound)
    await uow.session.execute(_BOOK, {**bound, "none": ALL, "now": uow.now})
    return tuple(sorted({row.day for row in moved}))


async def sum_up(uow: UnitOfWork, *, moved: Sequence[date], today: date) -> None:
    """Sum up the newest days, those whose books moved, and the newest that lack it.

    Args:
        today: in market time.
    """
    again = [today - timedelta(days=back) for back in range(DAYS_AGAIN)]
    found = await uow.session.execute(
        _DUE,
        {"moved": list(moved), "again": again, "today": today, "at_once": DAYS_AT_ONCE},
    )
    days = list(found.scalars())
    bound = {"days": days}
    readings = (
        await uow.session.execute(_READINGS, {**bound, "account_id": None, "client_id": None})
    ).all()
    profits = (await uow.session.execute(_PROFITS, bound)).all()
    shares = (await uow.session.execute(_SHARES, bound)).all()
    await uow.session.execute(_CLEAR, bound)
    await uow.session.execute(_SUM, {"segments": to_json(_segments(readings, profits, shares))})
    uow.touch("performance")


def _segments(
    readings: Sequence[Row[Any]], profits: Sequence[Row[Any]], shares: Sequence[Row[Any]]
) -> list[dict[str, Any]]:
    booked: dict[tuple[date, UUID], dict[UUID, StrategyPart]] = defaultdict(dict)
    for row in profits:
        booked[row.day, row.account_id][row.strategy_id] = StrategyPart(
            row.realised, row.funding, row.commission
        )
    held: dict[tuple[date, UUID], dict[UUID, Decimal]] = defaultdict(dict)
    for row in shares:
        held[row.day, row.account_id][row.strategy_id] = row.share
    segments: dict[tuple[date, UUID, str, str, str], _Segment] = defaultdict(_Segment)
    for row in readings:
        day = result_of(row)
        own, parts = booked[row.day, row.account_id], held[row.day, row.account_id]
        kind = (row.exchange, row.mode, row.risk_profile)
        whole = segments[row.day, ALL, *kind]
        whole.days.append(day)
        for part in own.values():
            whole.part = whole.part + part
        for strategy_id in sorted((own.keys() | parts.keys()) - {ALL}):
            made = own.get(strategy_id, StrategyPart())
            segment = segments[row.day, strategy_id, *kind]
            segment.days.append(strategy_day(day, made, share=parts.get(strategy_id, Decimal(0))))
            segment.part = segment.part + made
    return [_row(key, segment) for key, segment in segments.items()]


def _row(key: tuple[date, UUID, str, str, str], segment: _Segment) -> dict[str, Any]:
    (total,) = merge(segment.days)
    return {
        "day": key[0].isoformat(),
        "strategy_id": str(key[1]),
        "exchange": key[2],
        "mode": key[3],
        "risk_profile": key[4],
        "accounts": len(segment.days),
        "equity": total.equity,
        "flow": total.flow,
        "profit": total.profit,
        "capital": total.capital,
        "realised": segment.part.realised,
        "funding": segment.part.funding,
        "commission": segment.part.commission,
    }

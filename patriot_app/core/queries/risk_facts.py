"""What the measurement of risk reads: money and positions of accounts, and hourly prices."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.risk_rows import LIMITS_IN_FORCE, limits_of
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.risk_limits import RiskLimit
from patriot_app.core.domain.risk_measurements import AccountFacts
from patriot_app.core.domain.value_at_risk import HISTORY_HOURS, returns_of
from patriot_app.core.queries.positions import NOTIONAL, SOURCE
from patriot_app.core.queries.reader import reading

Market = tuple[Exchange, AccountMode]
_ACCOUNTS = text(
    "SELECT a.id, a.client_id, a.shard, a.exchange, a.mode, s.equity, s.day_opening_equity,"
    " s.peak_equity, s.maintenance_margin FROM accounts AS a"
    " JOIN account_states AS s ON s.account_id = a.id"
    " WHERE a.shard = ANY(:shards) AND a.status <> 'disabled' AND s.observed_at > :fresh_after"
    " ORDER BY a.id"
)
_POSITIONS = text(
    f"SELECT p.account_id, p.symbol, sum({NOTIONAL}) AS notional FROM {SOURCE}"  # noqa: S608
    " WHERE a.shard = ANY(:shards) AND p.quantity <> 0 GROUP BY p.account_id, p.symbol"
)
_SENT = text(
    "SELECT intent.account_id, count(*) AS orders, count(*) FILTER (WHERE attempt.state IN"
    " ('rejected', 'unknown', 'quarantined')) AS errors"
    " FROM intents AS intent JOIN attempts AS attempt ON attempt.intent_id = intent.id"
    " WHERE intent.account_id = ANY(:accounts) AND intent.created_at > :since"
    " AND attempt.state NOT IN ('created', 'void') GROUP BY intent.account_id"
)
# Each hour's close is one look by the key: a month of minutes is never walked.
_CLOSES = text(
    """
    SELECT hour.at, candle.close
      FROM generate_series(CAST(:from AS timestamptz), CAST(:until AS timestamptz),
                           interval '1 hour') AS hour(at)
      LEFT JOIN LATERAL (SELECT close FROM candles
                          WHERE exchange = :exchange AND mode = :mode AND symbol = :symbol
                            AND opened_at = hour.at - interval '1 minute' OFFSET 0)
        AS candle ON true
     ORDER BY hour.at
    """
)
_VOLUME = text(
    "SELECT sum(volume * close) FROM candles WHERE exchange = :exchange AND mode = :mode"
    " AND symbol = :symbol AND opened_at >= CAST(:until AS timestamptz) - interval '1 day'"
    " AND opened_at < :until"
)
ERRORS_WITHIN = timedelta(minutes=10)


async def limits(now: datetime) -> list[RiskLimit]:
    """Return the limits in force."""
    async with reading(SYSTEM) as session:
        return limits_of(await session.execute(LIMITS_IN_FORCE, {"now": now}))


async def accounts(
    shards: Sequence[int], *, now: datetime, fresh_after: datetime
) -> list[AccountFacts]:
    """Return the accounts of shards whose figures are fresh, without volumes."""
    async with reading(SYSTEM, snapshot=True) as session:
        bound = {"shards": list(shards), "fresh_after": fresh_after}
        rows = (await session.execute(_ACCOUNTS, bound)).all()
        held: dict[UUID, dict[str, Decimal]] = defaultdict(dict)
        for row in await session.execute(_POSITIONS, {"shards": list(shards)}):
            held[row.account_id][row.symbol] = row.notional
        since = {"accounts": [row.id for row in rows], "since": now - ERRORS_WITHIN}
        sent = {row.account_id: row for row in await session.execute(_SENT, since)}
    found = [
        AccountFacts(
            account_id=row.id,
            client_id=row.client_id,
            shard=row.shard,
            exchange=Exchange(row.exchange),
            mode=AccountMode(row.mode),
            equity=row.equity,
            day_opening_equity=row.day_opening_equity,
            peak_equity=row.peak_equity,
            maintenance_margin=row.maintenance_margin,
            notionals=held.get(row.id, {}),
        )
        for row in rows
    ]
    return [
        replace(one, orders=sent[one.account_id].orders, errors=sent[one.account_id].errors)
        if one.account_id in sent
        else one
        for one in found
    ]


async def hourly_returns(
    market: Market, symbols: Sequence[str], *, until: datetime
) -> dict[str, list[float]]:
    """Return a month of hourly returns by symbol, NaN where a price is missing.

    Args:
        until: market time; its last full hour is the last one.
    """
    last = until.replace(minute=0, second=0, microsecond=0)
    bound = {"from": last - timedelta(hours=HISTORY_HOURS), "until": last, **_of(market)}
    found = {}
    async with reading(SYSTEM) as session:
        for symbol in symbols:
            rows = await session.execute(_CLOSES, {**bound, "symbol": symbol})
            found[symbol] = returns_of([row.close for row in rows])
    return found


async def day_volumes(
    market: Market, symbols: Sequence[str], *, until: datetime
) -> Mapping[str, Decimal]:
    """Return USDT traded within the day before a market time, where it is known."""
    found = {}
    async with reading(SYSTEM) as session:
        for symbol in symbols:
            bound = {"until": until, "symbol": symbol, **_of(market)}
            volume = (await session.execute(_VOLUME, bound)).scalar_one()
            if volume:
                found[symbol] = volume
    return found


def _of(market: Market) -> dict[str, str]:
    return {"exchange": market[0].value, "mode": market[1].value}

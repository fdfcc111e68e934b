"""Days of results for comparison: of an account, a client, a strategy or the desk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from patriot_app.core.clock import SystemClock
from patriot_app.core.db.account_days import ACCOUNT_DAYS, result_of
from patriot_app.core.db.market_time import market_now
from patriot_app.core.domain.benchmarks import BenchmarkClose
from patriot_app.core.domain.daily_returns import (
    DayResult,
    Period,
    days_of,
    merge,
)
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.domain.strategy_days import ALL, StrategyPart
from patriot_app.core.queries.reader import desk_reading, reading
from patriot_app.core.queries.tables import escape_like

SUBJECTS_MAX = 5
Span = Period | tuple[date, date]
"""So far back, or from a day to the day after the last."""


class SubjectKind(StrEnum):
    """Whose results are asked for."""

    DESK = "desk"
    STRATEGY = "strategy"
    CLIENT = "client"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose results; the desk has the nil id."""

    kind: SubjectKind
    id: UUID = ALL


@dataclass(frozen=True, slots=True)
class Segment:
    """Which accounts of the desk or of a strategy; "" stands for any."""

    exchange: str = ""
    mode: str = ""
    risk_profile: str = ""


@dataclass(frozen=True, slots=True)
class Course:
    """The days of a subject in a period, in their order; `name` is how people call it."""

    subject: Subject
    name: str
    first: date
    end: date
    days: tuple[DayResult, ...]


@dataclass(frozen=True, slots=True)
class Attribution:
    """What one strategy brought; id nil: what no strategy made. Amounts as the wallet felt them."""

    strategy_id: UUID
    name: str
    part: StrategyPart


_ACCOUNT_DAYS = text(ACCOUNT_DAYS)
_FIRST = text(
    """
    SELECT min(first) FROM accounts AS a CROSS JOIN LATERAL (
           SELECT min(s.taken_at) AS first FROM equity_snapshots AS s
            WHERE s.account_id = a.id AND s.resolution = 'day') AS reading
     WHERE (CAST(:account_id AS uuid) IS NULL OR a.id = :account_id)
       AND (CAST(:client_id AS uuid) IS NULL OR a.client_id = :client_id)
    """
)
_IN_SEGMENT = (
    "(:exchange = '' OR exchange = :exchange) AND (:mode = '' OR mode = :mode)"
    " AND (:risk_profile = '' OR risk_profile = :risk_profile)"
)
_SEGMENT_DAYS = text(
    f"""
    SELECT day, sum(equity) AS equity, sum(flow) AS flow, sum(profit) AS profit,
           sum(capital) AS capital
      FROM segment_days WHERE strategy_id = :id AND day >= :first AND day < :until
       AND {_IN_SEGMENT} GROUP BY day ORDER BY day
    """  # noqa: S608
)
_BY_STRATEGY = text(
    f"""
    SELECT strategy_id, coalesce(st.name, '') AS name, sum(realised) AS realised,
           sum(funding) AS funding, sum(commission) AS commission
      FROM segment_days LEFT JOIN strategies AS st ON st.id = strategy_id
     WHERE day >= :first AND day < :until AND {_IN_SEGMENT} GROUP BY 1, 2 ORDER BY 2, 1
    """  # noqa: S608
)
_BY_STRATEGY_OF = text(
    """
    SELECT p.strategy_id, coalesce(st.name, '') AS name, sum(p.realised) AS realised,
           sum(p.funding) AS funding, sum(p.commission) AS commission
      FROM profit_days AS p JOIN accounts AS a ON a.id = p.account_id
      LEFT JOIN strategies AS st ON st.id = p.strategy_id
     WHERE p.day >= :first AND p.day < :until
       AND (CAST(:account_id AS uuid) IS NULL OR a.id = :account_id)
       AND (CAST(:client_id AS uuid) IS NULL OR a.client_id = :client_id)
     GROUP BY 1, 2 ORDER BY 2, 1
    """
)
_NAMES = {
    SubjectKind.STRATEGY: text("SELECT name FROM strategies WHERE id = :id"),
    SubjectKind.CLIENT: text("SELECT name FROM users WHERE id = :id"),
    SubjectKind.ACCOUNT: text("SELECT label FROM accounts WHERE id = :id"),
}
_CLOSES = text(
    "SELECT day, close FROM benchmark_days WHERE benchmark = :name AND day >= :first"
    " AND day < :until ORDER BY day"
)
_BENCHMARKS = text("SELECT DISTINCT benchmark FROM benchmark_days ORDER BY benchmark")


async def course(
    actor: Actor, subject: Subject, period: Span, segment: Segment | None = None
) -> Course:
    """Return the days of a subject; a client sees his own and his accounts' only.

    Args:
        segment: narrows the desk or a strategy; nothing for a client or an account.
    """
    of_desk = subject.kind in (SubjectKind.DESK, SubjectKind.STRATEGY)
    opened = desk_reading(actor) if of_desk else reading(actor)
    async with opened as session:
        first, end = await _days(session, period)
        if of_desk:
            days = await _segment_days(session, subject, segment or Segment(), first, end)
        else:
            days = await _account_days(session, subject, first, end)
        return Course(subject, await _name(session, subject), first, end, days)


async def attribution(
    actor: Actor, subject: Subject, period: Span, segment: Segment | None = None
) -> tuple[Attribution, ...]:
    """Return what each strategy brought; together it is what the ledger booked in the period."""
    of_desk = subject.kind in (SubjectKind.DESK, SubjectKind.STRATEGY)
    opened = desk_reading(actor) if of_desk else reading(actor)
    async with opened as session:
        first, end = await _days(session, period)
        bound: dict[str, Any] = {"first": first, "until": end}
        if not of_desk:
            rows = (await session.execute(_BY_STRATEGY_OF, bound | _narrow(subject))).all()
            return tuple(_attribution(row) for row in rows)
        rows = (await session.execute(_BY_STRATEGY, bound | _segment(segment or Segment()))).all()
        found = [_attribution(row) for row in rows]
        if subject.kind is SubjectKind.STRATEGY:
            return tuple(one for one in found if one.strategy_id == subject.id)
        return _with_the_rest(found)


async def closes(
    actor: Actor, benchmark: str, *, first: date, end: date
) -> tuple[BenchmarkClose, ...]:
    """Return a benchmark's closes, from a week before so that the first day has a return."""
    async with reading(actor) as session:
        bound = {"name": benchmark, "first": first - timedelta(days=7), "until": end}
        rows = await session.execute(_CLOSES, bound)
        return tuple(BenchmarkClose(row.day, row.close) for row in rows)


async def benchmarks(actor: Actor) -> tuple[str, ...]:
    """Return the names of the benchmarks that have closes."""
    async with reading(actor) as session:
        return tuple((await session.execute(_BENCHMARKS)).scalars())


async def _days(session: AsyncSession, period: Span) -> tuple[date, date]:
    if not isinstance(period, Period):
        return period
    now = await market_now(session, wall=SystemClock().now())
    return days_of(period, today=now.astimezone(UTC).date())


async def _account_days(
    session: AsyncSession, subject: Subject, first: date, end: date
) -> tuple[DayResult, ...]:
    who = _narrow(subject)
    began = (await session.execute(_FIRST, who)).scalar_one()
    if began is None:
        return ()
    start = max(first, began.astimezone(UTC).date())
    days = [start + timedelta(days=number) for number in range((end - start).days)]
    rows = await session.execute(_ACCOUNT_DAYS, {"days": days, **who})
    return merge(result_of(row) for row in rows)


async def _segment_days(
    session: AsyncSession, subject: Subject, segment: Segment, first: date, end: date
) -> tuple[DayResult, ...]:
    bound = {"id": subject.id, "first": first, "until": end} | _segment(segment)
    rows = await session.execute(_SEGMENT_DAYS, bound)
    return tuple(DayResult(*row) for row in rows)


async def _name(session: AsyncSession, subject: Subject) -> str:
    if subject.kind is SubjectKind.DESK:
        return "The desk"
    row = await session.execute(_NAMES[subject.kind], {"id": subject.id})
    return str(row.scalar_one_or_none() or "")


def _attribution(row: Any) -> Attribution:
    return Attribution(
        row.strategy_id, row.name, StrategyPart(row.realised, row.funding, row.commission)
    )


def _with_the_rest(found: Sequence[Attribution]) -> tuple[Attribution, ...]:
    """Put what no strategy made in the place of the sum of all."""
    named = [one for one in found if one.strategy_id != ALL]
    whole = next((one.part for one in found if one.strategy_id == ALL), StrategyPart())
    rest = StrategyPart(
        whole.realised - sum((one.part.realised for one in named), Decimal(0)),
        whole.funding - sum((one.part.funding for one in named), Decimal(0)),
        whole.commission - sum((one.part.commission for one in named), Decimal(0)),
    )
    return (*named, Attribution(ALL, "", rest)) if rest != StrategyPart() else tuple(named)


def _narrow(subject: Subject) -> dict[str, UUID | None]:
    is_client = subject.kind is SubjectKind.CLIENT
    return {
        "client_id": subject.id if is_client else None,
        "account_id": None if is_client else subject.id,
    }


def _segment(segment: Segment) -> dict[str, str]:
    return {
        "exchange": segment.exchange,
        "mode": segment.mode,
        "risk_profile": segment.risk_profile,
    }


@dataclass(frozen=True, slots=True)
class Match:
    """Somebody or something whose results can be looked at."""

    subject: Subject
    name: str
    detail: str


_FIND = text(
    """
    (SELECT 'strategy' AS kind, s.id, s.name, s.kind AS detail FROM strategies AS s
      WHERE s.name ILIKE :pattern ORDER BY s.name, s.id LIMIT :each)
    UNION ALL
    (SELECT 'client', u.id, u.name, u.status FROM users AS u
      WHERE u.name ILIKE :pattern AND 'customer' = ANY(u.roles) ORDER BY u.name, u.id LIMIT :each)
    UNION ALL
    (SELECT 'account', a.id, a.label, u.name || ', ' || a.exchange || ', ' || a.mode
       FROM accounts AS a JOIN users AS u ON u.id = a.client_id
      WHERE a.label ILIKE :pattern ORDER BY a.label, a.id LIMIT :each)
    """
)
FOUND_EACH = 6


async def find(actor: Actor, words: str) -> tuple[Match, ...]:
    """Return strategies, clients and accounts with words in their name, a few of each."""
    async with desk_reading(actor) as session:
        bound = {"pattern": f"%{escape_like(words.strip())}%", "each": FOUND_EACH}
        return tuple(
            Match(Subject(SubjectKind(row.kind), row.id), row.name, row.detail)
            for row in await session.execute(_FIND, bound)
        )

"""Measured risk: breaches, the accounts nearest to their limits, and what shocks would cost."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.permissions import Actor
from patriot_app.core.domain.stress import (
    SHOCKS,
    StressedBook,
    StressKind,
    StressResult,
    StressSeverity,
    apply,
)
from patriot_app.core.queries.positions import NOTIONAL, SOURCE
from patriot_app.core.queries.reader import desk_reading

_BREACHES = text(
    "SELECT b.id, b.account_id, a.label, u.name AS client, b.name, b.severity, b.response, b.state,"
    " b.value, b.worst, b.limit_value, b.origin, b.opened_at, b.seen_at, b.note, b.is_false_alarm,"
    " coalesce(p.name, '') AS acknowledged_by, b.resolved_at, b.did"
    " FROM risk_breaches AS b JOIN accounts AS a ON a.id = b.account_id"
    " JOIN users AS u ON u.id = a.client_id LEFT JOIN users AS p ON p.id = b.acknowledged_by"
    " WHERE CAST(:severity AS text) IN ('', b.severity) AND CAST(:state AS text) IN ('', b.state)"
    " ORDER BY b.state = 'resolved', b.opened_at DESC, b.id LIMIT :limit"
)
_LATEST = text(
    "SELECT m.account_id, a.label, u.name AS client, m.measured_at, m.score, m.equity,"
    " m.gross_notional, m.figures, m.book"
    " FROM risk_measurements AS m JOIN accounts AS a ON a.id = m.account_id"
    " JOIN users AS u ON u.id = a.client_id"
    " WHERE m.quarter > now() - interval '30 minutes' AND NOT EXISTS"
    " (SELECT 1 FROM risk_measurements AS newer WHERE newer.account_id = m.account_id"
    " AND newer.quarter > m.quarter)"
    " ORDER BY m.score DESC, m.account_id LIMIT :limit"
)
_BOOKS = text(
    f"SELECT p.account_id, p.symbol, sum({NOTIONAL}) AS notional, s.equity, s.maintenance_margin"  # noqa: S608
    f" FROM {SOURCE} JOIN account_states AS s ON s.account_id = p.account_id"
    " WHERE p.quantity <> 0 AND s.equity IS NOT NULL"
    " GROUP BY p.account_id, p.symbol, s.equity, s.maintenance_margin"
)

_BOOK = text(
    "SELECT book FROM risk_measurements WHERE account_id = :account_id"
    " AND quarter > now() - interval '30 minutes' ORDER BY quarter DESC LIMIT 1"
)
_RECORD = text(
    "SELECT count(*) AS breaches, count(DISTINCT b.account_id) AS accounts,"
    " count(*) FILTER (WHERE b.is_false_alarm) AS false_alarms,"
    " (SELECT count(DISTINCT account_id) FROM risk_measurements"
    "   WHERE quarter > now() - interval '30 days') AS measured"
    " FROM risk_breaches AS b WHERE b.opened_at > now() - interval '30 days'"
)
_EXPOSURE = text(
    f"SELECT u.name, a.label, p.symbol, sum({NOTIONAL}) AS notional, a.id, s.equity"  # noqa: S608
    f" FROM {SOURCE} JOIN users AS u ON u.id = a.client_id"
    " LEFT JOIN account_states AS s ON s.account_id = a.id WHERE p.quantity <> 0"
    " GROUP BY u.name, a.label, a.id, p.symbol, s.equity"
    " ORDER BY u.name, a.label, a.id, p.symbol LIMIT 50000"
)


@dataclass(frozen=True, slots=True)
class BreachRecord:
    """Breaches of the last 30 days, and how many accounts they were of.

    Attributes:
        false_alarms: breaches that a person acknowledged as such.
        measured: accounts that were measured at all.
    """

    breaches: int
    accounts: int
    false_alarms: int
    measured: int

    @property
    def violation_rate(self) -> Decimal | None:
        """Share of the measured accounts that had a breach; None if none was measured."""
        return Decimal(self.accounts) / self.measured if self.measured else None

    @property
    def false_alarm_rate(self) -> Decimal | None:
        """Share of the breaches that were false alarms; None if there was none."""
        return Decimal(self.false_alarms) / self.breaches if self.breaches else None


@dataclass(frozen=True, slots=True)
class Held:
    """What an account holds of a contract.

    Attributes:
        notional: USDT, negative for a short; None: without a price.
        equity: None: not known.
    """

    client: str
    account: str
    symbol: str
    notional: Decimal | None
    account_id: UUID
    equity: Decimal | None


@dataclass(frozen=True, slots=True)
class BreachView:
    """One breach, in the unit of its limit; `did` says what was done about it, "" if nothing yet."""

    id: UUID
    account_id: UUID
    account: str
    client: str
    name: str
    severity: str
    response: str
    state: str
    value: Decimal
    worst: Decimal
    limit: Decimal
    origin: str
    opened_at: datetime
    seen_at: datetime
    note: str
    is_false_alarm: bool
    acknowledged_by: str
    resolved_at: datetime | None
    did: str = ""


@dataclass(frozen=True, slots=True)
class MeasuredAccount:
    """An account's newest figures; `figures` by limit, `book` is the value at risk, if known."""

    account_id: UUID
    account: str
    client: str
    measured_at: datetime
    score: int
    equity: Decimal | None
    gross_notional: Decimal
    figures: Mapping[str, str]
    book: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class StressView:
    """One shock and what it would do."""

    kind: StressKind
    severity: StressSeverity
    shock: Decimal
    result: StressResult


async def breaches(
    actor: Actor, *, severity: str = "", state: str = "", limit: int = 50
) -> tuple[BreachView, ...]:
    """Return the breaches that stand, then the newest of those that are over.

    Args:
        severity, state: narrow it to one each; "" is any.
    """
    async with desk_reading(actor) as session:
        rows = await session.execute(
            _BREACHES, {"limit": limit, "severity": severity, "state": state}
        )
        return tuple(BreachView(*row) for row in rows)


async def riskiest(actor: Actor, *, limit: int = 50) -> tuple[MeasuredAccount, ...]:
    """Return the accounts with the highest scores, as measured within the last half hour."""
    async with desk_reading(actor) as session:
        rows = await session.execute(_LATEST, {"limit": limit})
        return tuple(MeasuredAccount(*row) for row in rows)


async def book(actor: Actor, account_id: UUID) -> Mapping[str, Any] | None:
    """Return an account's value at risk as measured within the last half hour, if it is known."""
    async with desk_reading(actor) as session:
        found = await session.execute(_BOOK, {"account_id": account_id})
        measured: Mapping[str, Any] | None = found.scalar_one_or_none()
        return measured


async def record(actor: Actor) -> BreachRecord:
    """Return how often limits were breached within 30 days, and how often falsely."""
    async with desk_reading(actor) as session:
        return BreachRecord(*(await session.execute(_RECORD)).one())


async def exposure(actor: Actor) -> tuple[Held, ...]:
    """Return what every account holds of every contract."""
    async with desk_reading(actor) as session:
        return tuple(Held(*row) for row in await session.execute(_EXPOSURE))


async def stress(actor: Actor) -> tuple[StressView, ...]:
    """Return what every stated shock would do to the positions held now."""
    books, volatility = await _stressed(actor)
    return tuple(
        StressView(kind, severity, shock, apply({kind: shock}, books, volatility=volatility))
        for kind, shocks in SHOCKS.items()
        for severity, shock in shocks.items()
    )


async def stress_of(
    actor: Actor, shocks: Mapping[StressKind, Decimal]
) -> tuple[tuple[Mapping[StressKind, Decimal], StressResult], ...]:
    """Return what shocks would do to the positions held now: each alone, then all at once.

    Raises:
        Invalid: no shock, or one out of range.
    """
    runs = [{kind: shock} for kind, shock in shocks.items()]
    if len(runs) != 1:
        runs.append(dict(shocks))
    books, volatility = await _stressed(actor)
    return tuple((one, apply(one, books, volatility=volatility)) for one in runs)


async def _stressed(actor: Actor) -> tuple[list[StressedBook], dict[str, Decimal]]:
    """Return the books that a shock hits, and the daily volatility of what they hold."""
    async with desk_reading(actor) as session:
        rows = (await session.execute(_BOOKS)).all()
        measured = await session.execute(_LATEST, {"limit": 1_000})
        volatility = _volatility([row.book for row in measured if row.book])
    money: dict[UUID, tuple[Decimal, Decimal]] = {}
    held: dict[UUID, dict[str, Decimal]] = defaultdict(dict)
    for row in rows:
        money[row.account_id] = (row.equity, row.maintenance_margin or Decimal(0))
        held[row.account_id][row.symbol] = row.notional
    books = [StressedBook(account, *money[account], held[account]) for account in sorted(money)]
    return books, volatility


def _volatility(books: list[Mapping[str, Any]]) -> dict[str, Decimal]:
    """Return the daily volatility of symbols; the largest where markets differ."""
    found: dict[str, Decimal] = {}
    for book in books:
        for one in book["components"]:
            known = found.get(one["symbol"], Decimal(0))
            found[one["symbol"]] = max(known, Decimal(one["volatility"]))
    return found

"""Limits with their effective values and origins, halts, and what was denied."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from patriot_app.core.clock import SystemClock
from patriot_app.core.db.risk_rows import LIMITS_IN_FORCE, limits_of
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.domain.risk_limits import (
    Effective,
    LimitSubject,
    RiskLimit,
    effective_all,
)
from patriot_app.core.errors import NotFound
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.positions import NOTIONAL, SOURCE
from patriot_app.core.queries.reader import desk_reading
from patriot_app.core.queries.tables import Table, build, fetch

_SCOPE_NAME = (
    "coalesce((SELECT st.name FROM strategies AS st WHERE x.scope = 'strategy'"
    " AND st.id::text = x.scope_id), (SELECT u.name FROM users AS u WHERE x.scope = 'client'"
    " AND u.id::text = x.scope_id), (SELECT o.name || ' · ' || a.label FROM accounts AS a"
    " JOIN users AS o ON o.id = a.client_id WHERE x.scope = 'account'"
    " AND a.id::text = x.scope_id), x.scope_id)"
)
_LIMITS = text(
    f"SELECT x.id, x.scope, x.scope_id, {_SCOPE_NAME}, x.name, x.value, x.reason,"  # noqa: S608
    " coalesce(by.name, ''), x.created_at, x.expires_at, x.is_override, x.action"
    " FROM risk_limits AS x LEFT JOIN users AS by"
    " ON by.id = x.set_by WHERE x.ended_at IS NULL AND (x.expires_at IS NULL OR x.expires_at > now())"
    " ORDER BY array_position(ARRAY['desk',"
    " 'strategy', 'client', 'account'], x.scope::text), 4, x.name LIMIT 2000"
)
_HALTS = (
    f"SELECT x.id, x.scope, x.scope_id, {_SCOPE_NAME}, x.state, x.reason,"  # noqa: S608
    " coalesce(r.name, 'the daemon'), x.raised_at, coalesce(l.name, ''), x.lifted_at,"
    " x.lift_reason, x.level, x.lowering_to, coalesce(p.name, ''), x.lowering_at,"
    " x.lowering_reason, x.is_solo, c.waiting, c.done, c.failed, c.started_at, c.finished_at,"
    " x.lowering_by"
    " FROM halts AS x LEFT JOIN users AS r ON r.id = x.raised_by"
    " LEFT JOIN users AS l ON l.id = x.lifted_by LEFT JOIN users AS p ON p.id = x.lowering_by"
    " CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE w.state IN ('waiting', 'running'))"
    " AS waiting, count(*) FILTER (WHERE w.state = 'done') AS done,"
    " count(*) FILTER (WHERE w.state = 'failed') AS failed, min(w.started_at) AS started_at,"
    " max(w.finished_at) AS finished_at FROM halt_accounts AS w WHERE w.halt_id = x.id) AS c"
)
_ACTIVE = text(f"{_HALTS} WHERE x.lifted_at IS NULL ORDER BY x.raised_at DESC LIMIT 200")
_PAST = text(f"{_HALTS} WHERE x.lifted_at IS NOT NULL ORDER BY x.lifted_at DESC LIMIT :limit")
_DENIALS = text(
    "SELECT reason_code, count(*), count(DISTINCT account_id), max(decided_at),"
    " (array_agg(reason ORDER BY decided_at DESC))[1] FROM fan_out_accounts"
    " WHERE decision = 'denied' AND signal_id IN (SELECT id FROM signals"
    " WHERE created_at > now() - CAST(:span AS interval) - interval '10 minutes')"
    " AND decided_at > now() - CAST(:span AS interval)"
    " GROUP BY reason_code ORDER BY count(*) DESC"
)
_ACCOUNT = text("SELECT id, client_id FROM accounts WHERE id = :id")
_USAGE = Table(
    columns=(
        "o.id, o.label, o.client_id, u.name, o.exchange, o.mode, st.equity,"
        " coalesce(used.gross, 0), coalesce(used.largest, 0),"
        " used.gross / nullif(st.equity, 0),"
        " CASE WHEN st.day_opening_equity > 0 THEN"
        " greatest(0, 1 - st.equity / st.day_opening_equity) END,"
        " CASE WHEN st.peak_equity > 0 THEN greatest(0, 1 - st.equity / st.peak_equity) END"
    ),
    source=(
        "accounts AS o JOIN users AS u ON u.id = o.client_id"  # noqa: S608
        " LEFT JOIN account_states AS st ON st.account_id = o.id"
        f" LEFT JOIN LATERAL (SELECT sum(abs({NOTIONAL})) AS gross,"
        f" max(abs({NOTIONAL})) AS largest FROM {SOURCE}"
        " WHERE p.account_id = o.id AND p.quantity <> 0) AS used ON true"
    ),
    sorts={
        "account": "o.label",
        "client": "u.name",
        "equity": "st.equity",
        "gross_notional": "used.gross",
        "largest_position": "used.largest",
        "leverage": "used.gross / nullif(st.equity, 0)",
    },
    filters={"exchange": "o.exchange = :exchange", "client_id": "o.client_id = :client_id"},
    search="o.label ILIKE :pattern OR u.name ILIKE :pattern",
    default="u.name, o.label, o.id",
    always="o.status <> 'disabled'",
)


@dataclass(frozen=True, slots=True)
class LimitView:
    """One limit that somebody set; `subject` is the name of whose it is, "" for the desk.

    Attributes:
        expires_at: of an override.
        action: what a breach does where the measurement may act.
    """

    id: UUID
    scope: str
    scope_id: str
    subject: str
    name: str
    value: Decimal
    reason: str
    set_by: str
    set_at: datetime
    expires_at: datetime | None = None
    is_override: bool = False
    action: str = "flatten"


@dataclass(frozen=True, slots=True)
class HaltView:
    """One halt, in force while `lifted_at` is None.

    Attributes:
        level: 1 to 4, see core.domain.halts.HaltLevel.
        lowering_to: level that somebody proposed, 0 to lift it; None if nobody did.
        waiting, done, failed: accounts that are cleared up behind it.
    """

    id: UUID
    scope: str
    scope_id: str
    subject: str
    state: str
    reason: str
    raised_by: str
    raised_at: datetime
    lifted_by: str
    lifted_at: datetime | None
    lift_reason: str
    level: int = 2
    lowering_to: int | None = None
    lowering_by: str = ""
    lowering_at: datetime | None = None
    lowering_reason: str = ""
    is_solo: bool = False
    waiting: int = 0
    done: int = 0
    failed: int = 0
    started_at: datetime | None = None
    finished_at: datetime | None = None
    lowering_by_id: UUID | None = None

    @property
    def accounts(self) -> int:
        """Return how many accounts are cleared up behind it."""
        return self.waiting + self.done + self.failed

    def seconds_left(self, now: datetime) -> int | None:
        """Return how long clearing up will take at its pace so far; None if nobody can say."""
        settled = self.done + self.failed
        if not self.waiting or not settled or self.started_at is None:
            return None
        passed = (now - self.started_at) / timedelta(seconds=1)
        return max(1, round(passed * self.waiting / settled))


@dataclass(frozen=True, slots=True)
class DenialCount:
    """How often one rule said no, with the newest reason in words."""

    reason_code: str
    denials: int
    accounts: int
    last_at: datetime
    example: str


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of its limits an account uses; notionals in USDT, the rest fractions.

    Attributes:
        limits: every limit with its effective value and where that comes from.
    """

    account_id: UUID
    account: str
    client_id: UUID
    client: str
    exchange: str
    mode: str
    equity: Decimal | None
    gross_notional: Decimal
    largest_position: Decimal
    leverage: Decimal | None
    day_loss_fraction: Decimal | None
    drawdown_fraction: Decimal | None
    limits: tuple[Effective, ...]


async def limits(actor: Actor) -> tuple[LimitView, ...]:
    """Return the limits that somebody set, from the desk's down to the accounts'."""
    async with desk_reading(actor) as session:
        return tuple(LimitView(*row) for row in await session.execute(_LIMITS))


async def desk_limits(actor: Actor) -> tuple[Effective, ...]:
    """Return what counts where no narrower limit is set."""
    async with desk_reading(actor) as session:
        return effective_all(await _in_force(session), LimitSubject())


async def effective_limits(
    actor: Actor, account_id: UUID, *, strategy_id: UUID | None = None
) -> tuple[Effective, ...]:
    """Return every limit of an account with its effective value and origin.

    Raises:
        NotFound: there is no such account.
    """
    async with desk_reading(actor) as session:
        account = (await session.execute(_ACCOUNT, {"id": account_id})).one_or_none()
        if account is None:
            raise NotFound(f"There is no account {account_id}")
        subject = LimitSubject(
            account_id=account_id, client_id=account.client_id, strategy_id=strategy_id
        )
        return effective_all(await _in_force(session), subject)


async def usage(actor: Actor, request: PageRequest) -> Page[Usage]:
    """Return one page of accounts with their exposure beside their limits.

    Filters: exchange, client_id. Search: account, client.
    """
    async with desk_reading(actor) as session:
        rows, total = await fetch(session, _USAGE, request)
        known = await _in_force(session)
    items = tuple(
        build(
            Usage,
            (*row, effective_all(known, LimitSubject(account_id=row[0], client_id=row[2]))),
        )
        for row in rows
    )
    return Page(items=items, total=total, page=request.page, size=request.limit)


async def active_halts(actor: Actor) -> tuple[HaltView, ...]:
    """Return the halts in force, newest first."""
    async with desk_reading(actor) as session:
        return tuple(HaltView(*row) for row in await session.execute(_ACTIVE))


async def past_halts(actor: Actor, *, limit: int = 50) -> tuple[HaltView, ...]:
    """Return the halts that were lifted, newest first."""
    async with desk_reading(actor) as session:
        return tuple(HaltView(*row) for row in await session.execute(_PAST, {"limit": limit}))


async def denials(actor: Actor, *, span: timedelta = timedelta(hours=1)) -> tuple[DenialCount, ...]:
    """Return what rules denied within the last hour, most frequent first."""
    async with desk_reading(actor) as session:
        rows = await session.execute(_DENIALS, {"span": span})
        return tuple(DenialCount(*row) for row in rows)


async def _in_force(session: AsyncSession) -> tuple[RiskLimit, ...]:
    rows = await session.execute(LIMITS_IN_FORCE, {"now": SystemClock().now()})
    return tuple(limits_of(rows))

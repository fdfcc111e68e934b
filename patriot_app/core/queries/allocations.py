"""How accounts are divided among strategies, what waits, and what a change would touch."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from patriot_app.core.clock import SystemClock
from patriot_app.core.db.divided_accounts import divided_accounts, division_of
from patriot_app.core.db.market_time import market_now
from patriot_app.core.domain.allocation_changes import Divided, Finding, check, is_refused
from patriot_app.core.domain.allocations import Division, validate_division
from patriot_app.core.domain.permissions import UNASKED_SURFACES, Actor
from patriot_app.core.domain.rebalancing import next_slot
from patriot_app.core.errors import NotFound
from patriot_app.core.queries.reader import desk_reading, reading
from patriot_app.core.queries.tables import escape_like
from patriot_app.core.settings import get_settings


@dataclass(frozen=True, slots=True)
class Waiting:
    """A change that the next rebalancing applies; `effective_at` is market time."""

    shares: dict[UUID, Decimal]
    asked_at: datetime
    effective_at: datetime


@dataclass(frozen=True, slots=True)
class AccountDivision:
    """An account with its strategies and what waits for it, if anything."""

    account: Divided
    waiting: Waiting | None


@dataclass(frozen=True, slots=True)
class ChangePreview:
    """What a change would mean; `is_refused`: asking for it would be refused."""

    account: Divided
    shares: dict[UUID, Decimal]
    findings: tuple[Finding, ...]
    is_refused: bool
    effective_at: datetime


@dataclass(frozen=True, slots=True)
class PastChange:
    """One wish of an account and what became of it."""

    id: UUID
    asked_at: datetime
    effective_at: datetime
    state: str
    shares: str
    surface: str
    outcome: str


_ACCOUNTS_OF = text(
    "SELECT DISTINCT a.id, a.label FROM accounts AS a JOIN allocations AS l ON l.account_id = a.id"
    " WHERE a.client_id = :client_id AND l.released_at IS NULL ORDER BY a.label, a.id"
)
_MATCHING = text(
    """
    SELECT a.id FROM accounts AS a JOIN users AS u ON u.id = a.client_id
     WHERE (a.label ILIKE :pattern OR u.name ILIKE :pattern OR a.id::text = :words)
       AND EXISTS (SELECT 1 FROM allocations AS l
                    WHERE l.account_id = a.id AND l.released_at IS NULL)
     ORDER BY a.label, a.id LIMIT :limit
    """
)
MATCHES_MAX = 20
_WAITING = text(
    "SELECT account_id, shares, asked_at, effective_at FROM allocation_changes"
    " WHERE state = 'waiting' AND account_id = ANY(:ids)"
)
_PAST = text(
    """
    SELECT c.id, c.asked_at, c.effective_at, c.state, c.surface, c.outcome,
           (SELECT string_agg(coalesce(d.name, s.key) || ' '
                              || round(s.value::numeric * 100, 2) || ' %', ', ' ORDER BY d.name)
              FROM jsonb_each_text(c.shares) AS s
              LEFT JOIN deployments AS d ON d.id = s.key::uuid) AS shares
      FROM allocation_changes AS c WHERE c.account_id = :id
     ORDER BY c.asked_at DESC, c.id DESC LIMIT :limit
    """
)
PAST_MAX = 20


async def of_client(actor: Actor, client_id: UUID) -> tuple[AccountDivision, ...]:
    """Return the accounts of a client that follow a strategy, by label.

    Raises:
        NotFound: neither he nor the desk asks.
    """
    if not _is_desk(actor) and actor.user_id != client_id:
        raise NotFound("There is no such client")
    async with reading(actor) as session:
        rows = (await session.execute(_ACCOUNTS_OF, {"client_id": client_id})).all()
        return await _divisions(session, [row.id for row in rows])


async def matching(actor: Actor, words: str) -> tuple[AccountDivision, ...]:
    """Return the desk's accounts whose label or client has these words, or with this id."""
    async with desk_reading(actor) as session:
        bound = {"pattern": f"%{escape_like(words.strip())}%", "words": words.strip()}
        rows = await session.execute(_MATCHING, bound | {"limit": MATCHES_MAX})
        return await _divisions(session, list(rows.scalars()))


async def get(actor: Actor, account_id: UUID) -> AccountDivision:
    """Return one account that follows a strategy.

    Raises:
        NotFound: there is none, or it is not his own.
    """
    async with reading(actor) as session:
        found = await _divisions(session, [account_id])
    if not found or not (_is_desk(actor) or actor.user_id == found[0].account.client_id):
        raise NotFound("This account follows no strategy yet")
    return found[0]


async def preview(actor: Actor, account_id: UUID, shares: Division) -> ChangePreview:
    """Return what a change would mean; nothing is recorded.

    Raises:
        Invalid: by deployment id, "" for the division as a whole; NotFound: as `get`.
    """
    account = (await get(actor, account_id)).account
    validate_division(shares, held=account.shares)
    findings = check(account, shares)
    return ChangePreview(
        account, dict(shares), findings, is_refused(findings), await next_rebalancing(actor)
    )


async def next_rebalancing(actor: Actor) -> datetime:
    """Return when accounts are rebalanced next, market time."""
    settings = get_settings()
    async with reading(actor) as session:
        now = await market_now(session, wall=SystemClock().now())
    return next_slot(now, every=settings.rebalance_every, hour=settings.rebalance_hour)


async def past(actor: Actor, account_id: UUID) -> tuple[PastChange, ...]:
    """Return the newest wishes of an account.

    Raises:
        NotFound: as `get`.
    """
    await get(actor, account_id)
    async with reading(actor) as session:
        rows = await session.execute(_PAST, {"id": account_id, "limit": PAST_MAX})
        return tuple(
            PastChange(
                row.id,
                row.asked_at,
                row.effective_at,
                row.state,
                row.shares or "",
                row.surface,
                row.outcome,
            )
            for row in rows
        )


async def _divisions(session: AsyncSession, ids: list[UUID]) -> tuple[AccountDivision, ...]:
    accounts = await divided_accounts(session, ids, now=SystemClock().now())
    waiting = {
        row.account_id: Waiting(division_of(row.shares), row.asked_at, row.effective_at)
        for row in await session.execute(_WAITING, {"ids": ids})
    }
    return tuple(AccountDivision(accounts[one], waiting.get(one)) for one in ids if one in accounts)


def _is_desk(actor: Actor) -> bool:
    return actor.is_staff or actor.surface in UNASKED_SURFACES

"""Orders that are sent in slices: how far each account's has come, and the slices of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from patriot_app.core.domain.orders import AttemptState
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.queries.reader import desk_reading, reading

_PROGRESS = text(
    """
    SELECT i.account_id, max(i.slices) AS slices,
           count(*) FILTER (WHERE t.sending_at IS NOT NULL) AS sent,
           count(*) FILTER (WHERE t.state = 'void') AS given_up,
           min(i.starts_at) FILTER (WHERE t.state = 'created') AS next_at,
           coalesce((array_agg(t.evidence ORDER BY i.slice)
                     FILTER (WHERE t.state = 'void'))[1], '') AS why
      FROM intents AS i
      JOIN attempts AS t ON t.intent_id = i.id AND t.number = i.attempt_count
     WHERE i.signal_id = :signal_id AND i.account_id = ANY(:accounts)
       AND i.leg = 'entry' AND i.slice > 0
     GROUP BY i.account_id
    """
)
_OF_ORDER = text(
    """
    SELECT t.id, i.slice, t.state, i.quantity, t.filled_quantity, t.average_price, i.starts_at,
           CASE WHEN t.state IN ('void', 'rejected') THEN t.evidence ELSE '' END AS why
      FROM attempts AS one JOIN intents AS own ON own.id = one.intent_id
      JOIN intents AS i ON i.signal_id = own.signal_id AND i.account_id = own.account_id
       AND i.leg = own.leg
      JOIN attempts AS t ON t.intent_id = i.id AND t.number = i.attempt_count
     WHERE one.id = :id AND own.slice > 0 AND i.slice > 0
     ORDER BY i.slice
    """
)
_ESTIMATES = text(
    "SELECT exchange, mode, quantity, impact_bps, slices, impact_bps_max, reason"
    " FROM impact_estimates WHERE signal_id = :signal_id ORDER BY exchange, mode"
)


@dataclass(frozen=True, slots=True)
class SliceProgress:
    """How far an account's order has come.

    Attributes:
        next_at: wall time at which the next slice is sent; None: none is to come.
        why: of the first slice that was given up.
    """

    slices: int
    sent: int
    given_up: int
    next_at: datetime | None
    why: str


@dataclass(frozen=True, slots=True)
class SliceLine:
    """One slice of an order; `starts_at` is wall time, `why` it was given up or refused."""

    id: UUID
    number: int
    state: AttemptState
    quantity: Decimal
    filled_quantity: Decimal
    average_price: Decimal | None
    starts_at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class ImpactLine:
    """What a signal was estimated to do to an exchange's price; without a figure `reason` says why."""

    exchange: str
    mode: str
    quantity: Decimal
    impact_bps: Decimal | None
    slices: int
    impact_bps_max: Decimal
    reason: str


async def progress(
    session: AsyncSession, signal_id: UUID, accounts: Sequence[UUID]
) -> dict[UUID, SliceProgress]:
    """Return of those of the accounts whose order is sent in slices how far it has come."""
    bound = {"signal_id": signal_id, "accounts": list(accounts)}
    return {
        row.account_id: SliceProgress(row.slices, row.sent, row.given_up, row.next_at, row.why)
        for row in await session.execute(_PROGRESS, bound)
    }


async def of_order(actor: Actor, attempt_id: UUID) -> tuple[SliceLine, ...]:
    """Return the slices of the order that an attempt is part of; none if it is a whole one."""
    async with reading(actor) as session:
        rows = (await session.execute(_OF_ORDER, {"id": attempt_id})).all()
    return tuple(SliceLine(row[0], row[1], AttemptState(row.state), *row[3:]) for row in rows)


async def estimates(actor: Actor, signal_id: UUID) -> tuple[ImpactLine, ...]:
    """Return what a signal was estimated to do to the prices."""
    async with desk_reading(actor) as session:
        rows = (await session.execute(_ESTIMATES, {"signal_id": signal_id})).all()
    return tuple(ImpactLine(*row) for row in rows)

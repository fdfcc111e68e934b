"""Positions that want legs or still have some, with the orders behind the legs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.arrays import in_list
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.events import LegLate, PositionUnprotected
from patriot_app.core.domain.orders import AttemptState, Leg, Side
from patriot_app.core.domain.protection import LIVE_LEGS, LegState, LiveLeg, WantedLeg
from patriot_app.core.unit_of_work import UnitOfWork

_LIVE = in_list(LIVE_LEGS)

_WORK = text(
    f"""
    SELECT position.account_id, position.symbol, position.quantity, position.wanted_stop,
           position.wanted_target, position.unprotected_since, position.deployment_id,
           account.shard, account.exchange, account.mode,
           (SELECT json_object_agg(refused.leg, refused.at) FROM (
                SELECT leg, max(ended_at) AS at FROM protection_legs
                 WHERE account_id = position.account_id AND symbol = position.symbol
                   AND state = 'failed' GROUP BY leg) AS refused) AS refused_at,
           -- Asked only where a stop may yet have come with its entry.
           CASE WHEN account.exchange = 'bybit'
                     AND bool_or(leg.state = 'wanted' AND leg.intent_id IS NULL)
                THEN (SELECT entry.order_type NOT IN ('STOP_MARKET', 'STOP_LIMIT')
                        FROM attempts AS entered JOIN intents AS entry
                          ON entry.id = entered.intent_id
                       WHERE entered.account_id = position.account_id
                         AND entry.symbol = position.symbol AND entry.leg = 'entry'
                         AND entered.filled_quantity > 0
                       ORDER BY entered.created_at DESC LIMIT 1) END AS carries_stop,
           coalesce(json_agg(json_build_object(
               'id', leg.id, 'leg', leg.leg, 'trigger_price', leg.trigger_price::text,
               'state', leg.state, 'intent_id', leg.intent_id, 'side', intent.side,
               'quantity', (intent.quantity - coalesce(attempt.filled_quantity, 0))::text,
               'attempt_id', attempt.id,
               'attempt_state', attempt.state)) FILTER (WHERE leg.id IS NOT NULL), '[]') AS legs
      FROM positions AS position
      JOIN accounts AS account ON account.id = position.account_id
      LEFT JOIN protection_legs AS leg ON leg.account_id = position.account_id
            AND leg.symbol = position.symbol AND leg.state IN ({_LIVE})
      LEFT JOIN intents AS intent ON intent.id = leg.intent_id
      LEFT JOIN attempts AS attempt ON attempt.intent_id = intent.id
            AND attempt.number = intent.attempt_count
     WHERE account.shard = ANY(:shards) AND position.position_side = 'BOTH'
       AND (CAST(:only AS uuid[]) IS NULL OR position.account_id = ANY(:only))
       AND (leg.id IS NOT NULL OR (position.quantity <> 0 AND position.wanted_stop IS NOT NULL))
     GROUP BY position.account_id, position.symbol, position.position_side, account.id
     ORDER BY position.account_id, position.symbol
    """  # noqa: S608
)


@dataclass(frozen=True, slots=True)
class BookedLeg:
    """A live leg with the order that is behind it, if one is."""

    live: LiveLeg
    intent_id: UUID | None
    attempt_id: UUID | None
    attempt_state: AttemptState | None


@dataclass(frozen=True, slots=True)
class GuardedPosition:
    """A position that wants legs or still has some.

    Attributes:
        refused_at: when its exchange last refused a leg of a kind.
        carries_stop: its last entry may have brought its stop with it.
    """

    account_id: UUID
    shard: int
    exchange: Exchange
    mode: AccountMode
    symbol: str
    quantity: Decimal
    wanted_stop: Decimal | None
    wanted_target: Decimal | None
    unprotected_since: datetime | None
    deployment_id: UUID | None
    refused_at: Mapping[Leg, datetime]
    carries_stop: bool
    legs: tuple[BookedLeg, ...]


async def guarded(
    uow: UnitOfWork, shards: Sequence[int], *, accounts: Iterable[UUID] | None = None
) -> list[GuardedPosition]:
    """Return the positions of the shards that want protection or have legs left over."""
    only = None if accounts is None else sorted(accounts)
    rows = await uow.session.execute(_WORK, {"shards": list(shards), "only": only})
    return [_guarded(row) for row in rows]


async def accounts_to_guard(uow: UnitOfWork, shards: Sequence[int]) -> list[UUID]:
    """Return the accounts of the shards that have something to guard."""
    return sorted({position.account_id for position in await guarded(uow, shards)})


def record_unprotected(uow: UnitOfWork, position: GuardedPosition) -> None:
    """Raise the alarm for a position that was without its stop for too long."""
    since = position.unprotected_since or uow.now
    uow.record(
        PositionUnprotected(
            account_id=position.account_id,
            symbol=position.symbol,
            seconds=int((uow.now - since).total_seconds()),
        )
    )
    uow.touch("positions")


def record_late(
    uow: UnitOfWork, position: GuardedPosition, wanted: WantedLeg, *, mark_price: Decimal
) -> None:
    """Note that the desk closed a position in the place of a leg at the exchange."""
    uow.record(
        LegLate(
            account_id=position.account_id,
            symbol=position.symbol,
            leg=wanted.leg.value,
            trigger_price=wanted.trigger_price,
            mark_price=mark_price,
        )
    )
    uow.touch("positions")


def _guarded(row: Any) -> GuardedPosition:
    quantity: Decimal = row.quantity
    return GuardedPosition(
        account_id=row.account_id,
        shard=row.shard,
        exchange=Exchange(row.exchange),
        mode=AccountMode(row.mode),
        symbol=row.symbol,
        quantity=quantity,
        wanted_stop=row.wanted_stop,
        wanted_target=row.wanted_target,
        unprotected_since=row.unprotected_since,
        deployment_id=row.deployment_id,
        refused_at={
            Leg(leg): datetime.fromisoformat(at) for leg, at in (row.refused_at or {}).items()
        },
        carries_stop=row.carries_stop is not False and row.exchange == Exchange.BYBIT,
        legs=tuple(_leg(leg, quantity) for leg in row.legs),
    )


def _leg(leg: Mapping[str, Any], held: Decimal) -> BookedLeg:
    # A leg without an order closes what is held now.
    closes = Side.SELL if held > 0 else Side.BUY
    state = leg["attempt_state"]
    return BookedLeg(
        live=LiveLeg(
            leg_id=UUID(leg["id"]),
            leg=Leg(leg["leg"]),
            side=Side(leg["side"]) if leg["side"] else closes,
            trigger_price=Decimal(leg["trigger_price"]),
            quantity=Decimal(leg["quantity"]) if leg["quantity"] else None,
            state=LegState(leg["state"]),
            is_attached=leg["intent_id"] is None,
        ),
        intent_id=UUID(leg["intent_id"]) if leg["intent_id"] else None,
        attempt_id=UUID(leg["attempt_id"]) if leg["attempt_id"] else None,
        attempt_state=AttemptState(state) if state else None,
    )

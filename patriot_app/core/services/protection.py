"""Keep the books of protective legs: what is wanted, what stands at the exchange, what is gone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.arrays import in_list, to_json
from patriot_app.core.domain.attempts import ENDED
from patriot_app.core.domain.events import PositionProtected
from patriot_app.core.domain.orders import WORKING, AttemptState, Leg
from patriot_app.core.domain.protection import LIVE_LEGS, LegState
from patriot_app.core.unit_of_work import UnitOfWork

_LIVE = in_list(LIVE_LEGS)
_GONE = in_list(ENDED - {AttemptState.FILLED, AttemptState.LATE_FILLED, AttemptState.REJECTED})

_LOCK = text(
    "SELECT 1 FROM positions WHERE account_id = ANY(:accounts) AND position_side = 'BOTH'"
    " ORDER BY account_id, symbol FOR UPDATE"
)
_LINK = text(
    f"""
    INSERT INTO protection_legs (id, account_id, symbol, leg, trigger_price, intent_id, state)
    SELECT row.id, row.account_id, row.symbol, row.leg, row.trigger_price, row.intent_id, 'wanted'
      FROM json_to_recordset(CAST(:rows AS json)) AS row(id uuid, account_id uuid, symbol text,
           leg text, trigger_price numeric, intent_id uuid)
    ON CONFLICT (id) DO UPDATE SET intent_id = excluded.intent_id, state = 'wanted'
     WHERE protection_legs.state IN ({_LIVE}, 'failed')
    """  # noqa: S608
)
# A leg follows its order: resting is placed, filled is triggered, refused is failed, gone is gone.
_FOLLOW = text(
    f"""
    WITH told AS (
        SELECT leg.id,
               CASE WHEN attempt.state IN ({in_list(WORKING)}) THEN 'placed'
                    WHEN attempt.state IN ('filled', 'late_filled') THEN 'triggered'
                    WHEN attempt.state = 'rejected' THEN 'failed'
                    WHEN attempt.state IN ({_GONE}) THEN 'canceled' END AS state
          FROM attempts AS attempt
          JOIN protection_legs AS leg ON leg.intent_id = attempt.intent_id
         WHERE attempt.id = ANY(:ids) AND leg.state IN ({_LIVE}, 'failed')
    )
    UPDATE protection_legs AS leg
       SET state = told.state,
           confirmed_at = CASE WHEN told.state = 'placed' THEN coalesce(leg.confirmed_at, :now)
                               ELSE leg.confirmed_at END,
           ended_at = CASE WHEN told.state <> 'placed' THEN CAST(:now AS timestamptz) END
      FROM told WHERE leg.id = told.id AND told.state IS NOT NULL AND told.state <> leg.state
    RETURNING leg.account_id, leg.symbol, leg.leg, leg.trigger_price, leg.state, leg.intent_id
    """  # noqa: S608
)
_CONFIRM_ATTACHED = text(
    """
    UPDATE protection_legs AS leg SET state = 'placed', confirmed_at = :now
      FROM json_to_recordset(CAST(:rows AS json))
           AS row(account_id uuid, symbol text, trigger_price numeric)
     WHERE leg.account_id = row.account_id AND leg.symbol = row.symbol
       AND leg.trigger_price = row.trigger_price AND leg.leg = 'stop_loss'
       AND leg.intent_id IS NULL AND leg.state = 'wanted'
    RETURNING leg.account_id, leg.symbol, leg.leg, leg.trigger_price, leg.state, leg.intent_id
    """
)
# A confirmation that is younger than the reading is believed more than the reading.
_LOSE_ATTACHED = text(
    """
    UPDATE protection_legs AS leg SET state = 'canceled', ended_at = :now
      FROM json_to_recordset(CAST(:rows AS json))
           AS row(account_id uuid, symbol text, trigger_price numeric)
     WHERE leg.account_id = row.account_id AND leg.symbol = row.symbol
       AND leg.trigger_price IS DISTINCT FROM row.trigger_price AND leg.leg = 'stop_loss'
       AND leg.intent_id IS NULL AND leg.state = 'placed' AND leg.confirmed_at < :observed_at
    RETURNING leg.account_id, leg.symbol, leg.leg, leg.trigger_price, leg.state, leg.intent_id
    """
)
_HAS_ATTACHED = text(
    """
    SELECT EXISTS (
        SELECT 1 FROM protection_legs AS leg JOIN positions AS position
            ON position.account_id = leg.account_id AND position.symbol = leg.symbol
         WHERE leg.account_id = :account_id AND leg.intent_id IS NULL AND leg.state = 'placed'
           AND position.quantity <> 0)
    """
)
_PROTECTED = text(
    """
    UPDATE positions AS position SET unprotected_since = NULL
      FROM json_to_recordset(CAST(:rows AS json)) AS row(account_id uuid, symbol text)
     WHERE position.account_id = row.account_id AND position.symbol = row.symbol
    """
)
_UNPROTECTED = text(
    """
    UPDATE positions AS position SET unprotected_since = coalesce(unprotected_since, :now)
      FROM json_to_recordset(CAST(:rows AS json)) AS row(account_id uuid, symbol text)
     WHERE position.account_id = row.account_id AND position.symbol = row.symbol
       AND position.quantity <> 0 AND position.wanted_stop IS NOT NULL
       -- The stop of a position that was just turned ends after the new one stands.
       AND NOT EXISTS (
           SELECT 1 FROM protection_legs AS leg
            WHERE leg.account_id = position.account_id AND leg.symbol = position.symbol
              AND leg.leg = 'stop_loss' AND leg.state = 'placed'
              AND leg.trigger_price = position.wanted_stop)
    """
)
_WITHDRAW = text(
    f"""
    UPDATE protection_legs AS leg SET cancel_requested_at = :now
      FROM shard_leases AS lease
     WHERE leg.id = :id AND leg.state IN ({_LIVE}) AND leg.intent_id IS NULL
       AND (leg.cancel_requested_at IS NULL OR leg.cancel_requested_at < :again)
       AND lease.shard = :shard AND lease.owner = :owner AND lease.epoch = :epoch
       AND lease.released_at IS NULL AND lease.expires_at > clock_timestamp()
       AND NOT EXISTS (SELECT 1 FROM halts AS halt
                        WHERE halt.lifted_at IS NULL AND halt.level = 4)
    """  # noqa: S608
)
_END = text(
    f"""
    UPDATE protection_legs SET state = :state, ended_at = :now
     WHERE id = ANY(:ids) AND state IN ({_LIVE})
    """  # noqa: S608
)


@dataclass(frozen=True, slots=True)
class LegOrder:
    """A leg and the intent that is to place it."""

    leg_id: UUID
    account_id: UUID
    symbol: str
    leg: Leg
    trigger_price: Decimal
    intent_id: UUID


async def lock(uow: UnitOfWork, accounts: Iterable[UUID]) -> None:
    """Hold the accounts' positions, in the order in which everybody takes them.

    No leg is placed twice at once, and nobody who moves legs of several accounts waits for one who
    waits for him: hold them before the first order or leg of the transaction is touched.
    """
    await uow.session.execute(_LOCK, {"accounts": sorted(set(accounts))})


async def link_legs(uow: UnitOfWork, orders: Sequence[LegOrder]) -> None:
    """Note which intent is to place a leg, in the transaction that writes the intent."""
    rows = [
        {
            "id": order.leg_id,
            "account_id": order.account_id,
            "symbol": order.symbol,
            "leg": order.leg,
            "trigger_price": order.trigger_price,
            "intent_id": order.intent_id,
        }
        for order in orders
    ]
    await uow.session.execute(_LINK, {"rows": to_json(rows)})


async def follow(uow: UnitOfWork, attempt_ids: Iterable[UUID]) -> None:
    """Move legs after their orders; call it wherever a conditional attempt may have moved.

    Where the orders are of several accounts, `lock` their positions first.
    """
    ids = list(attempt_ids)
    if not ids:
        return
    rows = (await uow.session.execute(_FOLLOW, {"ids": ids, "now": uow.now})).all()
    await _after(uow, rows)


async def confirm_attached(uow: UnitOfWork, stops: Sequence[tuple[UUID, str, Decimal]]) -> None:
    """Note stops that the exchange shows on positions themselves: (account, symbol, price)."""
    if not stops:
        return
    await lock(uow, (account_id for account_id, _, _ in stops))
    rows = [{"account_id": a, "symbol": s, "trigger_price": p} for a, s, p in stops]
    confirmed = await uow.session.execute(
        _CONFIRM_ATTACHED, {"rows": to_json(rows), "now": uow.now}
    )
    await _after(uow, confirmed.all())


async def has_attached(uow: UnitOfWork, account_id: UUID) -> bool:
    """Tell whether our books know of an open position whose stop hangs on it."""
    found = await uow.session.execute(_HAS_ATTACHED, {"account_id": account_id})
    return bool(found.scalar_one())


async def compare_attached(
    uow: UnitOfWork, held: Sequence[tuple[UUID, str, Decimal | None]], *, observed_at: datetime
) -> None:
    """Bring attached stops to what the exchange showed on the positions that it holds.

    A stop that hung on a position and is not there any more was taken away by the owner of the
    account: it is booked as gone, so that another one is placed.

    Args:
        held: (account, symbol, price of the stop or None) of each open position.
        observed_at: wall time before the reading began.
    """
    if not held:
        return
    await lock(uow, (account_id for account_id, _, _ in held))
    rows = [{"account_id": a, "symbol": s, "trigger_price": p} for a, s, p in held]
    lost = await uow.session.execute(
        _LOSE_ATTACHED, {"rows": to_json(rows), "observed_at": observed_at, "now": uow.now}
    )
    await _after(uow, lost.all())
    await confirm_attached(uow, [(a, s, p) for a, s, p in held if p is not None])


async def end_legs(uow: UnitOfWork, leg_ids: Iterable[UUID], state: LegState) -> None:
    """Close legs that have no order to follow."""
    ids = list(leg_ids)
    if ids:
        await uow.session.execute(_END, {"ids": ids, "state": state.value, "now": uow.now})
        uow.touch("positions")


async def mark_withdrawing(
    uow: UnitOfWork, leg_id: UUID, *, shard: int, epoch: int, owner: str, again: datetime
) -> bool:
    """Note that an attached leg is about to be withdrawn; tell whether that is ours to do now.

    Args:
        again: a withdrawal asked for before this wall time had no effect and may be sent again.
    """
    marked = await uow.session.execute(
        _WITHDRAW,
        {
            "id": leg_id,
            "shard": shard,
            "epoch": epoch,
            "owner": owner,
            "again": again,
            "now": uow.now,
        },
    )
    return bool(marked.rowcount)  # type: ignore[attr-defined]


async def mark_protected(uow: UnitOfWork, keys: Iterable[tuple[UUID, str]]) -> None:
    """Stop the clock of positions whose stop was found to stand."""
    rows = [{"account_id": account_id, "symbol": symbol} for account_id, symbol in keys]
    if rows:
        await uow.session.execute(_PROTECTED, {"rows": to_json(rows)})
        uow.touch("positions")


async def mark_unprotected(uow: UnitOfWork, keys: Iterable[tuple[UUID, str]]) -> None:
    """Start the clock of positions whose stop is gone or could not be placed."""
    rows = [{"account_id": account_id, "symbol": symbol} for account_id, symbol in keys]
    if rows:
        await uow.session.execute(_UNPROTECTED, {"rows": to_json(rows), "now": uow.now})
        uow.touch("positions")


async def _after(uow: UnitOfWork, rows: Sequence[Any]) -> None:
    stops = [row for row in rows if row.leg == Leg.STOP_LOSS]
    placed = [_key(row) for row in stops if row.state == LegState.PLACED]
    lost = [_key(row) for row in stops if row.state in {LegState.FAILED, LegState.CANCELED}]
    for row in rows:
        if row.state == LegState.PLACED:
            uow.record(
                PositionProtected(
                    subject=row.intent_id,
                    account_id=row.account_id,
                    symbol=row.symbol,
                    leg=row.leg,
                    trigger_price=row.trigger_price,
                )
            )
    if placed:
        await uow.session.execute(_PROTECTED, {"rows": to_json(placed)})
    if lost:
        await uow.session.execute(_UNPROTECTED, {"rows": to_json(lost), "now": uow.now})
    if rows:
        uow.touch("positions")


def _key(row: Any) -> dict[str, Any]:
    return {"account_id": row.account_id, "symbol": row.symbol}

"""Record trades once and what follows from them: position, order, intent and wanted protection.

All of it is one transaction. The positions are locked first, so that the same trade told by the
stream and by a look-up at the same moment is counted once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from patriot_app.core.db import fill_statements as sql
from patriot_app.core.db.arrays import to_json
from patriot_app.core.db.fill_history import read_history
from patriot_app.core.domain.attempts import ENDED, Merged, intent_state_of, merge_trades
from patriot_app.core.domain.events import (
    AccountParked,
    OrderFilledLate,
)
from patriot_app.core.domain.fills import FillReport, stages_of
from patriot_app.core.domain.orders import INTENT_TRANSITIONS, AttemptState, IntentState, Leg
from patriot_app.core.domain.position_books import Cause, PositionBook, Trade
from patriot_app.core.domain.positions import (
    Position,
)
from patriot_app.core.domain.sending import AccountReports
from patriot_app.core.unit_of_work import UnitOfWork

Key = tuple[UUID, str]
"""Account and symbol."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What new trades did.

    Attributes:
        fills: how many were new.
        attempts: that they belong to.
        moved: positions that opened, turned, closed or changed size.
        unprotected: positions that wait for their stop.
    """

    fills: int
    attempts: frozenset[UUID]
    moved: frozenset[Key]
    unprotected: frozenset[Key]

    def with_more(self, more: Recorded) -> Recorded:
        """Add what later trades of the same call did; the later word on protection holds."""
        return Recorded(
            fills=self.fills + more.fills,
            attempts=self.attempts | more.attempts,
            moved=self.moved | more.moved,
            unprotected=(self.unprotected - more.moved) | more.unprotected,
        )


@dataclass(frozen=True, slots=True)
class _Owner:
    """What of ours a trade belongs to: an attempt, or a leg that hung on the position.

    Attributes:
        is_late: a trade that was made after it is known already.
    """

    attempt_id: UUID | None
    leg_id: UUID | None
    is_late: bool


NOTHING = Recorded(0, frozenset(), frozenset(), frozenset())


async def record_fills(uow: UnitOfWork, batches: Sequence[AccountReports]) -> Recorded:
    """Record the trades of a chunk of accounts; known ones change nothing."""
    told = [(batch.account_id, fill) for batch in batches for fill in batch.fills]
    recorded = NOTHING
    for stage in stages_of(told):
        recorded = recorded.with_more(await _record(uow, stage))
    return recorded


async def _record(uow: UnitOfWork, told: Sequence[tuple[UUID, FillReport]]) -> Recorded:
    keys = to_json([{"account_id": a, "symbol": f.symbol} for a, f in told])
    await uow.session.execute(sql.OPEN_POSITIONS, {"rows": keys})
    positions = {
        (row.account_id, row.symbol): row
        for row in await uow.session.execute(sql.LOCK_POSITIONS, {"rows": keys})
    }
    inserted = await uow.session.execute(
        sql.INSERT, {"rows": to_json([sql.row_of(a, f) for a, f in told])}
    )
    owner_of = {
        (row.account_id, row.symbol, row.exchange_trade_id): _Owner(
            row.attempt_id, row.leg_id, row.is_late
        )
        for row in inserted
    }
    fresh = _in_order(told, owner_of)
    if not fresh:
        return NOTHING
    attempt_ids = {owner.attempt_id for _, _, owner in fresh if owner.attempt_id is not None}
    attempts = await _lock_attempts(uow, attempt_ids)
    moved = await _move_positions(uow, fresh, positions, attempts)
    await _move_attempts(uow, attempts, flat={b.key for b in moved if b.is_flat})
    uow.touch("positions", "orders", "fan_outs")
    return Recorded(
        fills=len(fresh),
        attempts=frozenset(attempt_ids),
        moved=frozenset((account, fill.symbol) for account, fill, _ in fresh),
        unprotected=frozenset(b.key for b in moved if b.unprotected_since is not None),
    )


def _in_order(
    told: Sequence[tuple[UUID, FillReport]],
    owner_of: dict[tuple[UUID, str, str], _Owner],
) -> list[tuple[UUID, FillReport, _Owner]]:
    """Return the new trades in the order they were made, each once."""
    seen: set[tuple[UUID, str, str]] = set()
    fresh = []
    for account_id, fill in told:
        key = (account_id, fill.symbol, fill.exchange_trade_id)
        if key in owner_of and key not in seen:
            seen.add(key)
            fresh.append((account_id, fill, owner_of[key]))
    return sorted(fresh, key=lambda each: each[1].made)


async def _lock_attempts(uow: UnitOfWork, attempt_ids: set[UUID]) -> dict[UUID, Any]:
    if not attempt_ids:
        return {}
    rows = await uow.session.execute(sql.LOCK_ATTEMPTS, {"ids": sorted(attempt_ids)})
    return {row.id: row for row in rows}


async def _move_attempts(uow: UnitOfWork, attempts: dict[UUID, Any], *, flat: set[Key]) -> None:
    if not attempts:
        return
    ids = sorted(attempts)
    rows: list[dict[str, Any]] = []
    intents: list[dict[str, Any]] = []
    for traded in await uow.session.execute(sql.TRADED, {"ids": ids}):
        row = attempts[traded.attempt_id]
        merged = merge_trades(
            AttemptState(row.state),
            row.filled_quantity,
            traded_quantity=traded.quantity,
            quantity=_wanted(row, traded.quantity, flat),
        )
        rows.append(
            {
                "id": row.id,
                "state": merged.state,
                "filled_quantity": merged.filled_quantity,
                "average_price": traded.price,
                "is_ended": merged.state in ENDED,
            }
        )
        if merged.state not in ENDED or traded.quantity >= merged.filled_quantity:
            # An order that ended is over for its intent once all its trades are booked.
            _follow_intent(row, merged, intents)
        if merged.is_late_fill or merged.is_contradiction:
            await _alarm(uow, row, merged)
    await uow.session.execute(sql.MOVE_ATTEMPTS, {"rows": to_json(rows), "now": uow.now})
    if intents:
        await uow.session.execute(sql.MOVE_INTENTS, {"rows": to_json(intents)})


def _wanted(row: Any, traded: Decimal, flat: set[Key]) -> Decimal | None:
    """Return the ordered quantity; an order that closes everything has done so once it is flat."""
    quantity: Decimal | None = row.quantity
    if quantity is None and (row.account_id, row.symbol) in flat:
        return traded
    return quantity


def _follow_intent(row: Any, merged: Merged, intents: list[dict[str, Any]]) -> None:
    prior = IntentState(row.intent_state)
    wanted = intent_state_of(
        merged.state, filled_quantity=merged.filled_quantity, quantity=row.quantity
    )
    if wanted in INTENT_TRANSITIONS[prior]:
        intents.append(
            {
                "id": row.intent_id,
                "prior": prior,
                "state": wanted,
                "is_ended": merged.state in ENDED,
            }
        )


async def _alarm(uow: UnitOfWork, row: Any, merged: Merged) -> None:
    quantity = merged.filled_quantity - row.filled_quantity
    uow.record(
        OrderFilledLate(
            subject=row.intent_id,
            account_id=row.account_id,
            client_order_id=row.client_order_id,
            quantity=quantity,
        )
    )
    reason = f"Order {row.client_order_id} was {row.state} and traded after that"
    parked = await uow.session.execute(sql.PARK, {"account_id": row.account_id, "reason": reason})
    if parked.rowcount:  # type: ignore[attr-defined]
        uow.record(AccountParked(account_id=row.account_id, reason=reason))
        uow.touch("accounts")


async def _move_positions(
    uow: UnitOfWork,
    fresh: Sequence[tuple[UUID, FillReport, _Owner]],
    rows: dict[Key, Any],
    attempts: dict[UUID, Any],
) -> list[PositionBook]:
    books = {key: _book(row, now=uow.now) for key, row in rows.items()}
    await _apply(uow, books, fresh, attempts)
    moved = [book for book in books.values() if book.is_moved]
    for book in moved:
        for event in book.events:
            uow.record(event)
    await uow.session.execute(sql.MOVE_POSITIONS, {"rows": to_json([b.columns() for b in moved])})
    flat = {book.key for book in moved if book.is_flat}
    triggered = [
        o.leg_id for account, fill, o in fresh if o.leg_id and (account, fill.symbol) in flat
    ]
    if triggered:
        await uow.session.execute(sql.TRIGGER_ATTACHED, {"ids": triggered, "now": uow.now})
    ended = [b.key_row() for b in moved if b.is_old_protection_void]
    if ended:
        await uow.session.execute(sql.END_ATTACHED, {"rows": to_json(ended), "now": uow.now})
        await uow.session.execute(sql.END_PLANS, {"rows": to_json(ended), "now": uow.now})
    legs = [leg for book in moved for leg in book.wanted_legs]
    if legs:
        await uow.session.execute(sql.WANT_LEGS, {"rows": to_json(legs)})
    return moved


async def _apply(
    uow: UnitOfWork,
    books: dict[Key, PositionBook],
    fresh: Sequence[tuple[UUID, FillReport, _Owner]],
    attempts: dict[UUID, Any],
) -> None:
    """Apply new trades; a position of which later ones are known is worked out anew."""
    late = {(account, fill.symbol) for account, fill, owner in fresh if owner.is_late}
    told: dict[Key, list[Trade]] = {}
    for account_id, fill, owner in fresh:
        trade = Trade(fill, _cause(fill, owner, attempts))
        told.setdefault((account_id, fill.symbol), []).append(trade)
    histories = await read_history(uow.session, late) if late else {}
    for key, trades in told.items():
        if key in late:
            books[key].apply_anew(histories[key], trades)
            continue
        for trade in trades:
            books[key].apply(trade.fill, trade.cause)


def _book(row: Any, *, now: datetime) -> PositionBook:
    return PositionBook(
        account_id=row.account_id,
        symbol=row.symbol,
        contract_size=row.contract_size,
        position=Position(row.quantity, row.entry_price, row.realised_pnl, row.commission),
        deployment_id=row.deployment_id,
        opened_at=row.opened_at,
        wanted_stop=row.wanted_stop,
        wanted_target=row.wanted_target,
        unprotected_since=row.unprotected_since,
        now=now,
    )


def _cause(fill: FillReport, owner: _Owner, attempts: dict[UUID, Any]) -> Cause | None:
    """Return what of ours traded; None for a trade of somebody else."""
    row = attempts.get(owner.attempt_id) if owner.attempt_id is not None else None
    if row is None:
        if owner.leg_id is None or fill.attached_leg is None:
            return None
        return Cause(
            subject=owner.leg_id,
            leg=fill.attached_leg,
            deployment_id=None,
            stop_loss=None,
            take_profit=None,
        )
    return Cause(
        subject=row.intent_id,
        leg=Leg(row.leg),
        deployment_id=row.deployment_id,
        stop_loss=row.stop_loss,
        take_profit=row.take_profit,
    )

"""Record trades once and what follows from them: position, order, intent and wanted protection.

All of it is one transaction. The positions are locked first, so that the same trade told by the
stream and by a look-up at the same moment is counted once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.arrays import in_list, to_json
from patriot_app.core.domain.attempts import ENDED, Merged, intent_state_of, merge_trades
from patriot_app.core.domain.events import (
    AccountParked,
    FillRecorded,
    ForeignFillRecorded,
    OrderFilledLate,
    PositionClosed,
)
from patriot_app.core.domain.fills import FillReport
from patriot_app.core.domain.orders import INTENT_TRANSITIONS, AttemptState, IntentState, Leg
from patriot_app.core.domain.positions import (
    Position,
    PositionChange,
    apply_fill,
    change_of,
)
from patriot_app.core.domain.protection import LIVE_LEGS
from patriot_app.core.domain.sending import AccountReports
from patriot_app.core.ids import derived_id, new_id
from patriot_app.core.unit_of_work import UnitOfWork

Key = tuple[UUID, str]
"""Account and symbol."""

_OPEN_POSITIONS = text(
    """
    INSERT INTO positions (account_id, symbol, position_side, quantity, entry_price, realised_pnl,
                           commission)
    SELECT DISTINCT row.account_id, row.symbol, 'BOTH', 0, 0, 0, 0
      FROM json_to_recordset(CAST(:rows AS json)) AS row(account_id uuid, symbol text)
     ORDER BY 1, 2
    ON CONFLICT DO NOTHING
    """
)
_LOCK_POSITIONS = text(
    """
    SELECT position.*, coalesce(instrument.contract_size, 1) AS contract_size
      FROM positions AS position
      JOIN (SELECT DISTINCT account_id, symbol FROM json_to_recordset(CAST(:rows AS json))
                AS row(account_id uuid, symbol text)) AS wanted USING (account_id, symbol)
      JOIN accounts AS account ON account.id = position.account_id
      LEFT JOIN instruments AS instrument
        ON instrument.exchange = account.exchange AND instrument.symbol = position.symbol
     WHERE position.position_side = 'BOTH'
     ORDER BY position.account_id, position.symbol FOR UPDATE OF position
    """
)
_INSERT = text(
    """
    WITH row AS (
        SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS row(id uuid, account_id uuid,
            exchange text, symbol text, exchange_trade_id text, exchange_order_id text,
            client_order_id text, side text, quantity numeric, price numeric, commission numeric,
            commission_asset text, realised_pnl numeric, is_maker boolean, source text,
            traded_at timestamptz)
    )
    INSERT INTO fills (id, exchange, account_id, symbol, exchange_trade_id, exchange_order_id,
        attempt_id, side, quantity, price, commission, commission_asset, realised_pnl, is_maker,
        source, traded_at)
    SELECT row.id, row.exchange, row.account_id, row.symbol, row.exchange_trade_id,
        row.exchange_order_id,
        coalesce(
            (SELECT attempt.id FROM attempts AS attempt
              WHERE row.client_order_id <> '' AND attempt.client_order_id = row.client_order_id
                AND attempt.account_id = row.account_id),
            (SELECT attempt.id FROM attempts AS attempt
               JOIN intents AS intent ON intent.id = attempt.intent_id
              WHERE attempt.account_id = row.account_id
                AND attempt.exchange_order_id = row.exchange_order_id
                AND intent.symbol = row.symbol
                -- Conditional orders of Binance count their ids by themselves.
                AND (row.exchange <> 'binance' OR intent.leg NOT IN ('stop_loss', 'take_profit'))
              LIMIT 1),
            (SELECT attempt.id FROM protection_legs AS leg
               JOIN attempts AS attempt ON attempt.intent_id = leg.intent_id
              WHERE leg.account_id = row.account_id AND leg.symbol = row.symbol
                AND attempt.triggered_order_id = row.exchange_order_id
              LIMIT 1)),
        row.side, row.quantity, row.price, row.commission, row.commission_asset, row.realised_pnl,
        row.is_maker, row.source, row.traded_at
      FROM row
    ON CONFLICT (exchange, account_id, symbol, exchange_trade_id) DO NOTHING
    RETURNING account_id, symbol, exchange_trade_id, attempt_id
    """
)
_LOCK_ATTEMPTS = text(
    """
    SELECT attempt.id, attempt.intent_id, attempt.account_id, attempt.client_order_id,
           attempt.state, attempt.filled_quantity, intent.quantity, intent.state AS intent_state,
           intent.leg, intent.symbol, intent.deployment_id, intent.stop_loss, intent.take_profit
      FROM attempts AS attempt JOIN intents AS intent ON intent.id = attempt.intent_id
     WHERE attempt.id = ANY(:ids) ORDER BY attempt.id FOR UPDATE OF attempt
    """
)
_TRADED = text(
    "SELECT attempt_id, sum(quantity) AS quantity, sum(quantity * price) / sum(quantity) AS price "
    "FROM fills WHERE attempt_id = ANY(:ids) GROUP BY attempt_id"
)
_MOVE_ATTEMPTS = text(
    """
    UPDATE attempts AS attempt
       SET state = row.state, filled_quantity = row.filled_quantity,
           average_price = row.average_price,
           acknowledged_at = coalesce(attempt.acknowledged_at, :now),
           resolved_at = CASE WHEN row.is_ended THEN coalesce(attempt.resolved_at, :now) END
      FROM json_to_recordset(CAST(:rows AS json)) AS row(id uuid, state text,
           filled_quantity numeric, average_price numeric, is_ended boolean)
     WHERE attempt.id = row.id
    """
)
_MOVE_INTENTS = text(
    """
    UPDATE intents AS intent
       SET state = row.state,
           reserved_notional = CASE WHEN row.is_ended THEN 0 ELSE intent.reserved_notional END
      FROM json_to_recordset(CAST(:rows AS json))
           AS row(id uuid, prior text, state text, is_ended boolean)
     WHERE intent.id = row.id AND intent.state = row.prior
    """
)
_MOVE_POSITIONS = text(
    """
    UPDATE positions AS position
       SET quantity = row.quantity, entry_price = row.entry_price,
           realised_pnl = row.realised_pnl, commission = row.commission,
           deployment_id = row.deployment_id, opened_at = row.opened_at,
           wanted_stop = row.wanted_stop, wanted_target = row.wanted_target,
           unprotected_since = row.unprotected_since, updated_at = clock_timestamp()
      FROM json_to_recordset(CAST(:rows AS json)) AS row(account_id uuid, symbol text,
           quantity numeric, entry_price numeric, realised_pnl numeric, commission numeric,
           deployment_id uuid, opened_at timestamptz, wanted_stop numeric, wanted_target numeric,
           unprotected_since timestamptz)
     WHERE position.account_id = row.account_id AND position.symbol = row.symbol
       AND position.position_side = 'BOTH'
    """
)
_END_ATTACHED = text(
    f"""
    UPDATE protection_legs SET state = 'canceled', ended_at = :now
      FROM json_to_recordset(CAST(:rows AS json)) AS row(account_id uuid, symbol text)
     WHERE protection_legs.account_id = row.account_id AND protection_legs.symbol = row.symbol
       AND protection_legs.intent_id IS NULL AND protection_legs.state IN ({in_list(LIVE_LEGS)})
    """  # noqa: S608
)
_WANT_LEGS = text(
    """
    INSERT INTO protection_legs (id, account_id, symbol, leg, trigger_price, state)
    SELECT row.id, row.account_id, row.symbol, row.leg, row.trigger_price, 'wanted'
      FROM json_to_recordset(CAST(:rows AS json))
           AS row(id uuid, account_id uuid, symbol text, leg text, trigger_price numeric)
    ON CONFLICT DO NOTHING
    """
)
_PARK = text(
    "UPDATE account_states SET parked_reason = :reason "
    "WHERE account_id = :account_id AND parked_reason = ''"
)
_CURSOR = text(
    "SELECT cursor FROM fill_cursors WHERE account_id = :account_id AND symbol = :symbol"
)
_MOVE_CURSOR = text(
    """
    INSERT INTO fill_cursors (account_id, symbol, cursor, read_at)
    VALUES (:account_id, :symbol, :cursor, :now)
    ON CONFLICT (account_id, symbol) DO UPDATE SET cursor = excluded.cursor, read_at = :now
    """
)


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


NOTHING = Recorded(0, frozenset(), frozenset(), frozenset())


async def record_fills(uow: UnitOfWork, batches: Sequence[AccountReports]) -> Recorded:
    """Record the trades of a chunk of accounts; known ones change nothing."""
    told = [(batch.account_id, fill) for batch in batches for fill in batch.fills]
    if not told:
        return NOTHING
    keys = to_json([{"account_id": a, "symbol": f.symbol} for a, f in told])
    await uow.session.execute(_OPEN_POSITIONS, {"rows": keys})
    positions = {
        (row.account_id, row.symbol): row
        for row in await uow.session.execute(_LOCK_POSITIONS, {"rows": keys})
    }
    inserted = await uow.session.execute(_INSERT, {"rows": to_json([_row(a, f) for a, f in told])})
    owner_of: dict[tuple[UUID, str, str], UUID | None] = {
        (row.account_id, row.symbol, row.exchange_trade_id): row.attempt_id for row in inserted
    }
    fresh = _in_order(told, owner_of)
    if not fresh:
        return NOTHING
    attempt_ids = {attempt for _, _, attempt in fresh if attempt is not None}
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


async def cursor(uow: UnitOfWork, account_id: UUID, symbol: str) -> str | None:
    """Return how far the trades of an account were read; None if never."""
    found = await uow.session.execute(_CURSOR, {"account_id": account_id, "symbol": symbol})
    return found.scalar_one_or_none()


async def move_cursor(uow: UnitOfWork, account_id: UUID, symbol: str, value: str) -> None:
    """Note how far the trades were read, in the transaction that records them."""
    await uow.session.execute(
        _MOVE_CURSOR,
        {"account_id": account_id, "symbol": symbol, "cursor": value, "now": uow.now},
    )


def _in_order(
    told: Sequence[tuple[UUID, FillReport]],
    owner_of: dict[tuple[UUID, str, str], UUID | None],
) -> list[tuple[UUID, FillReport, UUID | None]]:
    """Return the new trades in the order they were made, each once."""
    seen: set[tuple[UUID, str, str]] = set()
    fresh = []
    for account_id, fill in told:
        key = (account_id, fill.symbol, fill.exchange_trade_id)
        if key in owner_of and key not in seen:
            seen.add(key)
            fresh.append((account_id, fill, owner_of[key]))
    return sorted(fresh, key=lambda each: each[1].traded_at)


async def _lock_attempts(uow: UnitOfWork, attempt_ids: set[UUID]) -> dict[UUID, Any]:
    if not attempt_ids:
        return {}
    rows = await uow.session.execute(_LOCK_ATTEMPTS, {"ids": sorted(attempt_ids)})
    return {row.id: row for row in rows}


async def _move_attempts(uow: UnitOfWork, attempts: dict[UUID, Any], *, flat: set[Key]) -> None:
    if not attempts:
        return
    ids = sorted(attempts)
    rows: list[dict[str, Any]] = []
    intents: list[dict[str, Any]] = []
    for traded in await uow.session.execute(_TRADED, {"ids": ids}):
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
        _follow_intent(row, merged, intents)
        if merged.is_late_fill or merged.is_contradiction:
            await _alarm(uow, row, merged)
    await uow.session.execute(_MOVE_ATTEMPTS, {"rows": to_json(rows), "now": uow.now})
    if intents:
        await uow.session.execute(_MOVE_INTENTS, {"rows": to_json(intents)})


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
    parked = await uow.session.execute(_PARK, {"account_id": row.account_id, "reason": reason})
    if parked.rowcount:  # type: ignore[attr-defined]
        uow.record(AccountParked(account_id=row.account_id, reason=reason))
        uow.touch("accounts")


async def _move_positions(
    uow: UnitOfWork,
    fresh: Sequence[tuple[UUID, FillReport, UUID | None]],
    rows: dict[Key, Any],
    attempts: dict[UUID, Any],
) -> "list[_Book]":
    books = {key: _Book(row) for key, row in rows.items()}
    for account_id, fill, attempt_id in fresh:
        attempt = attempts.get(attempt_id) if attempt_id is not None else None
        books[account_id, fill.symbol].apply(uow, fill, attempt)
    moved = [book for book in books.values() if book.is_moved]
    await uow.session.execute(_MOVE_POSITIONS, {"rows": to_json([b.columns() for b in moved])})
    ended = [b.key_row() for b in moved if b.is_old_protection_void]
    if ended:
        await uow.session.execute(_END_ATTACHED, {"rows": to_json(ended), "now": uow.now})
    legs = [leg for book in moved for leg in book.wanted_legs]
    if legs:
        await uow.session.execute(_WANT_LEGS, {"rows": to_json(legs)})
    return moved


class _Book:
    """One position while its new trades are applied."""

    def __init__(self, row: Any) -> None:
        self.key: Key = (row.account_id, row.symbol)
        self._contract_size: Decimal = row.contract_size
        self._position = Position(row.quantity, row.entry_price, row.realised_pnl, row.commission)
        self._deployment_id = row.deployment_id
        self._opened_at = row.opened_at
        self._wanted_stop = row.wanted_stop
        self._wanted_target = row.wanted_target
        self.unprotected_since = row.unprotected_since
        self.is_moved = False
        self.is_old_protection_void = False
        self.wanted_legs: list[dict[str, Any]] = []

    def apply(self, uow: UnitOfWork, fill: FillReport, attempt: Any) -> None:
        before = self._position
        after = apply_fill(before, fill, contract_size=self._contract_size)
        self._position = after
        self.is_moved = True
        change = change_of(before, after)
        self._tell(uow, fill, attempt)
        if change in {PositionChange.CLOSED, PositionChange.REVERSED}:
            self._end(uow, after.realised_pnl - before.realised_pnl)
        if change in {PositionChange.OPENED, PositionChange.REVERSED}:
            self._opened_at = fill.traded_at
        if attempt is not None and attempt.leg == Leg.ENTRY and after.quantity != 0:
            self._protect(uow, attempt)

    @property
    def is_flat(self) -> bool:
        return self._position.quantity == 0

    def columns(self) -> dict[str, Any]:
        position = self._position
        return self.key_row() | {
            "quantity": position.quantity,
            "entry_price": position.entry_price,
            "realised_pnl": position.realised_pnl,
            "commission": position.commission,
            "deployment_id": self._deployment_id,
            "opened_at": self._opened_at,
            "wanted_stop": self._wanted_stop,
            "wanted_target": self._wanted_target,
            "unprotected_since": self.unprotected_since,
        }

    def key_row(self) -> dict[str, Any]:
        return {"account_id": self.key[0], "symbol": self.key[1]}

    def _tell(self, uow: UnitOfWork, fill: FillReport, attempt: Any) -> None:
        if attempt is not None:
            uow.record(
                FillRecorded(
                    subject=attempt.intent_id,
                    account_id=self.key[0],
                    symbol=fill.symbol,
                    side=fill.side.value,
                    quantity=fill.quantity,
                    price=fill.price,
                    exchange_trade_id=fill.exchange_trade_id,
                )
            )
            return
        uow.record(
            ForeignFillRecorded(
                account_id=self.key[0],
                symbol=fill.symbol,
                side=fill.side.value,
                quantity=fill.quantity,
                price=fill.price,
                exchange_order_id=fill.exchange_order_id,
            )
        )

    def _end(self, uow: UnitOfWork, realised_pnl: Decimal) -> None:
        """Forget what the old position wanted; its orders are swept, attached legs are gone."""
        uow.record(
            PositionClosed(account_id=self.key[0], symbol=self.key[1], realised_pnl=realised_pnl)
        )
        self._deployment_id = self._opened_at = None
        self._wanted_stop = self._wanted_target = self.unprotected_since = None
        self.is_old_protection_void = True
        self.wanted_legs.clear()

    def _protect(self, uow: UnitOfWork, attempt: Any) -> None:
        """Want the entry's stop and target; further trades of the same entry add nothing."""
        if self._wanted_stop is not None:
            return
        self._deployment_id = attempt.deployment_id
        self._wanted_stop, self._wanted_target = attempt.stop_loss, attempt.take_profit
        if self._wanted_stop is not None:
            self.unprotected_since = uow.now
        for leg, price in (
            (Leg.STOP_LOSS, attempt.stop_loss),
            (Leg.TAKE_PROFIT, attempt.take_profit),
        ):
            if price is not None:
                self.wanted_legs.append(
                    self.key_row()
                    | {
                        "id": derived_id("leg", attempt.intent_id, leg.value),
                        "leg": leg,
                        "trigger_price": price,
                    }
                )


def _row(account_id: UUID, fill: FillReport) -> dict[str, Any]:
    return {
        "id": new_id(),
        "account_id": account_id,
        "exchange": fill.exchange,
        "symbol": fill.symbol,
        "exchange_trade_id": fill.exchange_trade_id,
        "exchange_order_id": fill.exchange_order_id,
        "client_order_id": fill.client_order_id,
        "side": fill.side,
        "quantity": fill.quantity,
        "price": fill.price,
        "commission": fill.commission,
        "commission_asset": fill.commission_asset,
        "realised_pnl": fill.realised_pnl,
        "is_maker": fill.is_maker,
        "source": fill.source,
        "traded_at": fill.traded_at,
    }

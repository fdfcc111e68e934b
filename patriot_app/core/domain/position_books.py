"""One position while new trades are applied: what it becomes, wants and tells.

Protection follows the entry: its stop and target are wanted from the first trade on, and forgotten
when the position ends.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from patriot_app.core.domain.events import (
    Event,
    FillRecorded,
    ForeignFillRecorded,
    PositionClosed,
)
from patriot_app.core.domain.fills import FillReport
from patriot_app.core.domain.orders import Leg
from patriot_app.core.domain.positions import FLAT, Position, PositionChange, apply_fill, change_of
from patriot_app.core.ids import derived_id

_ENDS = frozenset({PositionChange.CLOSED, PositionChange.REVERSED})


@dataclass(frozen=True, slots=True)
class Cause:
    """The order of ours that traded.

    Attributes:
        subject: its intent; the leg itself for a stop that hung on the position.
    """

    subject: UUID
    leg: Leg
    deployment_id: UUID | None
    stop_loss: Decimal | None
    take_profit: Decimal | None


@dataclass(frozen=True, slots=True)
class Trade:
    """One trade with what of ours made it; None if it was not ours."""

    fill: FillReport
    cause: Cause | None


@dataclass(slots=True, kw_only=True)
class PositionBook:
    """A position under lock.

    Attributes:
        now: wall time of the transaction.
        is_old_protection_void: the position that its former legs guarded is gone.
        wanted_legs: rows of legs that are wanted from now on.
        events: what happened, in order.
    """

    account_id: UUID
    symbol: str
    contract_size: Decimal
    position: Position
    deployment_id: UUID | None
    opened_at: datetime | None
    wanted_stop: Decimal | None
    wanted_target: Decimal | None
    unprotected_since: datetime | None
    now: datetime
    is_moved: bool = False
    is_old_protection_void: bool = False
    wanted_legs: list[dict[str, Any]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    @property
    def key(self) -> tuple[UUID, str]:
        return self.account_id, self.symbol

    @property
    def is_flat(self) -> bool:
        return self.position.quantity == 0

    def apply(self, fill: FillReport, cause: Cause | None) -> None:
        """Apply one new trade; without a cause it was not ours."""
        before = self.position
        after = apply_fill(before, fill, contract_size=self.contract_size)
        self.position = after
        self.is_moved = True
        change = change_of(before, after)
        self._tell(fill, cause)
        if change in _ENDS:
            self._end(after.realised_pnl - before.realised_pnl)
        if change in {PositionChange.OPENED, PositionChange.REVERSED}:
            self.opened_at = fill.traded_at
        if cause is not None and cause.leg is Leg.ENTRY and self._is_held_by(fill):
            self._protect(cause)

    def apply_anew(self, history: Sequence[Trade], fresh: Sequence[Trade]) -> None:
        """Work out the position from all its trades, since a new one was made before a known one.

        So what the trades make of it is the same whatever was told first. A stop that was moved
        since its entry stays where it is.

        Args:
            history: every trade, oldest first, the new ones among them.
            fresh: the new ones.
        """
        new = {trade.fill.exchange_trade_id for trade in fresh}
        former = self._of([trade for trade in history if trade.fill.exchange_trade_id not in new])
        again = self._of(history)
        for trade in fresh:
            self._tell(trade.fill, trade.cause)
        if change_of(self.position, again.position) in _ENDS:
            self._end(again.position.realised_pnl - self.position.realised_pnl)
        if again._wanted_ids != former._wanted_ids or not self._wants_any:
            self.is_old_protection_void |= self._wants_any
            self.wanted_stop, self.wanted_target = again.wanted_stop, again.wanted_target
            self.unprotected_since = again.unprotected_since
            # The same entry's legs may have ended while the books believed its position gone.
            mark = fresh[-1].fill.exchange_trade_id
            self.wanted_legs = [
                leg | {"id": derived_id("leg", leg["id"], mark)} for leg in again.wanted_legs
            ]
        self.position, self.opened_at = again.position, again.opened_at
        self.deployment_id = again.deployment_id
        self.is_moved = True

    def columns(self) -> dict[str, Any]:
        """Return the row after all trades."""
        return self.key_row() | {
            "quantity": self.position.quantity,
            "entry_price": self.position.entry_price,
            "realised_pnl": self.position.realised_pnl,
            "commission": self.position.commission,
            "deployment_id": self.deployment_id,
            "opened_at": self.opened_at,
            "wanted_stop": self.wanted_stop,
            "wanted_target": self.wanted_target,
            "unprotected_since": self.unprotected_since,
        }

    def key_row(self) -> dict[str, Any]:
        """Return what names the position."""
        return {"account_id": self.account_id, "symbol": self.symbol}

    @property
    def _wanted_ids(self) -> set[UUID]:
        return {leg["id"] for leg in self.wanted_legs}

    @property
    def _wants_any(self) -> bool:
        return self.wanted_stop is not None or self.wanted_target is not None

    def _of(self, trades: Iterable[Trade]) -> "PositionBook":
        """Return what some trades alone make of this position, from nothing on."""
        book = PositionBook(
            account_id=self.account_id,
            symbol=self.symbol,
            contract_size=self.contract_size,
            position=FLAT,
            deployment_id=None,
            opened_at=None,
            wanted_stop=None,
            wanted_target=None,
            unprotected_since=None,
            now=self.now,
        )
        for trade in trades:
            book.apply(trade.fill, trade.cause)
        return book

    def _tell(self, fill: FillReport, cause: Cause | None) -> None:
        if cause is not None:
            self.events.append(
                FillRecorded(
                    subject=cause.subject,
                    account_id=self.account_id,
                    symbol=fill.symbol,
                    side=fill.side.value,
                    quantity=fill.quantity,
                    price=fill.price,
                    exchange_trade_id=fill.exchange_trade_id,
                )
            )
            return
        self.events.append(
            ForeignFillRecorded(
                account_id=self.account_id,
                symbol=fill.symbol,
                side=fill.side.value,
                quantity=fill.quantity,
                price=fill.price,
                exchange_order_id=fill.exchange_order_id,
            )
        )

    def _end(self, realised_pnl: Decimal) -> None:
        """Forget what the old position wanted; its orders are swept, attached legs are gone."""
        self.events.append(
            PositionClosed(
                account_id=self.account_id, symbol=self.symbol, realised_pnl=realised_pnl
            )
        )
        self.deployment_id = self.opened_at = None
        self.wanted_stop = self.wanted_target = self.unprotected_since = None
        self.is_old_protection_void = True
        self.wanted_legs.clear()

    def _is_held_by(self, fill: FillReport) -> bool:
        """Tell whether the position lies on the side of a trade: only then it can be its entry's."""
        return self.position.quantity * fill.side.sign > 0

    def _protect(self, cause: Cause) -> None:
        """Want the entry's stop and target; further trades of the same entry add nothing."""
        if self.wanted_stop is not None:
            return
        self.deployment_id = cause.deployment_id
        self.wanted_stop, self.wanted_target = cause.stop_loss, cause.take_profit
        if self.wanted_stop is not None:
            self.unprotected_since = self.now
        for leg, price in (
            (Leg.STOP_LOSS, cause.stop_loss),
            (Leg.TAKE_PROFIT, cause.take_profit),
        ):
            if price is not None:
                self.wanted_legs.append(
                    self.key_row()
                    | {
                        "id": derived_id("leg", cause.subject, leg.value),
                        "leg": leg,
                        "trigger_price": price,
                    }
                )

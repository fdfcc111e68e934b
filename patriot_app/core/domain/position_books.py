"""One position while new trades are applied: what it becomes, wants and tells.

Protection follows the entry: its stop and target are wanted from the first trade on, and forgotten
when the position ends.
"""

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
from patriot_app.core.domain.positions import Position, PositionChange, apply_fill, change_of
from patriot_app.core.ids import derived_id


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


@dataclass(slots=True, kw_only=True)
class PositionBook:
    """A position under lock.

    Attributes:
        now: wall time of the transaction.
        is_old_protection_void: the position that its former legs guarded is gone.
        opened_by_exit: intent of an exit that seems to have opened the position. An exit only
            reduces, so trades of the entry that follows it were told before its own.
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
    opened_by_exit: UUID | None = None
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
        if change in {PositionChange.CLOSED, PositionChange.REVERSED}:
            self._end(after.realised_pnl - before.realised_pnl)
        if change in {PositionChange.OPENED, PositionChange.REVERSED}:
            self.opened_at = fill.traded_at
            self.opened_by_exit = cause.subject if cause is not None else None
        if cause is not None and cause.leg is Leg.ENTRY and after.quantity != 0:
            self.protect(cause)

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
        self.opened_by_exit = None
        self.wanted_legs.clear()

    def protect(self, cause: Cause) -> None:
        """Want the entry's stop and target; further trades of the same entry add nothing."""
        self.opened_by_exit = None
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

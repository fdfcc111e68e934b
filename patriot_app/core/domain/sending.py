"""What passes between the books and the send path: orders to open, attempts to send, answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.fills import FillReport
from patriot_app.core.domain.orders import (
    AttemptState,
    Leg,
    OrderReport,
    OrderType,
    Side,
    TimeInForce,
    WriteResult,
)
from patriot_app.core.domain.signals import Signal
from patriot_app.core.domain.targets import AccountTarget
from patriot_app.core.domain.verdicts import OrderIntent

ATTEMPTS_MAX = 3
"""Orders sent for one intent; each after the proof that the one before does not exist."""


@dataclass(frozen=True, slots=True)
class RecordedSignal:
    """A signal as the books hold it.

    Attributes:
        parameters: of the strategy version that decided.
        valid_until: wire time.
        only: the accounts that it is for, of those of the deployment; None for all of them.
        turn: whose turn it is to be served first (`core.domain.fan_outs.in_turn`).
    """

    signal_id: UUID
    deployment_id: UUID
    strategy_id: UUID
    version_id: UUID
    signal: Signal
    parameters: Mapping[str, Any]
    valid_until: datetime
    only: frozenset[UUID] | None = None
    turn: int = 0


@dataclass(frozen=True, slots=True)
class PartInTurn:
    """The accounts of some shards that a signal is for.

    Attributes:
        first: whose turn it is to be served first; None where there are no accounts.
        undecided: in the order in which they are served.
        next_place: after those of the decided ones.
    """

    first: UUID | None
    undecided: list[UUID]
    next_place: int = 0


@dataclass(frozen=True, slots=True)
class GatheredTarget:
    """An account as planning sees it, and what only sending needs.

    Attributes:
        place: in the fan-out, from 0.
        known_leverage: of the symbol at the exchange, None if never seen.
    """

    target: AccountTarget
    client_id: UUID
    known_leverage: int | None


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An intent about to be written, with its first attempt.

    Attributes:
        signal_id, command_id: what caused it; neither for protection and emergency exits.
        waits_for: intent whose order must be accepted before this one may be sent.
        expires_at: market time at which an entry that rests is taken back.
        replaces: the first intent of the chain that this one continues, after a change that its
            exchange could not make.
        slice, slices: which part of an order that is sent in parts; 0 of 0 for a whole one.
        starts_at: wire time before which a part is not sent.
    """

    intent_id: UUID
    account_id: UUID
    shard: int
    exchange: Exchange
    mode: AccountMode
    symbol: str
    leg: Leg
    side: Side
    order_type: OrderType
    quantity: Decimal | None
    reduce_only: bool
    signal_id: UUID | None = None
    command_id: UUID | None = None
    deployment_id: UUID | None = None
    time_in_force: TimeInForce | None = None
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    stop_loss: Decimal | None = None
    take_profit: Decimal | None = None
    leverage: int | None = None
    close_position: bool = False
    reserved_notional: Decimal = Decimal(0)
    deadline: datetime | None = None
    waits_for: UUID | None = None
    expires_at: datetime | None = None
    replaces: UUID | None = None
    slice: int = 0
    slices: int = 0
    starts_at: datetime | None = None

    @property
    def is_later_slice(self) -> bool:
        """Tell whether it is a part that follows others, at a time of its own."""
        return self.slice > 1

    @property
    def is_conditional(self) -> bool:
        """Tell whether it waits at the exchange until a price triggers it."""
        return self.order_type.is_conditional

    @property
    def level(self) -> Decimal | None:
        """Return the price that it enters at: its limit, or else its trigger."""
        return self.trigger_price if self.price is None else self.price


@dataclass(frozen=True, slots=True)
class ReadyAttempt:
    """One attempt with everything that its request needs."""

    attempt_id: UUID
    number: int
    client_order_id: str
    order: NewOrder


@dataclass(frozen=True, slots=True)
class Ticket:
    """What one try to send is allowed under.

    Attributes:
        epoch: of the lease on the attempt's shard.
        timestamp_ms: the exchange's wire time, pinned before the row becomes SENDING.
    """

    attempt: ReadyAttempt
    epoch: int
    timestamp_ms: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one try."""

    ticket: Ticket
    result: WriteResult


@dataclass(frozen=True, slots=True)
class LiveAttempt:
    """An attempt as recovery, resolver and sweeps see it.

    Attributes:
        triggered_order_id: of the order that a conditional one became (Binance).
    """

    ready: ReadyAttempt
    state: AttemptState
    timestamp_ms: int | None
    receive_window_ms: int | None
    epoch: int | None
    exchange_order_id: str | None
    filled_quantity: Decimal
    created_at: datetime
    sending_at: datetime | None
    cancel_requested_at: datetime | None
    triggered_order_id: str | None = None


@dataclass(frozen=True, slots=True)
class AccountReports:
    """What one account's exchange told us, in the order we heard it."""

    account_id: UUID
    reports: tuple[OrderReport, ...] = field(default=())
    fills: tuple[FillReport, ...] = field(default=())


def new_order_of(intent: OrderIntent, *, deployment_id: UUID) -> NewOrder:
    """Return what a plan wants as an order of its signal."""
    return NewOrder(
        intent_id=intent.intent_id,
        account_id=intent.account_id,
        shard=intent.shard,
        exchange=intent.exchange,
        mode=intent.mode,
        symbol=intent.symbol,
        leg=intent.leg,
        side=intent.side,
        order_type=intent.order_type,
        quantity=intent.quantity,
        reduce_only=intent.reduce_only,
        signal_id=intent.signal_id,
        deployment_id=deployment_id,
        stop_loss=intent.stop_loss,
        take_profit=intent.take_profit,
        leverage=intent.leverage,
        reserved_notional=intent.notional,
        deadline=intent.deadline,
        waits_for=intent.waits_for,
        price=intent.price,
        trigger_price=intent.trigger_price,
        time_in_force=intent.time_in_force,
        expires_at=intent.expires_at,
        slice=intent.slice,
        slices=intent.slices,
        starts_at=intent.starts_at,
    )

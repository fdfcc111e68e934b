"""What a plan says of one account: orders to send, or one code that says why not."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.orders import Leg, OrderType, Side, TimeInForce
from patriot_app.core.domain.reasons import DenialReason, SkipReason
from patriot_app.core.domain.risk import Reviewed


@dataclass(frozen=True, slots=True)
class OrderIntent:
    """One order that we want of one account.

    Attributes:
        quantity: contract units on the instrument's grid.
        reference_price: the account's own mark price at planning.
        notional, initial_margin: USDT; reserved until the order is resolved.
        leverage: what the position is opened at; None for an exit.
        stop_loss, take_profit: what must protect the position, on the price grid.
        deadline: wire time after which it may not be sent.
        waits_for: intent that must be accepted before this one may be sent.
        price, time_in_force: of a limit order.
        trigger_price: of an entry that waits for a price to be passed.
        expires_at: market time at which an entry that rests is taken back.
        slice, slices: which part of an order that is sent in parts; 0 of 0 for a whole one.
        starts_at: wire time before which a part is not sent.
        reviewed: what the review of an entry looked at.
    """

    intent_id: UUID
    signal_id: UUID
    account_id: UUID
    shard: int
    exchange: Exchange
    mode: AccountMode
    symbol: str
    leg: Leg
    side: Side
    order_type: OrderType
    quantity: Decimal
    reduce_only: bool
    reference_price: Decimal | None
    notional: Decimal
    initial_margin: Decimal
    leverage: int | None
    stop_loss: Decimal | None
    take_profit: Decimal | None
    deadline: datetime
    waits_for: UUID | None = None
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    time_in_force: TimeInForce | None = None
    expires_at: datetime | None = None
    slice: int = 0
    slices: int = 0
    starts_at: datetime | None = None
    reviewed: Reviewed | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """Circumstances forbid it."""

    account_id: UUID
    reason: SkipReason
    context: str


@dataclass(frozen=True, slots=True)
class Denied:
    """A risk rule forbids it."""

    account_id: UUID
    reason: DenialReason
    context: str


@dataclass(frozen=True, slots=True)
class Planned:
    """What is to be sent, in this order.

    Attributes:
        refusal: why a reversal only exits: its entry was skipped or denied.
    """

    account_id: UUID
    intents: tuple[OrderIntent, ...]
    refusal: Skipped | Denied | None = None


Verdict = Planned | Skipped | Denied

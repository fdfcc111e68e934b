"""An intent says what we want of one account; an attempt is one order sent for it, at most once.

The table of attempts is EXECUTION 2.6. What an exchange told us is an OrderReport and never an
attempt: reports move attempts along the table, and `filled_quantity` only grows.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from patriot_app.core.domain.accounts import Exchange


class Side(StrEnum):
    BUY = "BUY"
    SELL = "SELL"

    @property
    def sign(self) -> int:
        """+1 for BUY, -1 for SELL."""
        return 1 if self is Side.BUY else -1

    @property
    def opposite(self) -> "Side":
        return Side.SELL if self is Side.BUY else Side.BUY


class PositionSide(StrEnum):
    """BOTH in one-way mode."""

    BOTH = "BOTH"
    LONG = "LONG"
    SHORT = "SHORT"


class OrderType(StrEnum):
    MARKET = "MARKET"
    LIMIT = "LIMIT"
    STOP_MARKET = "STOP_MARKET"
    STOP_LIMIT = "STOP_LIMIT"
    TAKE_PROFIT_MARKET = "TAKE_PROFIT_MARKET"

    @property
    def is_conditional(self) -> bool:
        """Tell whether it waits at the exchange until a price triggers it."""
        return self not in {OrderType.MARKET, OrderType.LIMIT}


class TimeInForce(StrEnum):
    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"
    POST_ONLY = "POST_ONLY"


class Leg(StrEnum):
    """What an intent is for; part of its natural key."""

    ENTRY = "entry"
    EXIT = "exit"
    STOP_LOSS = "stop_loss"
    TAKE_PROFIT = "take_profit"
    CANCEL = "cancel"

    @property
    def opens(self) -> bool:
        """Tell whether it can enlarge exposure."""
        return self is Leg.ENTRY

    @property
    def is_conditional(self) -> bool:
        """Tell whether it rests at the exchange until a price triggers it."""
        return self in {Leg.STOP_LOSS, Leg.TAKE_PROFIT}


class IntentState(StrEnum):
    PLANNED = "planned"
    EXECUTING = "executing"
    DONE = "done"
    PARTIALLY_DONE = "partially_done"
    FAILED = "failed"
    EXPIRED = "expired"
    BLOCKED = "blocked"


INTENT_TRANSITIONS = {
    IntentState.PLANNED: frozenset(
        {IntentState.EXECUTING, IntentState.EXPIRED, IntentState.FAILED}
    ),
    IntentState.EXECUTING: frozenset(
        {
            IntentState.DONE,
            IntentState.PARTIALLY_DONE,
            IntentState.FAILED,
            IntentState.EXPIRED,
            IntentState.BLOCKED,
        }
    ),
    IntentState.BLOCKED: frozenset(
        {IntentState.EXECUTING, IntentState.DONE, IntentState.PARTIALLY_DONE, IntentState.FAILED}
    ),
    # A late fill beats the end of the intent.
    IntentState.FAILED: frozenset({IntentState.DONE, IntentState.PARTIALLY_DONE}),
    IntentState.EXPIRED: frozenset({IntentState.DONE, IntentState.PARTIALLY_DONE}),
    IntentState.PARTIALLY_DONE: frozenset({IntentState.DONE}),
    IntentState.DONE: frozenset(),
}


class AttemptState(StrEnum):
    CREATED = "created"
    SENDING = "sending"
    VOID = "void"
    UNKNOWN = "unknown"
    OPEN = "open"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELED = "canceled"
    EXPIRED = "expired"
    REJECTED = "rejected"
    ABSENT = "absent"
    QUARANTINED = "quarantined"
    LATE_FILLED = "late_filled"
    EXPIRED_UNSEEN = "expired_unseen"


_A = AttemptState
_ANSWERED = frozenset({_A.OPEN, _A.PARTIALLY_FILLED, _A.FILLED, _A.CANCELED, _A.EXPIRED})

ATTEMPT_TRANSITIONS: dict[AttemptState, frozenset[AttemptState]] = {
    # Cold mode finds an order whose SENDING row was lost.
    _A.CREATED: frozenset({_A.SENDING, _A.VOID}) | _ANSWERED,
    _A.SENDING: _ANSWERED | {_A.REJECTED, _A.UNKNOWN},
    _A.UNKNOWN: _ANSWERED | {_A.REJECTED, _A.ABSENT, _A.EXPIRED_UNSEEN, _A.QUARANTINED},
    _A.QUARANTINED: _ANSWERED | {_A.REJECTED, _A.ABSENT, _A.EXPIRED_UNSEEN},
    _A.OPEN: frozenset({_A.PARTIALLY_FILLED, _A.FILLED, _A.CANCELED, _A.EXPIRED, _A.REJECTED}),
    _A.PARTIALLY_FILLED: frozenset({_A.FILLED, _A.CANCELED, _A.EXPIRED}),
    # Real world: a fill may be reported after the end of its order.
    _A.CANCELED: frozenset({_A.LATE_FILLED, _A.FILLED}),
    _A.EXPIRED: frozenset({_A.LATE_FILLED, _A.FILLED}),
    _A.REJECTED: frozenset({_A.LATE_FILLED}),
    _A.ABSENT: frozenset({_A.LATE_FILLED}),
    # Its exchange has forgotten it; whether it ever was there nobody can say.
    _A.EXPIRED_UNSEEN: frozenset({_A.LATE_FILLED}),
    _A.FILLED: frozenset(),
    _A.VOID: frozenset(),
    _A.LATE_FILLED: frozenset(),
}

IN_FLIGHT = frozenset({_A.SENDING, _A.UNKNOWN, _A.QUARANTINED})
"""May or may not exist at the exchange: counts as filled for limits."""
WORKING = frozenset({_A.OPEN, _A.PARTIALLY_FILLED})


class Outcome(StrEnum):
    """What an answer to a write proves (EXECUTION 2.4)."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """One order ready to be sent: everything rounded to the instrument's filters.

    Attributes:
        quantity: contract units; None with close_position.
        price: limit price; None for market and conditional orders.
        trigger_price: for conditional orders.
        timestamp_ms: wire time pinned before the row became SENDING (EXECUTION 2.3, S1).
    """

    exchange: Exchange
    symbol: str
    client_order_id: str
    side: Side
    order_type: OrderType
    quantity: Decimal | None
    price: Decimal | None
    trigger_price: Decimal | None
    time_in_force: TimeInForce | None
    reduce_only: bool
    close_position: bool
    timestamp_ms: int
    receive_window_ms: int
    stop_loss: Decimal | None = None
    """Attached to the entry where the exchange can (Bybit); else placed as its own leg."""


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What became of one write.

    Attributes:
        code: the exchange's code as text, "" if none.
        evidence: short text for the timeline; never a secret.
    """

    outcome: Outcome
    http_status: int
    code: str
    evidence: str
    exchange_order_id: str | None
    received_at: datetime


@dataclass(frozen=True, slots=True)
class OrderReport:
    """What an exchange says of one order, in our words.

    Attributes:
        filled_quantity: cumulative; an older report may be smaller and is then ignored.
        is_conditional: it is (still) the resting conditional order, in its own id space on Binance.
        triggered_order_id: the order that a triggered conditional became.
        updated_at: market time.
        is_attached: a stop that hangs on the position (Bybit) and has no id of ours.
    """

    exchange: Exchange
    symbol: str
    client_order_id: str
    exchange_order_id: str
    state: AttemptState
    side: Side
    order_type: str
    quantity: Decimal
    filled_quantity: Decimal
    average_price: Decimal | None
    price: Decimal | None
    trigger_price: Decimal | None
    reduce_only: bool
    is_conditional: bool
    triggered_order_id: str | None
    updated_at: datetime
    reason: str = ""
    is_attached: bool = False


@dataclass(frozen=True, slots=True)
class OrderIdentity:
    """How to find one of our orders at an exchange."""

    account_id: UUID
    symbol: str
    client_order_id: str
    exchange_order_id: str | None
    is_conditional: bool

"""Orders, conditional orders and trades as the paper exchange keeps them.

Both dialects translate their wire words into these and back. Quantities are in the base coin,
prices and notional values in USDT, times in milliseconds of market time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

ZERO = Decimal(0)


class Side(StrEnum):
    """Which way an order changes the position."""

    BUY = "BUY"
    SELL = "SELL"

    @property
    def sign(self) -> int:
        """Return +1 for a buy and -1 for a sale."""
        return 1 if self is Side.BUY else -1

    @property
    def opposite(self) -> Side:
        """Return the other side."""
        return Side.SELL if self is Side.BUY else Side.BUY


class PositionSide(StrEnum):
    """Which position an order belongs to: the net one, or one of the two of hedge mode."""

    BOTH = "BOTH"
    LONG = "LONG"
    SHORT = "SHORT"

    def closes_with(self, side: Side) -> bool:
        """Tell whether an order of this side can only shrink a position of hedge mode."""
        return self is not PositionSide.BOTH and (self is PositionSide.LONG) is (side is Side.SELL)


def position_key(symbol: str, position_side: PositionSide) -> str:
    """Return the key of a position: the contract alone in one-way mode."""
    return symbol if position_side is PositionSide.BOTH else f"{symbol}:{position_side}"


class OrderKind(StrEnum):
    """How an order is priced."""

    MARKET = "MARKET"
    LIMIT = "LIMIT"


class TimeInForce(StrEnum):
    """How long the unfilled rest of an order works."""

    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"
    POST_ONLY = "POST_ONLY"
    GTD = "GTD"
    """Good till the market time in good_till_ms."""


class OrderStatus(StrEnum):
    """Where an order is in its life."""

    NEW = "NEW"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"


class TriggerStatus(StrEnum):
    """Where a conditional order is in its life."""

    WAITING = "WAITING"
    TRIGGERED = "TRIGGERED"
    FINISHED = "FINISHED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"


class TriggerBy(StrEnum):
    """The price that a trigger watches."""

    LAST = "LAST"
    MARK = "MARK"
    INDEX = "INDEX"


class Direction(StrEnum):
    """The way that the price must cross a trigger."""

    RISING = "RISING"
    FALLING = "FALLING"


OPEN_STATUSES = frozenset({OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRequest:
    """What an account asks for.

    Attributes:
        position_side: BOTH in one-way mode, LONG or SHORT in hedge mode.
        good_till_ms: market time at which a GTD order expires; 0 for every other.
        labels: words of the dialect that its answers repeat (order type names, flags); the
            engine never reads them.
    """

    symbol: str
    side: Side
    kind: OrderKind
    quantity: Decimal
    price: Decimal | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    reduce_only: bool = False
    client_order_id: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    position_side: PositionSide = PositionSide.BOTH
    good_till_ms: int = 0

    @property
    def reduces(self) -> bool:
        """Tell whether it may only shrink a position: by its flag, or by its side in hedge mode."""
        return self.reduce_only or self.position_side.closes_with(self.side)

    @property
    def position_key(self) -> str:
        """Return the key of the position that it changes."""
        return position_key(self.symbol, self.position_side)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionalRequest:
    """An order that enters the market when a price is reached.

    Attributes:
        order: what to send at the trigger; its client_order_id is the conditional order's own.
            With ``close_position`` its quantity is 0 and the whole position is closed.
        close_position: close what is open at the trigger; implies reduce-only.
        expires_with_position: cancelled when the position that it protects is closed.
        callback_rate: fraction (0.01 is 1 %) for a trailing stop, else None.
        callback_distance: the same as a distance in USDT; a trailing stop has one of the two.
        activation_price: the trailing stop starts to follow here; None starts at once.
    """

    order: OrderRequest
    trigger_price: Decimal
    direction: Direction
    trigger_by: TriggerBy = TriggerBy.LAST
    close_position: bool = False
    expires_with_position: bool = False
    callback_rate: Decimal | None = None
    activation_price: Decimal | None = None
    callback_distance: Decimal | None = None

    @property
    def is_trailing(self) -> bool:
        """Tell whether the trigger follows the price."""
        return self.callback_rate is not None or self.callback_distance is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderChange:
    """One amendment of an order.

    Attributes:
        reference: the client's own number of the change; None without one.
    """

    time_ms: int
    price_before: Decimal
    price_after: Decimal
    quantity_before: Decimal
    quantity_after: Decimal
    reference: int | None = None


@dataclass(slots=True, kw_only=True)
class Order:
    """One order and what has happened to it."""

    order_id: int
    api_key: str
    symbol: str
    side: Side
    kind: OrderKind
    quantity: Decimal
    price: Decimal | None
    time_in_force: TimeInForce
    reduce_only: bool
    client_order_id: str
    labels: dict[str, str]
    created_ms: int
    updated_ms: int
    status: OrderStatus = OrderStatus.NEW
    filled_quantity: Decimal = ZERO
    filled_notional: Decimal = ZERO
    commission: Decimal = ZERO
    conditional_id: int | None = None
    """The conditional order that placed this one, if any."""
    reason: str = ""
    """Why it ended without being filled, in the engine's words; empty otherwise."""
    changes: tuple[OrderChange, ...] = ()
    queue_ahead: Decimal = ZERO
    """What must be traded at its price before it is its turn."""
    position_side: PositionSide = PositionSide.BOTH
    good_till_ms: int = 0

    @property
    def reduces(self) -> bool:
        """Tell whether it may only shrink a position."""
        return self.reduce_only or self.position_side.closes_with(self.side)

    @property
    def position_key(self) -> str:
        """Return the key of the position that it changes."""
        return position_key(self.symbol, self.position_side)

    @property
    def amendments(self) -> int:
        """Return how often it was amended."""
        return len(self.changes)

    @property
    def remaining(self) -> Decimal:
        """Return the quantity that is not filled."""
        return self.quantity - self.filled_quantity

    @property
    def is_open(self) -> bool:
        """Tell whether it can still be filled."""
        return self.status in OPEN_STATUSES

    @property
    def average_price(self) -> Decimal:
        """Return the mean fill price, 0 before the first fill."""
        return self.filled_notional / self.filled_quantity if self.filled_quantity else ZERO


@dataclass(slots=True, kw_only=True)
class ConditionalOrder:
    """One conditional order and what has happened to it."""

    conditional_id: int
    api_key: str
    request: ConditionalRequest
    created_ms: int
    updated_ms: int
    status: TriggerStatus = TriggerStatus.WAITING
    triggered_ms: int = 0
    order_id: int | None = None
    """The order that the trigger placed."""
    reason: str = ""
    extreme_price: Decimal | None = None
    """Best price since a trailing stop was activated; None before."""

    @property
    def symbol(self) -> str:
        """Return the contract."""
        return self.request.order.symbol

    @property
    def client_order_id(self) -> str:
        """Return the client's own id of the conditional order."""
        return self.request.order.client_order_id

    @property
    def is_open(self) -> bool:
        """Tell whether it still waits for its price."""
        return self.status is TriggerStatus.WAITING


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """One fill of one order; the exchange's own record of it."""

    trade_id: int  # unique within the contract and growing with time
    order_id: int
    client_order_id: str
    symbol: str
    side: Side
    price: Decimal
    quantity: Decimal
    notional: Decimal
    commission: Decimal
    """Paid by the account when positive; in USDT."""
    realised_pnl: Decimal
    closed_quantity: Decimal
    is_maker: bool
    time_ms: int
    position_side: PositionSide = PositionSide.BOTH

"""Orders, fills and the protection of positions."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from patriot_app.core.domain.events.base import AccountEvent, DeploymentEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersPlanned(DeploymentEvent):
    """A chunk of a fan-out was decided."""

    planned: int
    skipped: int
    denied: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FanOutFellShort(DeploymentEvent):
    """A signal came to rest and accounts that should have traded took no part."""

    symbol: str
    action: str
    accounts: int
    missed: int
    reasons: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDenied(AccountEvent):
    """Something of ours forbids the order: a limit, a halt, a state."""

    symbol: str
    reason_code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSkipped(AccountEvent):
    """There was nothing sensible to order; the customer hears of a margin that did not suffice."""

    symbol: str
    reason_code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlanned(AccountEvent):
    symbol: str
    leg: str
    side: str
    quantity: Decimal | None
    client_order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAnswered(AccountEvent):
    """An attempt's state after the exchange's answer."""

    client_order_id: str
    state: str
    code: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderVoided(AccountEvent):
    client_order_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryExpiresSoon(AccountEvent):
    """An entry that rests will be taken back at its end; `expires_at` is market time."""

    symbol: str
    client_order_id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryWithdrawn(AccountEvent):
    """An entry that worked is taken back; what it filled stays and is protected."""

    symbol: str
    client_order_id: str
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAmended(AccountEvent):
    """What became of a change of an open order: price and quantity are those wanted."""

    client_order_id: str
    price: Decimal
    quantity: Decimal
    state: str
    code: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReported(AccountEvent):
    """The exchange told of a change by stream or look-up."""

    client_order_id: str
    state: str
    filled_quantity: Decimal
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderProvedAbsent(AccountEvent):
    client_order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderExpiredUnseen(AccountEvent):
    """Its exchange has forgotten it by now, if it ever knew it."""

    client_order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderQuarantined(AccountEvent):
    client_order_id: str
    unknown_since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilledLate(AccountEvent):
    client_order_id: str
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class FillRecorded(AccountEvent):
    symbol: str
    side: str
    quantity: Decimal
    price: Decimal
    exchange_trade_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignFillRecorded(AccountEvent):
    """A trade on the customer's account that was not ours."""

    symbol: str
    side: str
    quantity: Decimal
    price: Decimal
    exchange_order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionProtected(AccountEvent):
    symbol: str
    leg: str
    trigger_price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionUnprotected(AccountEvent):
    symbol: str
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StopMoved(AccountEvent):
    """The exit plan moved a stop towards the price."""

    symbol: str
    why: str
    before: Decimal
    trigger_price: Decimal
    mark_price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialCloseDecided(AccountEvent):
    """The exit plan closes a part of a position at market."""

    symbol: str
    quantity: Decimal
    mark_price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class LegLate(AccountEvent):
    """The price is beyond a stop or target that the exchange has not carried out."""

    symbol: str
    leg: str
    trigger_price: Decimal
    mark_price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectionChanged(AccountEvent):
    """A person moved the stop or the target of an open position."""

    symbol: str
    stop_before: Decimal | None
    stop: Decimal | None
    target_before: Decimal | None
    target: Decimal | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionClosed(AccountEvent):
    symbol: str
    realised_pnl: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDecided(AccountEvent):
    """A person decided what an order of unknown outcome came to."""

    client_order_id: str
    decision: str
    reason: str

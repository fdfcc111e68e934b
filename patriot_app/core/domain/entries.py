"""How a signal enters: at once at market, or by an order that rests until its price or its end.

A limit order waits for a better price, a stop order for the market to pass its trigger; then it
buys or sells at market (stop-market) or at its limit or better (stop-limit).

The end of an entry is market time: at a replay's speed four hours are four hours of the market.
A limit price is a promise of the worst price, so it is the same on every exchange, unlike the
reference price of a signal, which each exchange sees a little differently.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from patriot_app.core.domain.instruments import Instrument, Toward, round_price
from patriot_app.core.domain.orders import OrderType, Side, TimeInForce

BOUNDARY = timedelta(hours=4)
"""Entries without an end of their own end when the market's day of 24 h reaches a multiple."""
WARN_BEFORE = timedelta(minutes=15)
LIFE_MIN = timedelta(minutes=1)
LIFE_MAX = timedelta(days=7)

STOP_TYPES = frozenset({OrderType.STOP_MARKET, OrderType.STOP_LIMIT})
ENTRY_TYPES = frozenset({OrderType.MARKET, OrderType.LIMIT}) | STOP_TYPES
RESTING = frozenset({TimeInForce.GTC, TimeInForce.POST_ONLY})
"""May stay at the exchange; the others fill at once or end."""


class EntryScope(StrEnum):
    """Whose entries an operator takes back at once."""

    DESK = "desk"
    ACCOUNT = "account"
    DEPLOYMENT = "deployment"


class WithdrawalCause(StrEnum):
    """Why we took an entry of ours back."""

    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    POSITION_CLOSED = "position_closed"
    SHUTDOWN = "shutdown"
    HALT = "halt"
    MAINTENANCE = "maintenance"
    REPLACED = "replaced"
    RESUMED = "resumed"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Entry:
    """How to enter.

    Attributes:
        price: limit; None at market.
        trigger_price: that the market must pass before the order is worked; of stop orders.
        time_in_force: None at market; of a stop-limit once it was triggered.
        expires_at: market time at which what has not filled is taken back; None for what cannot
            rest.
    """

    order_type: OrderType = OrderType.MARKET
    price: Decimal | None = None
    time_in_force: TimeInForce | None = None
    expires_at: datetime | None = None
    trigger_price: Decimal | None = None

    @property
    def is_limit(self) -> bool:
        return self.order_type is OrderType.LIMIT

    @property
    def is_stop(self) -> bool:
        return self.order_type in STOP_TYPES

    @property
    def level(self) -> Decimal | None:
        """Return the price that size, stop and target are measured from; None at market."""
        return self.trigger_price if self.price is None else self.price

    @property
    def rests(self) -> bool:
        """Tell whether it may stay at the exchange unfilled."""
        return self.is_stop or (self.is_limit and self.time_in_force in RESTING)


AT_MARKET = Entry()


def limit_entry(
    price: Decimal,
    *,
    time_in_force: TimeInForce,
    market_now: datetime,
    life: timedelta | None = None,
) -> Entry:
    """Return a limit entry that ends after its life, or at the next boundary without one."""
    rests = time_in_force in RESTING
    return Entry(
        order_type=OrderType.LIMIT,
        price=price,
        time_in_force=time_in_force,
        expires_at=expiry(market_now, life) if rests else None,
    )


def stop_entry(
    trigger_price: Decimal,
    *,
    market_now: datetime,
    price: Decimal | None = None,
    life: timedelta | None = None,
) -> Entry:
    """Return an entry that waits for the market to pass its trigger.

    Args:
        price: the limit that it is worked at then; None at market.
    """
    return Entry(
        order_type=OrderType.STOP_MARKET if price is None else OrderType.STOP_LIMIT,
        price=price,
        trigger_price=trigger_price,
        time_in_force=None if price is None else TimeInForce.GTC,
        expires_at=expiry(market_now, life),
    )


def expiry(market_now: datetime, life: timedelta | None) -> datetime:
    """Return when an entry made now ends."""
    return next_boundary(market_now) if life is None else market_now + life


def next_boundary(market_now: datetime) -> datetime:
    """Return the first boundary of the market's day after a moment; never the moment itself."""
    assert market_now.tzinfo is not None
    midnight = market_now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + ((market_now - midnight) // BOUNDARY + 1) * BOUNDARY


def check_entry(entry: Entry, *, side: Side | None, reference_price: Decimal) -> dict[str, str]:
    """Return what is wrong with an entry, by field; nothing if it makes sense.

    Args:
        side: of the entry; None for a signal that opens nothing.
    """
    if entry.order_type not in ENTRY_TYPES:
        return {"entry_type": "An entry is a market, limit, stop-market or stop-limit order"}
    if entry.is_stop:
        return _check_stop(entry, side=side, reference_price=reference_price)
    if entry.trigger_price is not None:
        return {"trigger_price": "Only a stop order takes a trigger price"}
    if not entry.is_limit:
        wrong = entry.price is not None or entry.time_in_force is not None
        return {"entry_price": "A market order takes no price of its own"} if wrong else {}
    if side is None:
        return {"entry_type": "A closing signal closes at market"}
    if entry.price is None:
        return {"entry_price": "A limit order needs its price"}
    if entry.price <= 0:
        return {"entry_price": "A price is above zero"}
    if entry.time_in_force is None:
        return {"time_in_force": "A limit order needs a time in force"}
    if entry.rests != (entry.expires_at is not None):
        return {"expires_at": "What rests at the exchange needs an end, and nothing else has one"}
    crosses = (entry.price - reference_price) * side.sign >= 0
    if entry.time_in_force is TimeInForce.POST_ONLY and crosses:
        where = "below" if side is Side.BUY else "above"
        return {"entry_price": f"A post-only price must rest {where} the price {reference_price:f}"}
    return {}


def _check_stop(entry: Entry, *, side: Side | None, reference_price: Decimal) -> dict[str, str]:
    if side is None:
        return {"entry_type": "A closing signal closes at market"}
    trigger = entry.trigger_price
    if trigger is None:
        return {"trigger_price": "A stop order needs its trigger price"}
    if trigger <= 0:
        return {"trigger_price": "A price is above zero"}
    if (entry.order_type is OrderType.STOP_LIMIT) != (entry.price is not None):
        return {"entry_price": "A stop-limit order needs its limit price, a stop-market takes none"}
    if entry.price is not None and entry.price <= 0:
        return {"entry_price": "A price is above zero"}
    if entry.expires_at is None:
        return {"expires_at": "What rests at the exchange needs an end"}
    if would_trigger(trigger, side=side, price=reference_price):
        where = "above" if side is Side.BUY else "below"
        return {
            "trigger_price": f"A stop to {side.value.lower()} triggers {where} the price "
            f"{reference_price:f}; there it would at once"
        }
    return {}


def would_trigger(trigger_price: Decimal, *, side: Side, price: Decimal) -> bool:
    """Tell whether a stop order to enter would be triggered at once at a price."""
    return (price - trigger_price) * side.sign >= 0


def round_entry_trigger(instrument: Instrument, price: Decimal, *, side: Side) -> Decimal:
    """Round a trigger to the tick on the side that never triggers before it was asked to."""
    return round_price(instrument, price, toward=Toward.UP if side is Side.BUY else Toward.DOWN)


def round_entry(instrument: Instrument, price: Decimal, *, side: Side) -> Decimal:
    """Round a limit price to the tick on the side that never pays more than was asked for."""
    return round_price(instrument, price, toward=Toward.DOWN if side is Side.BUY else Toward.UP)


def is_equal_or_better(price: Decimal, *, side: Side, than: Decimal) -> bool:
    """Tell whether entering at a price costs no more than entering at another."""
    return (than - price) * side.sign >= 0

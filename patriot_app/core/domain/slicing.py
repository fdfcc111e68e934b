"""TWAP: cut a market entry that would move the price into equal slices, sent one after the other.

The estimate is made once for a signal, exchange and mode, for all accounts together: their orders
reach the same book at the same moment. Each account cuts its own order into so many slices, as far
as the exchange's smallest order allows it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.instruments import (
    Instrument,
    notional_of,
    quantity_least,
)
from patriot_app.core.domain.order_books import OrderBook, impact_bps
from patriot_app.core.domain.orders import Leg, OrderType, Side
from patriot_app.core.domain.verdicts import OrderIntent, Planned, Verdict
from patriot_app.core.ids import derived_id

SPACING_MIN = timedelta(seconds=1)
"""Between two slices; in less the book does not fill up again."""
PRICE_RESERVE = Decimal("0.9")
"""The smallest slice is measured at this part of the price: it may fall before the last one."""


@dataclass(frozen=True, slots=True)
class SlicingRules:
    """The desk's settings.

    Attributes:
        impact_bps_max: of one slice of all accounts together; 0 cuts nothing.
        span: in which all slices are sent.
        slices_max: of one order.
        late: how long after its start a slice may still be sent.
    """

    impact_bps_max: Decimal
    span: timedelta
    slices_max: int
    late: timedelta

    @property
    def is_on(self) -> bool:
        return self.impact_bps_max > 0 and self.slices_max > 1


@dataclass(frozen=True, slots=True)
class ImpactEstimate:
    """What all accounts of a signal would do to one exchange's price, and how they are sliced.

    Attributes:
        quantity: contract units of all of them together; 0 if it is not known.
        impact_bps: if they were sent at once; None: unknown, or beyond the visible levels.
        slices: 1: sent at once.
        reason: why the impact has no figure; "" if it has one.
    """

    quantity: Decimal
    impact_bps: Decimal | None
    slices: int
    reason: str = ""


def estimate(
    book: OrderBook, *, side: Side, quantity: Decimal, rules: SlicingRules
) -> ImpactEstimate:
    """Return the fewest slices of which each stays within the limit; else as many as allowed.

    It is taken that the book fills up again between two slices.

    Args:
        quantity: contract units of all accounts together.
    """
    assert rules.is_on
    if quantity <= 0:
        return ImpactEstimate(Decimal(0), Decimal(0), 1)
    whole = impact_bps(book, side=side, quantity=quantity)
    reason = "" if whole is not None else "More than the visible order book holds"
    for slices in range(1, rules.slices_max):
        each = impact_bps(book, side=side, quantity=quantity / slices)
        if each is not None and each <= rules.impact_bps_max:
            return ImpactEstimate(quantity, whole, slices, reason)
    return ImpactEstimate(quantity, whole, rules.slices_max, reason)


def unknown(reason: str) -> ImpactEstimate:
    """Return the estimate where there is nothing to estimate by: the order is sent at once."""
    return ImpactEstimate(Decimal(0), None, 1, reason)


def split(
    instrument: Instrument, quantity: Decimal, *, price: Decimal, slices: int
) -> tuple[Decimal, ...]:
    """Cut a quantity into equal parts on the grid; the last one takes what rounding leaves.

    Args:
        slices: at most so many; fewer where the exchange would take no order so small.
    """
    assert quantity > 0
    assert slices >= 1
    step = instrument.step_size
    least = quantity_least(instrument, price * PRICE_RESERVE)
    count = min(slices, max(1, int(quantity // least)))
    each = quantity // step // count * step
    return (*[each] * (count - 1), quantity - each * (count - 1))


def start_times(now: datetime, *, count: int, span: timedelta) -> tuple[datetime, ...]:
    """Return when each slice starts: the first now, the others at equal distances in the span."""
    spacing = span / count
    return tuple(now + spacing * number for number in range(count))


def cut(
    verdicts: Iterable[Verdict],
    *,
    estimates: Mapping[tuple[Exchange, AccountMode], ImpactEstimate],
    instruments: Mapping[Exchange, Instrument],
    rules: SlicingRules,
    now: datetime,
) -> list[Verdict]:
    """Return the verdicts with market entries cut into slices; exits are never cut.

    The first slice keeps the identity of the whole, so that planning again finds it.
    """
    return [
        replace(
            verdict,
            intents=tuple(
                part
                for intent in verdict.intents
                for part in _cut_one(intent, estimates, instruments, rules, now)
            ),
        )
        if isinstance(verdict, Planned)
        else verdict
        for verdict in verdicts
    ]


def _cut_one(
    intent: OrderIntent,
    estimates: Mapping[tuple[Exchange, AccountMode], ImpactEstimate],
    instruments: Mapping[Exchange, Instrument],
    rules: SlicingRules,
    now: datetime,
) -> tuple[OrderIntent, ...]:
    known = estimates.get((intent.exchange, intent.mode))
    price = intent.reference_price
    is_market_entry = intent.leg is Leg.ENTRY and intent.order_type is OrderType.MARKET
    if known is None or known.slices <= 1 or not is_market_entry or price is None:
        return (intent,)
    instrument = instruments[intent.exchange]
    span = min(rules.span, intent.deadline - now)
    wanted = min(known.slices, max(1, span // SPACING_MIN))
    quantities = split(instrument, intent.quantity, price=price, slices=wanted)
    if len(quantities) == 1:
        return (intent,)
    starts = start_times(now, count=len(quantities), span=span)
    return tuple(
        _slice(intent, instrument, price, rules, number, quantity, starts)
        for number, quantity in enumerate(quantities, start=1)
    )


def _slice(
    intent: OrderIntent,
    instrument: Instrument,
    price: Decimal,
    rules: SlicingRules,
    number: int,
    quantity: Decimal,
    starts: tuple[datetime, ...],
) -> OrderIntent:
    is_first = number == 1
    starts_at = starts[number - 1]
    notional = notional_of(instrument, quantity=quantity, price=price)
    return replace(
        intent,
        intent_id=intent.intent_id if is_first else derived_id("slice", intent.intent_id, number),
        quantity=quantity,
        notional=notional,
        initial_margin=notional / (intent.leverage or 1),
        deadline=intent.deadline if is_first else min(starts_at + rules.late, intent.deadline),
        # The others follow the first, and that one waits already.
        waits_for=intent.waits_for if is_first else None,
        slice=number,
        slices=len(starts),
        starts_at=starts_at,
    )

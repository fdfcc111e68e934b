"""Which change of a resting entry its instrument, its risk and what it filled so far allow."""

from decimal import Decimal

from daemon.context import Context
from patriot_app.core.domain.amendments import Amendment, AmendmentState, quantity_allowed
from patriot_app.core.domain.entries import round_entry, round_entry_trigger, would_trigger
from patriot_app.core.domain.instruments import Instrument, round_quantity_down
from patriot_app.core.domain.orders import WORKING, Leg
from patriot_app.core.domain.sending import LiveAttempt, NewOrder
from patriot_app.core.errors import Invalid, Refused


def wanted(
    context: Context, live: LiveAttempt, *, price: Decimal | None, quantity: Decimal | None
) -> Amendment:
    """Return the change on the instrument's grid.

    Raises:
        Refused: not an entry that rests, or nothing changes; Invalid: by field.
    """
    order = live.ready.order
    if live.state not in WORKING or order.leg is not Leg.ENTRY:
        raise Refused(f"Order {live.ready.client_order_id} is {live.state}; nothing to change")
    former = order.level
    if former is None or order.quantity is None:
        raise Refused("Only an entry with a price of its own can be changed")
    instrument = context.instruments.get((order.exchange, order.symbol))
    if instrument is None or order.stop_loss is None:
        raise Refused(f"{order.symbol} on {order.exchange} is not known")
    new_price = former if price is None else price
    if new_price > 0:
        rounded = round_entry if order.price is not None else round_entry_trigger
        new_price = rounded(instrument, new_price, side=order.side)
    _check_trigger(context, order, new_price)
    most = quantity_allowed(
        side=order.side,
        former_price=former,
        former_quantity=order.quantity,
        price=new_price,
        stop=order.stop_loss,
    )
    if most <= 0:
        raise Invalid({"price": f"The price must leave room to the stop {order.stop_loss:f}"})
    new_quantity = _quantity(instrument, live, quantity=quantity, most=most, price=new_price)
    if (new_price, new_quantity) == (former, order.quantity):
        raise Refused("The order has this price and quantity already")
    return Amendment(
        amendment_id=order.intent_id,
        attempt_id=live.ready.attempt_id,
        account_id=order.account_id,
        shard=order.shard,
        price=new_price,
        quantity=new_quantity,
        former_price=former,
        former_quantity=order.quantity,
        state=AmendmentState.CREATED,
    )


def moved_trigger(order: NewOrder, level: Decimal) -> Decimal | None:
    """Return the trigger of a stop entry at another level: it keeps its distance to the limit."""
    if order.trigger_price is None or order.level is None:
        return None
    return order.trigger_price + (level - order.level)


def _check_trigger(context: Context, order: NewOrder, level: Decimal) -> None:
    """Refuse a stop entry that would be triggered at once: its exchange would, after the cancel."""
    trigger = moved_trigger(order, level)
    mark = context.prices.get(order.exchange, order.mode, order.symbol)
    if trigger is None:
        return
    if mark is None:
        raise Refused(f"There is no price of {order.symbol} on {order.exchange} to check it with")
    if trigger <= 0 or would_trigger(trigger, side=order.side, price=mark.price):
        raise Invalid({"price": f"It would trigger at once at the price {mark.price:f}"})


def _quantity(
    instrument: Instrument,
    live: LiveAttempt,
    *,
    quantity: Decimal | None,
    most: Decimal,
    price: Decimal,
) -> Decimal:
    most = round_quantity_down(instrument, most)
    wanted = (
        most if quantity is None else round_quantity_down(instrument, max(quantity, Decimal(0)))
    )
    if wanted > most:
        raise Invalid(
            {"quantity": f"At this price at most {most.normalize():f}: an order never grows"}
        )
    if wanted <= live.filled_quantity:
        filled = f"{live.filled_quantity.normalize():f}"
        raise Invalid({"quantity": f"{filled} are filled already; cancel the order instead"})
    least = instrument.quantity_min
    if wanted < least or wanted * price * instrument.contract_size < instrument.min_notional:
        raise Invalid({"quantity": f"The exchange takes no less than {least.normalize():f}"})
    return wanted

"""Which change of a resting entry its instrument, its risk and what it filled so far allow."""

from decimal import Decimal

from daemon.context import Context
from patriot_app.core.domain.amendments import Amendment, AmendmentState, quantity_allowed
from patriot_app.core.domain.entries import round_entry
from patriot_app.core.domain.instruments import Instrument, round_quantity_down
from patriot_app.core.domain.orders import WORKING, Leg, OrderType
from patriot_app.core.domain.sending import LiveAttempt
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
    if order.order_type is not OrderType.LIMIT or order.price is None or order.quantity is None:
        raise Refused("Only an entry with a limit price can be changed")
    instrument = context.instruments.get((order.exchange, order.symbol))
    if instrument is None or order.stop_loss is None:
        raise Refused(f"{order.symbol} on {order.exchange} is not known")
    new_price = order.price if price is None else price
    if new_price > 0:
        new_price = round_entry(instrument, new_price, side=order.side)
    most = quantity_allowed(
        side=order.side,
        former_price=order.price,
        former_quantity=order.quantity,
        price=new_price,
        stop=order.stop_loss,
    )
    if most <= 0:
        raise Invalid({"price": f"The price must leave room to the stop {order.stop_loss:f}"})
    new_quantity = _quantity(instrument, live, quantity=quantity, most=most, price=new_price)
    if (new_price, new_quantity) == (order.price, order.quantity):
        raise Refused("The order has this price and quantity already")
    return Amendment(
        amendment_id=order.intent_id,
        attempt_id=live.ready.attempt_id,
        account_id=order.account_id,
        shard=order.shard,
        price=new_price,
        quantity=new_quantity,
        former_price=order.price,
        former_quantity=order.quantity,
        state=AmendmentState.CREATED,
    )


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

"""The exchange's checks of one order: price and quantity grids, bounds, notional, price band."""

from __future__ import annotations

from decimal import Decimal

from daemon.paper_exchange.instruments import InstrumentSpec
from daemon.paper_exchange.market import Market
from daemon.paper_exchange.orders import OrderKind, OrderRequest, Side
from daemon.paper_exchange.refusals import Reason, Refused


def check_price(spec: InstrumentSpec, price: Decimal) -> None:
    """Refuse a price that is out of bounds or off the tick grid."""
    if price <= 0:
        raise Refused(Reason.PRICE_NOT_POSITIVE)
    if price > spec.max_price:
        raise Refused(Reason.PRICE_ABOVE_MAX)
    if price < spec.min_price:
        raise Refused(Reason.PRICE_BELOW_MIN)
    if decimals_of(price) > spec.price_precision:
        raise Refused(Reason.PRICE_TOO_PRECISE)
    if (price - spec.min_price) % spec.tick_size:
        raise Refused(Reason.PRICE_OFF_TICK)


def check_quantity(spec: InstrumentSpec, quantity: Decimal, kind: OrderKind) -> None:
    """Refuse a quantity that is out of bounds or off the step grid."""
    if quantity <= 0:
        raise Refused(Reason.QUANTITY_NOT_POSITIVE)
    if decimals_of(quantity) > spec.quantity_precision:
        raise Refused(Reason.QUANTITY_TOO_PRECISE)
    if quantity < spec.min_quantity:
        raise Refused(Reason.QUANTITY_BELOW_MIN)
    largest = spec.market_max_quantity if kind is OrderKind.MARKET else spec.max_quantity
    if quantity > largest:
        raise Refused(Reason.QUANTITY_ABOVE_MAX)
    if (quantity - spec.min_quantity) % spec.step_size:
        raise Refused(Reason.QUANTITY_OFF_STEP)


def check_notional(market: Market, request: OrderRequest) -> None:
    """Refuse an order that is too small in USDT; reduce-only orders may be small."""
    if request.reduces:
        return
    price = request.price if request.price is not None else market.mark_price
    if price * request.quantity < market.spec.min_notional:
        raise Refused(Reason.NOTIONAL_BELOW_MIN, minimum=str(market.spec.min_notional))


def check_band(market: Market, side: Side, price: Decimal) -> None:
    """Refuse a limit price too far on the dear side of the mark price."""
    spec = market.spec
    if side is Side.BUY and price > market.mark_price * spec.multiplier_up:
        raise Refused(Reason.PRICE_ABOVE_BAND)
    if side is Side.SELL and price < market.mark_price * spec.multiplier_down:
        raise Refused(Reason.PRICE_BELOW_BAND)


def check_request(market: Market, request: OrderRequest, *, whole_position: bool) -> None:
    """Run every filter that does not depend on the account.

    Args:
        whole_position: the quantity is that of the position at the trigger, so it is 0 here.
    """
    spec = market.spec
    if request.kind is OrderKind.LIMIT:
        if request.price is None:
            raise Refused(Reason.PRICE_MISSING)
        check_price(spec, request.price)
        check_band(market, request.side, request.price)
    if not whole_position:
        check_quantity(spec, request.quantity, request.kind)
        check_notional(market, request)


def decimals_of(value: Decimal) -> int:
    """Count the decimals that are not trailing zeros."""
    exponent = value.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    return max(0, -exponent)

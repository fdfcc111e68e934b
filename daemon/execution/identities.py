"""By what an exchange finds the order of an attempt: its number, our id, or the order it became."""

from dataclasses import replace

from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.orders import OrderIdentity
from patriot_app.core.domain.sending import LiveAttempt, ReadyAttempt


def identity_of(live: LiveAttempt) -> OrderIdentity:
    """Return how to find an attempt's order at its exchange."""
    return replace(identity_of_ready(live.ready), exchange_order_id=live.exchange_order_id)


def identity_of_ready(ready: ReadyAttempt) -> OrderIdentity:
    """Return how to find the order of an attempt that our books hold for unsent."""
    order = ready.order
    return OrderIdentity(
        account_id=order.account_id,
        symbol=order.symbol,
        client_order_id=ready.client_order_id,
        exchange_order_id=None,
        is_conditional=order.is_conditional and order.exchange is Exchange.BINANCE,
    )


def identity_to_cancel(live: LiveAttempt) -> OrderIdentity:
    """Return how to withdraw an attempt's order; a triggered entry is another order by now.

    A triggered leg is at work to protect: only the one that still waits is ever withdrawn.
    """
    if live.triggered_order_id is None or not live.ready.order.leg.opens:
        return identity_of(live)
    return OrderIdentity(
        account_id=live.ready.order.account_id,
        symbol=live.ready.order.symbol,
        client_order_id="",
        exchange_order_id=live.triggered_order_id,
        is_conditional=False,
    )

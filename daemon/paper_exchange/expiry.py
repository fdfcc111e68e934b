"""Orders with a date: they end when market time reaches it."""

from __future__ import annotations

from typing import Final

from daemon.paper_exchange.execution import end_conditional, end_order
from daemon.paper_exchange.orders import Order, OrderStatus, TriggerStatus
from daemon.paper_exchange.state import ExchangeState

GOOD_TILL_DATE: Final = "GOOD_TILL_DATE"


def expire_dated(state: ExchangeState, now_ms: int) -> None:
    """End the orders whose time has come, in the order of their numbers."""
    for number in sorted(state.dated):
        item = state.dated.get(number)
        if item is None:
            continue
        account = state.accounts[item.api_key]
        if isinstance(item, Order):
            if item.good_till_ms <= now_ms:
                end_order(
                    state,
                    account,
                    item,
                    status=OrderStatus.EXPIRED,
                    reason=GOOD_TILL_DATE,
                    now_ms=now_ms,
                )
        elif item.request.order.good_till_ms <= now_ms:
            end_conditional(
                state,
                account,
                item,
                status=TriggerStatus.EXPIRED,
                reason=GOOD_TILL_DATE,
                now_ms=now_ms,
            )

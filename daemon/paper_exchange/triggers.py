"""Conditional orders at their price: the trigger places an ordinary order."""

from __future__ import annotations

from dataclasses import replace

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.admission import check_margin
from daemon.paper_exchange.events import ConditionalUpdate
from daemon.paper_exchange.execution import (
    closable,
    end_conditional,
    forget_waiting,
    register_order,
    rest_order,
    take_order,
)
from daemon.paper_exchange.matching import crosses
from daemon.paper_exchange.orders import (
    ConditionalOrder,
    OrderKind,
    OrderRequest,
    TimeInForce,
    TriggerStatus,
)
from daemon.paper_exchange.placement import new_order
from daemon.paper_exchange.refusals import Reason, Refused
from daemon.paper_exchange.state import ExchangeState
from daemon.paper_exchange.watching import follow, is_reached


def work_waiting(state: ExchangeState, symbol: str, now_ms: int) -> None:
    """Trigger the conditional orders that the present price reaches, oldest first."""
    waiting = state.waiting.get(symbol)
    if not waiting:
        return
    market = state.markets[symbol]
    for number in sorted(waiting):
        conditional = waiting.get(number)
        if conditional is None:
            continue
        request = conditional.request
        trigger_price = request.trigger_price
        if request.is_trailing:
            trailing = follow(conditional, market)
            if trailing is None:
                continue
            trigger_price = trailing
        if is_reached(market, request.trigger_by, request.direction, trigger_price):
            _trigger(state, state.accounts[conditional.api_key], conditional, now_ms)


def _trigger(
    state: ExchangeState, account: Account, conditional: ConditionalOrder, now_ms: int
) -> None:
    conditional.triggered_ms = now_ms
    try:
        request = _child_request(state, account, conditional)
    except Refused as refused:
        ends = TriggerStatus.REJECTED
        if refused.reason is Reason.NO_POSITION:
            ends = TriggerStatus.EXPIRED
        end_conditional(
            state,
            account,
            conditional,
            status=ends,
            reason=refused.reason,
            now_ms=now_ms,
        )
        return
    child = new_order(state, account, request, now_ms, conditional_id=conditional.conditional_id)
    conditional.status = TriggerStatus.TRIGGERED
    conditional.order_id = child.order_id
    conditional.updated_ms = now_ms
    forget_waiting(state, account, conditional)
    state.emit(ConditionalUpdate(account, conditional, now_ms))
    register_order(state, account, child, now_ms)
    is_resting = child.kind is OrderKind.LIMIT and child.price is not None
    if is_resting and child.price is not None:
        market = state.markets[child.symbol]
        at_once = child.time_in_force in {TimeInForce.IOC, TimeInForce.FOK}
        if not at_once and not crosses(market, child.side, child.price):
            rest_order(state, child)
            return
    take_order(state, account, child, now_ms)


def _child_request(
    state: ExchangeState, account: Account, conditional: ConditionalOrder
) -> OrderRequest:
    wanted = conditional.request.order
    if conditional.request.close_position:
        room = closable(account, wanted)
        if not room:
            raise Refused(Reason.NO_POSITION)
        return replace(wanted, quantity=room, reduce_only=True)
    if wanted.reduces:
        room = closable(account, wanted)
        if not room:
            raise Refused(Reason.REDUCE_ONLY_REJECTED)
        return replace(wanted, quantity=min(wanted.quantity, room))
    check_margin(state, account, state.markets[wanted.symbol], wanted)
    return wanted

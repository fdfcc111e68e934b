"""Orders of the exchange itself that close positions; they are filled whatever the book holds."""

from __future__ import annotations

from decimal import Decimal

from daemon.paper_exchange.accounts import Account, Position
from daemon.paper_exchange.execution import fill_order, fit_reducing, register_order
from daemon.paper_exchange.matching import Fill, best_price, find_fills, take
from daemon.paper_exchange.orders import ZERO, Order, OrderKind, Side, TimeInForce
from daemon.paper_exchange.state import ExchangeState


def closing_side(position: Position) -> Side:
    """Return the side of an order that closes a position."""
    return Side.SELL if position.quantity > 0 else Side.BUY


def place_closing(
    state: ExchangeState,
    account: Account,
    position: Position,
    quantity: Decimal,
    *,
    client_order_id: str,
    reason: str,
    now_ms: int,
) -> Order:
    """Place an order of the exchange's own on a position; it is not filled yet."""
    assert 0 < quantity <= abs(position.quantity)
    order = Order(
        order_id=state.sequences.next_order(),
        api_key=account.api_key,
        symbol=position.symbol,
        side=closing_side(position),
        kind=OrderKind.MARKET,
        quantity=quantity,
        price=None,
        time_in_force=TimeInForce.IOC,
        reduce_only=True,
        client_order_id=client_order_id,
        labels={},
        created_ms=now_ms,
        updated_ms=now_ms,
        reason=reason,
        position_side=position.position_side,
    )
    register_order(state, account, order, now_ms)
    return order


def closing_fills(state: ExchangeState, position: Position) -> list[Fill]:
    """Return what the book gives for a whole position; what it lacks has its last price."""
    market, side = state.markets[position.symbol], closing_side(position)
    quantity = abs(position.quantity)
    fills = find_fills(market, side, quantity=quantity, limit=None)
    rest = quantity - sum((filled for _, filled in fills), ZERO)
    if rest:
        worst = fills[-1][0] if fills else best_price(market, side)
        fills.append((worst, rest))
    return fills


def close_at_market(
    state: ExchangeState,
    account: Account,
    position: Position,
    *,
    client_order_id: str,
    reason: str,
    now_ms: int,
) -> Order:
    """Close a whole position against the book."""
    fills = closing_fills(state, position)
    take(state.markets[position.symbol], closing_side(position), fills)
    order = place_closing(
        state,
        account,
        position,
        abs(position.quantity),
        client_order_id=client_order_id,
        reason=reason,
        now_ms=now_ms,
    )
    for price, filled in fills:
        fill_order(
            state,
            account,
            order,
            price=price,
            quantity=filled,
            is_maker=False,
            now_ms=now_ms,
        )
    fit_reducing(state, account, order.position_key, now_ms)
    return order

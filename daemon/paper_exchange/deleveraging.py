"""Automatic deleveraging: profitable positions give way when the insurance fund cannot pay.

A bankrupt position is closed at its bankruptcy price against the positions on the other side,
those with the most profit and leverage first. Nobody pays commission for it, so the bankrupt
account ends at zero and the fund is spared. What no position stands against is closed at that
price against the book, as the traders outside would be deleveraged.

Source: https://www.binance.com/en/support/faq/360033525471
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

from daemon.paper_exchange.accounts import Account, Position
from daemon.paper_exchange.closing import close_at_market, place_closing
from daemon.paper_exchange.execution import DELEVERAGING, LIQUIDATION, fill_order, fit_reducing
from daemon.paper_exchange.orders import ZERO, Order
from daemon.paper_exchange.state import ExchangeState

CLIENT_ORDER_ID: Final = "adl_autoclose"
QUANTILES: Final = 5

Holding = tuple[Account, Position]


def deleveraging_quantile(state: ExchangeState, account: Account, position: Position) -> int:
    """Return 0 to 4: how near the front of the queue a position is; 0 without profit.

    The queue is ordered by profit on the entry value times effective leverage, among the
    positions on the same side of the contract.
    """
    own = _score(state, account, position)
    if own <= 0:
        return 0
    sign = position.quantity > 0
    scores = sorted(
        _score(state, holder, held)
        for holder in state.holders_of(position.symbol)
        for held in holder.positions_in(position.symbol)
        if (held.quantity > 0) is sign
    )
    return (bisect_right(scores, own) * QUANTILES - 1) // len(scores)


def deleverage(state: ExchangeState, account: Account, position: Position, now_ms: int) -> Order:
    """Close a position against its owner by command, at the market."""
    return close_at_market(
        state,
        account,
        position,
        client_order_id=CLIENT_ORDER_ID,
        reason=DELEVERAGING,
        now_ms=now_ms,
    )


def deleveraging_queue(state: ExchangeState, bankrupt: Position, owner: Account) -> list[Holding]:
    """Return the profitable positions against a bankrupt one, the first to give way first."""
    found = [
        (-_score(state, holder, held), holder.uid, held.key, (holder, held))
        for holder in state.holders_of(bankrupt.symbol)
        for held in holder.positions_in(bankrupt.symbol)
        if held.quantity * bankrupt.quantity < 0 and holder is not owner
    ]
    return [holding for score, _, _, holding in sorted(found, key=lambda f: f[:3]) if score < 0]


def bankruptcy_prices(
    state: ExchangeState, positions: Sequence[Position], money: Decimal
) -> list[Decimal]:
    """Return the prices at which closing the positions leaves nothing of the money behind them.

    What is left or lacking at the mark prices is spread over the positions by their value. Each
    price lies on the tick grid, towards the bankrupt side, so that the fund need not pay for
    rounding.
    """
    marks = [state.markets[position.symbol].mark_price for position in positions]
    values = [abs(p.quantity) * mark for p, mark in zip(positions, marks, strict=True)]
    pnl = (p.unrealised_pnl(mark) for p, mark in zip(positions, marks, strict=True))
    equity, whole = sum(pnl, money), sum(values, ZERO)
    prices: list[Decimal] = []
    for position, mark, value in zip(positions, marks, values, strict=True):
        tick = state.instruments[position.symbol].tick_size
        exact = mark - equity * value / whole / position.quantity
        rounding = ROUND_CEILING if position.quantity > 0 else ROUND_FLOOR
        price = (exact / tick).to_integral_value(rounding=rounding) * tick
        prices.append(max(price, tick))
    return prices


def close_against_queue(
    state: ExchangeState,
    account: Account,
    position: Position,
    *,
    price: Decimal,
    client_order_id: str,
    now_ms: int,
) -> Order:
    """Close a bankrupt position at its bankruptcy price against the queue; return its order."""
    left = abs(position.quantity)
    order = place_closing(
        state,
        account,
        position,
        left,
        client_order_id=client_order_id,
        reason=LIQUIDATION,
        now_ms=now_ms,
    )
    for holder, held in deleveraging_queue(state, position, account):
        quantity = min(left, abs(held.quantity))
        _fill(state, account, order, price, quantity, now_ms)
        other = place_closing(
            state,
            holder,
            held,
            quantity,
            client_order_id=CLIENT_ORDER_ID,
            reason=DELEVERAGING,
            now_ms=now_ms,
        )
        _fill(state, holder, other, price, quantity, now_ms)
        fit_reducing(state, holder, held.key, now_ms)
        left -= quantity
        if not left:
            return order
    _fill(state, account, order, price, left, now_ms)
    return order


def _fill(
    state: ExchangeState,
    account: Account,
    order: Order,
    price: Decimal,
    quantity: Decimal,
    now_ms: int,
) -> None:
    fill_order(
        state,
        account,
        order,
        price=price,
        quantity=quantity,
        is_maker=False,
        is_charged=False,
        now_ms=now_ms,
    )


def _score(state: ExchangeState, account: Account, position: Position) -> Decimal:
    mark = state.markets[position.symbol].mark_price
    profit = position.unrealised_pnl(mark)
    entry_value = abs(position.quantity) * position.entry_price
    isolated = account.is_isolated(position.symbol)
    equity = (position.isolated_wallet if isolated else account.cross_wallet) + profit
    if profit <= 0 or equity <= 0 or not entry_value:
        return ZERO
    return profit / entry_value * (abs(position.quantity) * mark / equity)

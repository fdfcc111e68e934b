"""What the exchange closes by itself: liquidation, deleveraging, settlement of a contract.

Such orders are filled whatever the book holds, so that nothing is left behind. What a liquidated
position's margin leaves pays the liquidation fee; what it lacks, the insurance fund adds.
"""

from __future__ import annotations

from bisect import bisect_right
from decimal import Decimal
from typing import Final

from daemon.paper_exchange.accounts import Account, LedgerType, Position
from daemon.paper_exchange.events import AccountChange, AccountUpdate
from daemon.paper_exchange.execution import (
    LIQUIDATION,
    end_conditional,
    end_order,
    fill_order,
    register_order,
)
from daemon.paper_exchange.ledger import post_row, truncate_money
from daemon.paper_exchange.margin import breached_isolated, is_cross_breached
from daemon.paper_exchange.matching import best_price, find_fills, take
from daemon.paper_exchange.orders import (
    ZERO,
    Order,
    OrderKind,
    OrderStatus,
    Side,
    TimeInForce,
    TriggerStatus,
)
from daemon.paper_exchange.state import ExchangeState

DELEVERAGING: Final = "DELEVERAGING"
SETTLEMENT: Final = "SETTLEMENT"
QUANTILES: Final = 5


def liquidate_breached(state: ExchangeState, now_ms: int) -> None:
    """Close every position or account whose margin is below its maintenance margin."""
    holders = {account.uid: account for held in state.holders.values() for account in held.values()}
    for uid in sorted(holders):
        account = holders[uid]
        for position in breached_isolated(state, account):
            liquidate_isolated(state, account, position, now_ms)
        if is_cross_breached(state, account):
            liquidate_cross(state, account, now_ms)


def liquidate_cross(state: ExchangeState, account: Account, now_ms: int) -> None:
    """Cancel all orders, close all positions that share the wallet, and clear the wallet."""
    end_all(state, account, None, LIQUIDATION, now_ms)
    shared = [
        position
        for _, position in sorted(account.positions.items())
        if position.quantity and not account.is_isolated(position.symbol)
    ]
    closed = sum((_liquidate(state, account, held, now_ms) for held in shared), ZERO)
    _settle(state, account, floor=ZERO, closed=closed, now_ms=now_ms)


def liquidate_isolated(
    state: ExchangeState, account: Account, position: Position, now_ms: int
) -> None:
    """Cancel the contract's orders and close one position; the rest of the account is spared."""
    end_all(state, account, position.symbol, LIQUIDATION, now_ms)
    before = account.cross_wallet
    closed = _liquidate(state, account, position, now_ms)
    _settle(state, account, floor=before, closed=closed, now_ms=now_ms)


def deleverage(state: ExchangeState, account: Account, position: Position, now_ms: int) -> Order:
    """Close a position against its owner, as automatic deleveraging does."""
    return close_at_market(
        state,
        account,
        position,
        client_order_id="adl_autoclose",
        reason=DELEVERAGING,
        now_ms=now_ms,
    )


def settle_contract(state: ExchangeState, symbol: str, now_ms: int) -> None:
    """End all orders and close all positions of a contract that is taken off the exchange."""
    for account in list(state.accounts.values()):
        end_all(state, account, symbol, SETTLEMENT, now_ms)
        for position in account.positions_in(symbol):
            close_at_market(
                state,
                account,
                position,
                client_order_id=f"settlement_autoclose-{now_ms}{state.sequences.order + 1}",
                reason=SETTLEMENT,
                now_ms=now_ms,
            )


def end_all(
    state: ExchangeState, account: Account, symbol: str | None, reason: str, now_ms: int
) -> None:
    """Cancel all open and waiting orders of a contract or of the account."""
    for order in list(account.open_orders.values()):
        if symbol in {None, order.symbol} and order.is_open:
            end_order(
                state,
                account,
                order,
                status=OrderStatus.CANCELED,
                reason=reason,
                now_ms=now_ms,
            )
    for conditional in list(account.open_conditionals.values()):
        if symbol in {None, conditional.symbol}:
            end_conditional(
                state,
                account,
                conditional,
                status=TriggerStatus.CANCELED,
                reason=reason,
                now_ms=now_ms,
            )


def close_at_market(
    state: ExchangeState,
    account: Account,
    position: Position,
    *,
    client_order_id: str,
    reason: str,
    now_ms: int,
) -> Order:
    """Close a whole position by an order of the exchange itself, whatever the book holds."""
    assert position.quantity
    side = Side.SELL if position.quantity > 0 else Side.BUY
    order = Order(
        order_id=state.sequences.next_order(),
        api_key=account.api_key,
        symbol=position.symbol,
        side=side,
        kind=OrderKind.MARKET,
        quantity=abs(position.quantity),
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
    market = state.markets[position.symbol]
    fills = find_fills(market, side, quantity=order.quantity, limit=None)
    take(market, side, fills)
    rest = order.quantity - sum((filled for _, filled in fills), ZERO)
    if rest:
        worst = fills[-1][0] if fills else best_price(market, side)
        fills.append((worst, rest))
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
    return order


def deleveraging_quantile(state: ExchangeState, account: Account, position: Position) -> int:
    """Return 0 to 4: how near the front of the queue a position is; 0 without profit.

    The queue is ordered by profit on the entry value times effective leverage, among the
    positions on the same side of the contract.

    Source: https://www.binance.com/en/support/faq/360033525471
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


def _liquidate(state: ExchangeState, account: Account, position: Position, now_ms: int) -> Decimal:
    """Close one position and return the notional value that was closed."""
    client_order_id = f"autoclose-{now_ms}{state.sequences.order + 1}"
    order = close_at_market(
        state, account, position, client_order_id=client_order_id, reason=LIQUIDATION, now_ms=now_ms
    )
    return order.filled_notional


def _settle(
    state: ExchangeState, account: Account, *, floor: Decimal, closed: Decimal, now_ms: int
) -> None:
    """Bring the cross wallet up to a floor, or take the liquidation fee from what is above it."""
    left = account.cross_wallet - floor
    fee = truncate_money(closed * state.profile.liquidation_fee_rate)
    amount = -left if left < 0 else -min(left, fee)
    if not amount:
        return
    row = post_row(state, account, kind=LedgerType.INSURANCE_CLEAR, amount=amount, now_ms=now_ms)
    state.emit(AccountUpdate(account, AccountChange.LIQUIDATION, (), (row,), now_ms))


def _score(state: ExchangeState, account: Account, position: Position) -> Decimal:
    mark = state.markets[position.symbol].mark_price
    profit = position.unrealised_pnl(mark)
    entry_value = abs(position.quantity) * position.entry_price
    isolated = account.is_isolated(position.symbol)
    equity = (position.isolated_wallet if isolated else account.cross_wallet) + profit
    if profit <= 0 or equity <= 0 or not entry_value:
        return ZERO
    return profit / entry_value * (abs(position.quantity) * mark / equity)

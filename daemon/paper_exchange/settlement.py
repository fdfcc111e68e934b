"""Funding every eight hours of market time, and liquidation."""

from __future__ import annotations

from decimal import Decimal

from daemon.paper_exchange.accounts import Account, LedgerType
from daemon.paper_exchange.events import AccountChange, AccountUpdate
from daemon.paper_exchange.execution import (
    LIQUIDATION,
    end_conditional,
    end_order,
    fill_order,
    register_order,
)
from daemon.paper_exchange.ledger import post_row, truncate_money
from daemon.paper_exchange.margin import is_liquidatable
from daemon.paper_exchange.matching import best_price, take
from daemon.paper_exchange.orders import (
    Order,
    OrderKind,
    OrderStatus,
    Side,
    TimeInForce,
    TriggerStatus,
)
from daemon.paper_exchange.state import ExchangeState


def pay_funding(state: ExchangeState, now_ms: int) -> None:
    """Charge position times mark price times rate; longs pay when the rate is positive."""
    for symbol, market in state.markets.items():
        holders = state.holders_of(symbol)
        if not holders:
            continue
        rate = market.funding_rate(now_ms)
        for account in holders:
            _pay(state, account, symbol, market.mark_price, rate, now_ms)


def liquidate_breached(state: ExchangeState, now_ms: int) -> None:
    """Close every account whose margin balance is below its maintenance margin."""
    holders = {account.uid: account for held in state.holders.values() for account in held.values()}
    for uid in sorted(holders):
        if is_liquidatable(state, holders[uid]):
            liquidate(state, holders[uid], now_ms)


def liquidate(state: ExchangeState, account: Account, now_ms: int) -> None:
    """Cancel everything, close every position at the market and clear a negative wallet."""
    for order in list(account.open_orders.values()):
        end_order(
            state,
            account,
            order,
            status=OrderStatus.CANCELED,
            reason=LIQUIDATION,
            now_ms=now_ms,
        )
    for conditional in list(account.open_conditionals.values()):
        end_conditional(
            state,
            account,
            conditional,
            status=TriggerStatus.CANCELED,
            reason=LIQUIDATION,
            now_ms=now_ms,
        )
    for symbol in sorted(account.positions):
        quantity = account.quantity_of(symbol)
        if quantity:
            client_order_id = f"autoclose-{now_ms}{state.sequences.order + 1}"
            close_at_market(
                state,
                account,
                symbol,
                client_order_id=client_order_id,
                reason=LIQUIDATION,
                now_ms=now_ms,
            )
    if account.wallet_balance < 0:
        row = post_row(
            state,
            account,
            kind=LedgerType.INSURANCE_CLEAR,
            amount=-account.wallet_balance,
            now_ms=now_ms,
        )
        state.emit(AccountUpdate(account, AccountChange.LIQUIDATION, (), (row,), now_ms))


def close_at_market(
    state: ExchangeState,
    account: Account,
    symbol: str,
    *,
    client_order_id: str,
    reason: str,
    now_ms: int,
) -> Order:
    """Close a whole position by an order of the exchange itself, whatever the book holds."""
    quantity = account.quantity_of(symbol)
    assert quantity
    side = Side.SELL if quantity > 0 else Side.BUY
    order = Order(
        order_id=state.sequences.next_order(),
        api_key=account.api_key,
        symbol=symbol,
        side=side,
        kind=OrderKind.MARKET,
        quantity=abs(quantity),
        price=None,
        time_in_force=TimeInForce.IOC,
        reduce_only=True,
        client_order_id=client_order_id,
        labels={},
        created_ms=now_ms,
        updated_ms=now_ms,
        reason=reason,
    )
    register_order(state, account, order, now_ms)
    market = state.markets[symbol]
    fills = take(market, side, quantity=order.quantity, limit=None)
    rest = order.quantity - sum((filled for _, filled in fills), Decimal(0))
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


def _pay(
    state: ExchangeState,
    account: Account,
    symbol: str,
    mark_price: Decimal,
    rate: Decimal,
    now_ms: int,
) -> None:
    quantity = account.quantity_of(symbol)
    amount = truncate_money(-quantity * mark_price * rate)
    if not amount:
        return
    row = post_row(
        state,
        account,
        kind=LedgerType.FUNDING,
        amount=amount,
        now_ms=now_ms,
        symbol=symbol,
        details={
            "position_quantity": str(quantity),
            "mark_price": str(mark_price),
            "rate": str(rate),
        },
    )
    state.emit(AccountUpdate(account, AccountChange.FUNDING, (), (row,), now_ms))

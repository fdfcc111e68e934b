"""Funding every eight hours of market time."""

from __future__ import annotations

from decimal import Decimal

from daemon.paper_exchange.accounts import Account, LedgerType, Position
from daemon.paper_exchange.events import AccountChange, AccountUpdate
from daemon.paper_exchange.ledger import post_row, truncate_money
from daemon.paper_exchange.state import ExchangeState


def pay_funding(state: ExchangeState, now_ms: int) -> None:
    """Charge position times mark price times rate; longs pay when the rate is positive.

    An isolated position pays from its own wallet.
    """
    for symbol, market in state.markets.items():
        holders = state.holders_of(symbol)
        if not holders:
            continue
        rate = market.funding_rate(now_ms)
        for account in holders:
            for position in account.positions_in(symbol):
                _pay(state, account, position, market.mark_price, rate, now_ms)


def _pay(
    state: ExchangeState,
    account: Account,
    position: Position,
    mark_price: Decimal,
    rate: Decimal,
    now_ms: int,
) -> None:
    quantity = position.quantity
    amount = truncate_money(-quantity * mark_price * rate)
    if not amount:
        return
    changed: tuple[str, ...] = ()
    if account.is_isolated(position.symbol):
        position.isolated_wallet += amount
        changed = (position.key,)
    row = post_row(
        state,
        account,
        kind=LedgerType.FUNDING,
        amount=amount,
        now_ms=now_ms,
        symbol=position.symbol,
        details={
            "position_quantity": str(quantity),
            "mark_price": str(mark_price),
            "rate": str(rate),
        },
    )
    state.emit(AccountUpdate(account, AccountChange.FUNDING, changed, (row,), now_ms))

"""What the exchange closes by itself: liquidated positions and settled contracts.

Such orders are filled whatever the book holds, so that nothing is left behind. What a liquidated
position's margin leaves pays the liquidation fee; what it lacks, the insurance fund adds. When the
fund has not that much, the position is closed against those who profit from it instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from daemon.paper_exchange.accounts import Account, LedgerType, Position
from daemon.paper_exchange.closing import close_at_market, closing_fills
from daemon.paper_exchange.deleveraging import bankruptcy_prices, close_against_queue
from daemon.paper_exchange.events import AccountChange, AccountUpdate
from daemon.paper_exchange.execution import LIQUIDATION, end_conditional, end_order
from daemon.paper_exchange.ledger import post_row, truncate_money
from daemon.paper_exchange.margin import breached_isolated, is_cross_breached
from daemon.paper_exchange.orders import ZERO, OrderStatus, TriggerStatus
from daemon.paper_exchange.state import ExchangeState

SETTLEMENT: Final = "SETTLEMENT"


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
    closed = _close(state, account, shared, money=account.cross_wallet, now_ms=now_ms)
    _settle(state, account, floor=ZERO, closed=closed, now_ms=now_ms)


def liquidate_isolated(
    state: ExchangeState, account: Account, position: Position, now_ms: int
) -> None:
    """Cancel the contract's orders and close one position; the rest of the account is spared."""
    end_all(state, account, position.symbol, LIQUIDATION, now_ms)
    before = account.cross_wallet
    money = position.isolated_wallet
    closed = _close(state, account, [position], money=money, now_ms=now_ms)
    _settle(state, account, floor=before, closed=closed, now_ms=now_ms)


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


def _close(
    state: ExchangeState,
    account: Account,
    positions: Sequence[Position],
    *,
    money: Decimal,
    now_ms: int,
) -> Decimal:
    """Close positions against the book, or, where the fund cannot pay, against the queue.

    Args:
        money: the wallet behind the positions.

    Returns:
        the notional value that was closed.
    """
    lacking = -(money + sum((_outcome(state, account, held) for held in positions), ZERO))
    is_covered = lacking <= max(state.house.insurance_fund, ZERO)
    prices = [] if is_covered else bankruptcy_prices(state, positions, money)
    closed = ZERO
    for number, position in enumerate(positions):
        client_order_id = f"autoclose-{now_ms}{state.sequences.order + 1}"
        if is_covered:
            order = close_at_market(
                state,
                account,
                position,
                client_order_id=client_order_id,
                reason=LIQUIDATION,
                now_ms=now_ms,
            )
        else:
            order = close_against_queue(
                state,
                account,
                position,
                price=prices[number],
                client_order_id=client_order_id,
                now_ms=now_ms,
            )
        closed += order.filled_notional
    return closed


def _outcome(state: ExchangeState, account: Account, position: Position) -> Decimal:
    """Return what closing a position against the book would bring its wallet, paid or earned."""
    sign = 1 if position.quantity > 0 else -1
    rate = state.profile.tiers[account.fee_tier].taker
    return sum(
        (
            truncate_money((price - position.entry_price) * filled * sign)
            - truncate_money(price * filled * rate)
            for price, filled in closing_fills(state, position)
        ),
        ZERO,
    )


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

"""Inputs that are not orders: accounts, leverage, modes, transfers, scripted prices."""

from __future__ import annotations

from decimal import Decimal

from daemon.paper_exchange.accounts import Account, LedgerType
from daemon.paper_exchange.commands import (
    ClosePosition,
    CreateAccount,
    SetHedgeMode,
    SetLeverage,
    SetListenKey,
    SetPermissions,
    SetPrice,
    Transfer,
)
from daemon.paper_exchange.events import AccountChange, AccountUpdate, LeverageUpdate
from daemon.paper_exchange.ledger import post_row, truncate_money
from daemon.paper_exchange.margin import largest_notional, measure_account
from daemon.paper_exchange.orders import ZERO, Order
from daemon.paper_exchange.refusals import Reason, Refused
from daemon.paper_exchange.settlement import close_at_market
from daemon.paper_exchange.state import ExchangeState


def create_account(state: ExchangeState, command: CreateAccount, now_ms: int) -> Account:
    """Open an account; the same key again returns the account as it is."""
    existing = state.accounts.get(command.api_key)
    if existing is not None:
        return existing
    account = Account(
        exchange=state.profile.name,
        api_key=command.api_key,
        api_secret=command.api_secret,
        uid=state.sequences.next_uid(),
        label=command.label,
        permissions=command.permissions,
        created_ms=now_ms,
        updated_ms=now_ms,
    )
    if command.leverage is not None:
        for symbol in state.markets:
            account.leverage[symbol] = command.leverage
    state.accounts[command.api_key] = account
    if command.balance:
        transfer(state, account, Transfer(amount=command.balance), now_ms)
    return account


def set_leverage(state: ExchangeState, account: Account, command: SetLeverage, now_ms: int) -> int:
    """Set a contract's leverage.

    Raises:
        Refused: out of range, too high for the position, or the margin does not suffice.
    """
    spec = state.market(command.symbol).spec
    if not 1 <= command.leverage <= spec.max_leverage:
        raise Refused(Reason.LEVERAGE_INVALID, leverage=str(command.leverage))
    before = account.leverage_of(command.symbol)
    if before == command.leverage:
        raise Refused(Reason.LEVERAGE_UNCHANGED)
    notional = abs(account.quantity_of(command.symbol)) * state.markets[command.symbol].mark_price
    if notional > largest_notional(spec, command.leverage):
        raise Refused(Reason.POSITION_ABOVE_BRACKET)
    account.leverage[command.symbol] = command.leverage
    if command.leverage < before and measure_account(state, account).available < 0:
        account.leverage[command.symbol] = before
        raise Refused(Reason.LEVERAGE_NEEDS_MARGIN)
    state.emit(LeverageUpdate(account, command.symbol, command.leverage, now_ms))
    return command.leverage


def set_hedge_mode(
    state: ExchangeState, account: Account, command: SetHedgeMode, now_ms: int
) -> bool:
    """Choose the position mode; only a flat account without orders may.

    The engine fills orders in one-way mode only: in hedge mode every new order is refused.
    """
    if account.hedge_mode == command.hedge_mode:
        raise Refused(Reason.POSITION_MODE_UNCHANGED)
    if account.open_orders or account.open_conditionals:
        raise Refused(Reason.HAS_OPEN_ORDERS)
    if any(position.quantity for position in account.positions.values()):
        raise Refused(Reason.HAS_POSITION)
    account.hedge_mode = command.hedge_mode
    account.updated_ms = now_ms
    return command.hedge_mode


def set_permissions(
    state: ExchangeState, account: Account, command: SetPermissions, now_ms: int
) -> None:
    """Change what the key may do."""
    account.permissions = command.permissions


def set_listen_key(
    state: ExchangeState, account: Account, command: SetListenKey, now_ms: int
) -> None:
    """Keep the user stream's key, so that it survives a restart."""
    account.listen_key = command.listen_key
    account.listen_key_expires_ms = command.expires_ms


def transfer(state: ExchangeState, account: Account, command: Transfer, now_ms: int) -> Decimal:
    """Move USDT in or out.

    Raises:
        Refused: more than the account can give.
    """
    amount = truncate_money(command.amount)
    if amount < 0 and -amount > measure_account(state, account).withdrawable:
        raise Refused(Reason.BALANCE_TOO_SMALL)
    if not amount:
        return ZERO
    row = post_row(state, account, kind=LedgerType.TRANSFER, amount=amount, now_ms=now_ms)
    change = AccountChange.DEPOSIT if amount > 0 else AccountChange.WITHDRAW
    state.emit(AccountUpdate(account, change, (), (row,), now_ms))
    return amount


def close_position(
    state: ExchangeState, account: Account, command: ClosePosition, now_ms: int
) -> Order:
    """Close a position as if its owner had done it elsewhere (an order that no client sent)."""
    state.market(command.symbol)
    if not account.quantity_of(command.symbol):
        raise Refused(Reason.NO_POSITION)
    return close_at_market(
        state,
        account,
        command.symbol,
        client_order_id=f"web_{state.sequences.order + 1}",
        reason="",
        now_ms=now_ms,
    )


def set_price(state: ExchangeState, command: SetPrice, now_ms: int) -> Decimal:
    """Script the price of a contract; it is rounded to the tick grid."""
    market = state.market(command.symbol)
    price = market.round_to_tick(command.price)
    if price <= 0:
        raise Refused(Reason.PRICE_NOT_POSITIVE)
    market.shift(now_ms, price)
    return price

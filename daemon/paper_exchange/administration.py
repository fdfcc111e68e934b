"""Inputs that are not orders: accounts, leverage, modes, transfers, scripted prices."""

from __future__ import annotations

from decimal import Decimal

from daemon.paper_exchange.accounts import Account, LedgerType, Position
from daemon.paper_exchange.closing import close_at_market
from daemon.paper_exchange.commands import (
    ClosePosition,
    CreateAccount,
    Deleverage,
    FillOrder,
    Liquidate,
    SetFeeTier,
    SetHedgeMode,
    SetInsuranceFund,
    SetLeverage,
    SetListenKey,
    SetPermissions,
    SetPreference,
    SetPrice,
    Transfer,
)
from daemon.paper_exchange.deleveraging import deleverage as close_against_owner
from daemon.paper_exchange.events import AccountChange, AccountUpdate, LeverageUpdate
from daemon.paper_exchange.execution import closable, fill_order, fit_reducing
from daemon.paper_exchange.ledger import post_row, truncate_money
from daemon.paper_exchange.liquidation import liquidate_cross, liquidate_isolated
from daemon.paper_exchange.margin import largest_notional, measure_account
from daemon.paper_exchange.orders import ZERO, Order, PositionSide
from daemon.paper_exchange.profiles import CommissionRates
from daemon.paper_exchange.refusals import Reason, Refused
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
        public_key=command.public_key,
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
    held = account.positions_in(command.symbol)
    if held and command.leverage < before and account.is_isolated(command.symbol):
        raise Refused(Reason.LEVERAGE_BELOW_ISOLATED)
    mark = state.markets[command.symbol].mark_price
    notional = max((abs(position.quantity) * mark for position in held), default=ZERO)
    if notional > largest_notional(spec, command.leverage):
        raise Refused(Reason.POSITION_ABOVE_BRACKET)
    chosen = account.leverage
    account.leverage = {**chosen, command.symbol: command.leverage}
    if command.leverage < before and measure_account(state, account).available < 0:
        # A refusal leaves no trace, or a replay of the journal would lead elsewhere.
        account.leverage = chosen
        raise Refused(Reason.LEVERAGE_NEEDS_MARGIN)
    state.emit(LeverageUpdate(account, command.symbol, command.leverage, now_ms))
    return command.leverage


def set_hedge_mode(
    state: ExchangeState, account: Account, command: SetHedgeMode, now_ms: int
) -> bool:
    """Choose the position mode; only a flat account without orders may."""
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


def set_preference(
    state: ExchangeState, account: Account, command: SetPreference, now_ms: int
) -> None:
    """Keep a choice of the account for its dialect."""
    if command.value:
        account.preferences[command.name] = command.value
    else:
        account.preferences.pop(command.name, None)


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
    row = post_row(
        state,
        account,
        kind=LedgerType.TRANSFER,
        amount=amount,
        now_ms=now_ms,
        details={"reference": command.reference} if command.reference else None,
    )
    change = AccountChange.DEPOSIT if amount > 0 else AccountChange.WITHDRAW
    state.emit(AccountUpdate(account, change, (), (row,), now_ms))
    return amount


def close_position(
    state: ExchangeState, account: Account, command: ClosePosition, now_ms: int
) -> Order:
    """Close a position as if its owner had done it elsewhere (an order that no client sent)."""
    return close_at_market(
        state,
        account,
        _open_position(state, account, command.symbol, command.position_side),
        client_order_id=f"web_{state.sequences.order + 1}",
        reason="",
        now_ms=now_ms,
    )


def fill_open_order(
    state: ExchangeState, account: Account, command: FillOrder, now_ms: int
) -> Order:
    """Fill an order as a maker at its own price, at most what is left of it unless told so.

    Raises:
        Refused: there is no such open order, or nothing that it could reduce.
    """
    orders = account.orders if command.late else account.open_orders
    order = orders.get(command.order_id)
    if order is None:
        raise Refused(Reason.UNKNOWN_ORDER)
    quantity = command.quantity if command.over else min(order.remaining, command.quantity)
    if order.reduces and not command.over:
        quantity = min(quantity, closable(account, order))
    if quantity <= 0:
        raise Refused(Reason.ORDER_NOT_OPEN)
    price = order.price or state.markets[order.symbol].last_price
    fill_order(state, account, order, price=price, quantity=quantity, is_maker=True, now_ms=now_ms)
    fit_reducing(state, account, order.position_key, now_ms)
    return order


def set_fee_tier(
    state: ExchangeState, account: Account, command: SetFeeTier, now_ms: int
) -> CommissionRates:
    """Choose the commission that the account pays from now on."""
    if not 0 <= command.tier < len(state.profile.tiers):
        raise Refused(Reason.FEE_TIER_UNKNOWN, tiers=str(len(state.profile.tiers)))
    account.fee_tier = command.tier
    return state.profile.tiers[command.tier]


def liquidate(state: ExchangeState, account: Account, command: Liquidate, now_ms: int) -> None:
    """Liquidate an account whatever its margin; only an open position can be."""
    held = [position for position in account.positions.values() if position.quantity]
    if not held:
        raise Refused(Reason.NO_POSITION)
    for position in held:
        if account.is_isolated(position.symbol):
            liquidate_isolated(state, account, position, now_ms)
    if any(position.quantity for position in held):
        liquidate_cross(state, account, now_ms)


def deleverage(state: ExchangeState, account: Account, command: Deleverage, now_ms: int) -> Order:
    """Close a position against its owner."""
    position = _open_position(state, account, command.symbol, command.position_side)
    return close_against_owner(state, account, position, now_ms)


def _open_position(
    state: ExchangeState, account: Account, symbol: str, position_side: PositionSide
) -> Position:
    state.market(symbol)
    position = account.position_of(symbol, position_side)
    if position is None or not position.quantity:
        raise Refused(Reason.NO_POSITION)
    return position


def set_insurance_fund(state: ExchangeState, command: SetInsuranceFund, now_ms: int) -> Decimal:
    """Let the fund hold an amount, as if its owner had paid in or taken out the difference."""
    house = state.house
    house.insurance_capital += command.amount - house.insurance_fund
    return house.insurance_fund


def set_price(state: ExchangeState, command: SetPrice, now_ms: int) -> Decimal:
    """Script the price of a contract; it is rounded to the tick grid."""
    market = state.market(command.symbol)
    price = market.round_to_tick(command.price)
    if price <= 0:
        raise Refused(Reason.PRICE_NOT_POSITIVE)
    market.shift(now_ms, price)
    return price

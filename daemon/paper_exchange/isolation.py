"""Margin modes: cross or isolated by contract, and margin moved in and out of positions."""

from __future__ import annotations

from decimal import Decimal

from daemon.paper_exchange.accounts import Account, MarginMode, MarginMove, Position
from daemon.paper_exchange.commands import AdjustMargin, SetMarginMode
from daemon.paper_exchange.events import AccountChange, AccountUpdate
from daemon.paper_exchange.ledger import truncate_money
from daemon.paper_exchange.margin import measure_account
from daemon.paper_exchange.orders import ZERO
from daemon.paper_exchange.refusals import Reason, Refused
from daemon.paper_exchange.state import ExchangeState


def set_margin_mode(
    state: ExchangeState, account: Account, command: SetMarginMode, now_ms: int
) -> MarginMode:
    """Choose the margin mode of a contract, or of the whole account when none is named.

    Raises:
        Refused: nothing would change, or orders or a position stand in the way.
    """
    symbol = command.symbol
    if symbol:
        state.market(symbol)
    wants_isolated = command.margin_mode is MarginMode.ISOLATED
    if account.is_isolated(symbol) is wants_isolated:
        raise Refused(Reason.MARGIN_MODE_UNCHANGED)
    working = [order.symbol for order in account.open_orders.values()]
    working += [conditional.symbol for conditional in account.open_conditionals.values()]
    if any(symbol in {"", name} for name in working):
        raise Refused(Reason.MARGIN_MODE_HAS_ORDERS)
    held = (position for position in account.positions.values() if position.quantity)
    if any(symbol in {"", position.symbol} for position in held):
        raise Refused(Reason.MARGIN_MODE_HAS_POSITION)
    if symbol:
        account.margin_modes[symbol] = command.margin_mode
    else:
        account.margin_mode = command.margin_mode
        account.margin_modes.clear()
    account.updated_ms = now_ms
    return command.margin_mode


def adjust_margin(
    state: ExchangeState, account: Account, command: AdjustMargin, now_ms: int
) -> Decimal:
    """Add margin to an isolated position or take it back; return the amount moved.

    Raises:
        Refused: no such isolated position, or the giving side has not that much to give.
    """
    state.market(command.symbol)
    if not account.is_isolated(command.symbol):
        raise Refused(Reason.NOT_ISOLATED)
    position = account.position_of(command.symbol, command.position_side)
    if position is None or not position.quantity:
        raise Refused(Reason.NO_POSITION)
    amount = truncate_money(command.amount)
    if amount > measure_account(state, account).withdrawable:
        raise Refused(Reason.CROSS_BALANCE_TOO_SMALL)
    if -amount > removable_margin(state, account, position):
        raise Refused(Reason.ISOLATED_BALANCE_TOO_SMALL)
    if not amount:
        return ZERO
    position.isolated_wallet += amount
    position.updated_ms = now_ms
    account.margin_moves.append(
        MarginMove(
            symbol=position.symbol,
            position_side=position.position_side,
            amount=amount,
            time_ms=now_ms,
        )
    )
    state.touched = True
    change = AccountChange.MARGIN_TRANSFER
    state.emit(AccountUpdate(account, change, (position.key,), (), now_ms))
    return amount


def removable_margin(state: ExchangeState, account: Account, position: Position) -> Decimal:
    """Return what may be taken back: the wallet above the initial margin, losses counted."""
    mark = state.markets[position.symbol].mark_price
    needed = abs(position.quantity) * mark / account.leverage_of(position.symbol)
    equity = position.isolated_wallet + position.unrealised_pnl(mark)
    return max(ZERO, min(position.isolated_wallet, equity - needed))

"""Money: every change of a wallet is a row, and the wallet is their sum to the last digit.

Amounts are cut (not rounded) to eight decimals before they touch the wallet, as Binance does.
"""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal

from daemon.paper_exchange.accounts import Account, LedgerRow, LedgerType, Position
from daemon.paper_exchange.market import EIGHT_DECIMALS
from daemon.paper_exchange.orders import ZERO, Order, Side, Trade
from daemon.paper_exchange.state import ASSET, ExchangeState


def truncate_money(amount: Decimal) -> Decimal:
    """Cut an amount to eight decimals, towards zero."""
    return amount.quantize(EIGHT_DECIMALS, rounding=ROUND_DOWN)


def post_row(
    state: ExchangeState,
    account: Account,
    *,
    kind: LedgerType,
    amount: Decimal,
    now_ms: int,
    symbol: str = "",
    transaction_id: int | None = None,
    trade: Trade | None = None,
    details: dict[str, str] | None = None,
) -> LedgerRow:
    """Change the wallet and keep the row that says so."""
    row_id = state.sequences.next_row()
    account.wallet_balance += amount
    state.house.pay(kind, amount)
    account.updated_ms = now_ms
    row = LedgerRow(
        row_id=row_id,
        transaction_id=row_id if transaction_id is None else transaction_id,
        type=kind,
        asset=ASSET,
        symbol=symbol,
        amount=amount,
        balance_after=account.wallet_balance,
        time_ms=now_ms,
        trade_id=trade.trade_id if trade else None,
        order_id=trade.order_id if trade else None,
        details=details or {},
    )
    account.ledger.append(row)
    state.archive(account, row)
    return row


def move_position(
    position: Position, *, side: Side, price: Decimal, quantity: Decimal, now_ms: int
) -> tuple[Decimal, Decimal]:
    """Apply a fill to a position; return the realised PnL and the quantity it closed.

    Opening keeps the mean entry price (eight decimals), closing keeps the entry price, and
    turning round starts a new position at the fill's price.
    """
    before = position.quantity
    signed = quantity * side.sign
    closed = min(abs(before), quantity) if before * signed < 0 else ZERO
    realised = ZERO
    if closed:
        direction = 1 if before > 0 else -1
        realised = truncate_money((price - position.entry_price) * closed * direction)
    position.quantity = before + signed
    if not position.quantity:
        position.entry_price = ZERO
    elif not before or closed == abs(before):
        position.entry_price = price
        position.opened_ms = now_ms
    elif not closed:
        cost = abs(before) * position.entry_price + quantity * price
        position.entry_price = (cost / abs(position.quantity)).quantize(
            EIGHT_DECIMALS, rounding=ROUND_HALF_EVEN
        )
    position.realised_pnl += realised
    position.updated_ms = now_ms
    return realised, closed


def book_trade(
    state: ExchangeState,
    account: Account,
    order: Order,
    *,
    price: Decimal,
    quantity: Decimal,
    is_maker: bool,
    is_charged: bool,
    now_ms: int,
) -> tuple[Trade, tuple[LedgerRow, ...]]:
    """Book one fill: position, order totals, trade, realised PnL and commission rows."""
    position = _position_of(account, order)
    before = abs(position.quantity)
    realised, closed = move_position(
        position, side=order.side, price=price, quantity=quantity, now_ms=now_ms
    )
    if account.is_isolated(order.symbol):
        _release_margin(position, closed=closed, before=before, realised=realised)
        bound = price * (quantity - closed) / account.leverage_of(order.symbol)
        position.isolated_wallet += truncate_money(bound)
    state.index_position(account, order.symbol)
    state.house.trade(order.symbol, quantity * order.side.sign, price)
    notional = price * quantity
    rates = state.profile.tiers[account.fee_tier]
    rate = rates.maker if is_maker else rates.taker
    commission = truncate_money(notional * rate) if is_charged else ZERO
    trade = Trade(
        trade_id=state.sequences.next_trade(),
        order_id=order.order_id,
        client_order_id=order.client_order_id,
        symbol=order.symbol,
        side=order.side,
        price=price,
        quantity=quantity,
        notional=notional,
        commission=commission,
        realised_pnl=realised,
        closed_quantity=closed,
        is_maker=is_maker,
        time_ms=now_ms,
        position_side=order.position_side,
    )
    account.trades.append(trade)
    state.archive(account, trade)
    order.filled_quantity += quantity
    order.filled_notional += notional
    order.commission += commission
    order.updated_ms = now_ms
    return trade, _trade_rows(state, account, trade, position)


def _position_of(account: Account, order: Order) -> Position:
    key = order.position_key
    position = account.positions.get(key)
    if position is None:
        position = Position(symbol=order.symbol, position_side=order.position_side)
        account.positions[key] = position
    return position


def _release_margin(
    position: Position, *, closed: Decimal, before: Decimal, realised: Decimal
) -> None:
    """Give the closed part's share of an isolated wallet back to the account.

    A loss above that share is taken from the rest of the position's wallet before it reaches
    the account's.
    """
    if not closed:
        return
    held = position.isolated_wallet
    share = held if closed == before else truncate_money(held * closed / before)
    position.isolated_wallet = held - max(share, min(held, -realised))


def _trade_rows(
    state: ExchangeState, account: Account, trade: Trade, position: Position
) -> tuple[LedgerRow, ...]:
    amounts = (
        (LedgerType.REALISED_PNL, trade.realised_pnl),
        (LedgerType.COMMISSION, -trade.commission),
    )
    details = {"position_quantity": str(position.quantity)}
    rows: list[LedgerRow] = []
    for kind, amount in amounts:
        if not amount:
            continue
        rows.append(
            post_row(
                state,
                account,
                kind=kind,
                amount=amount,
                now_ms=trade.time_ms,
                symbol=trade.symbol,
                transaction_id=rows[0].transaction_id if rows else None,
                trade=trade,
                details=details,
            )
        )
    return tuple(rows)

"""Checks of the books: what must hold after any sequence of inputs."""

from collections import defaultdict
from decimal import Decimal

from daemon.paper_exchange.accounts import Account, LedgerType
from daemon.paper_exchange.execution import closable
from daemon.paper_exchange.orders import OrderStatus, PositionSide
from tests.paper_exchange.trading_floor import Floor


def check_books(account: Account) -> None:
    """The wallet is its rows, positions and orders are their trades, to the last digit."""
    assert account.wallet_balance == sum(row.amount for row in account.ledger)
    running = Decimal(0)
    for row in account.ledger:
        running += row.amount
        assert row.balance_after == running
        assert -row.amount.as_tuple().exponent <= 8
    held: dict[tuple[str, PositionSide], Decimal] = defaultdict(Decimal)
    filled: dict[int, Decimal] = defaultdict(Decimal)
    commission = realised = Decimal(0)
    for trade in account.trades:
        held[trade.symbol, trade.position_side] += trade.quantity * trade.side.sign
        filled[trade.order_id] += trade.quantity
        commission += trade.commission
        realised += trade.realised_pnl
    for key, position in account.positions.items():
        assert key == position.key
        assert position.quantity == held[position.symbol, position.position_side]
        assert not position.isolated_wallet or position.quantity
        assert (position.entry_price > 0) is (position.quantity != 0)
    for order in account.orders.values():
        assert order.filled_quantity == filled[order.order_id] <= order.quantity
        assert order.is_open is (order.order_id in account.open_orders)
        assert (order.status is OrderStatus.FILLED) is (not order.remaining)
    for order in account.open_orders.values():
        assert not order.reduces or order.remaining <= closable(account, order)
    rows = account.ledger
    assert commission == -sum(r.amount for r in rows if r.type is LedgerType.COMMISSION)
    assert realised == sum(r.amount for r in rows if r.type is LedgerType.REALISED_PNL)
    identities = [(row.type, row.transaction_id, row.symbol, row.asset) for row in rows]
    assert len(identities) == len(set(identities))


def check_conservation(floor: Floor) -> None:
    """What accounts lose somebody gets, and the book holds the other side of every position."""
    state = floor.engine.state
    wallets = sum(account.wallet_balance for account in floor.accounts)
    assert wallets + sum(state.house.balances.values()) == 0
    trades = sum(len(account.trades) for account in floor.accounts)
    for symbol, book in state.house.books.items():
        held = [held for account in floor.accounts for held in account.positions_in(symbol)]
        assert book.quantity + sum(position.quantity for position in held) == 0
        # The book's cash is exact; accounts are cut to eight decimals: the realised profit of each
        # trade, and the mean entry price, which weighs with the position's quantity.
        realised = sum(
            trade.realised_pnl
            for account in floor.accounts
            for trade in account.trades
            if trade.symbol == symbol
        )
        entered = sum(position.quantity * position.entry_price for position in held)
        turnover = sum(trade.quantity for a in floor.accounts for trade in a.trades)
        allowed = (1 + turnover) * trades * Decimal("0.00000001")
        assert abs(book.cash + realised - entered) <= allowed

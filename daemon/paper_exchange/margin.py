"""Cross margin in one-way mode: what is bound, what is free, when a position is liquidated."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.instruments import Bracket, InstrumentSpec
from daemon.paper_exchange.orders import ZERO, Order, Side
from daemon.paper_exchange.state import ExchangeState


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolMargin:
    """Figures of one contract of an account, in USDT, not rounded."""

    symbol: str
    notional: Decimal
    """Of the position at the mark price; signed like the position."""
    unrealised_pnl: Decimal
    position_initial: Decimal
    order_initial: Decimal
    maintenance: Decimal
    bid_notional: Decimal
    ask_notional: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountMargin:
    """Figures of a whole account, in USDT, not rounded."""

    wallet_balance: Decimal
    unrealised_pnl: Decimal
    position_initial: Decimal
    order_initial: Decimal
    maintenance: Decimal
    symbols: dict[str, SymbolMargin]

    @property
    def margin_balance(self) -> Decimal:
        """Return the wallet with unrealised PnL."""
        return self.wallet_balance + self.unrealised_pnl

    @property
    def initial(self) -> Decimal:
        """Return what positions and open orders bind."""
        return self.position_initial + self.order_initial

    @property
    def available(self) -> Decimal:
        """Return what is free for new positions; may be negative."""
        return self.margin_balance - self.initial

    @property
    def withdrawable(self) -> Decimal:
        """Return what may leave the account: free, and never unrealised profit."""
        return max(ZERO, min(self.available, self.wallet_balance - self.initial))


def initial_margin(*, position: Decimal, bids: Decimal, asks: Decimal, leverage: int) -> Decimal:
    """Return the margin of a position with its open orders: the dearer of the two ends.

    Args:
        position: signed notional at the mark price.
        bids, asks: notional of the open buy and sell orders that can add to a position.
    """
    return max(abs(position), abs(position + bids), abs(position - asks)) / leverage


def maintenance_margin(spec: InstrumentSpec, notional: Decimal) -> Decimal:
    """Return notional times the bracket's rate less its cumulative amount."""
    bracket = spec.bracket(notional)
    return max(ZERO, notional * bracket.maintenance_rate - bracket.cumulative)


def largest_notional(spec: InstrumentSpec, leverage: int) -> Decimal:
    """Return the position notional that a leverage allows."""
    caps = [b.cap for b in spec.brackets if b.max_leverage >= leverage]
    return max(caps) if caps else ZERO


def order_notionals(orders: Iterable[Order]) -> tuple[Decimal, Decimal]:
    """Sum the open notional of buys and of sales; reduce-only orders bind nothing."""
    sums = {Side.BUY: ZERO, Side.SELL: ZERO}
    for order in orders:
        if not order.reduce_only and order.price is not None:
            sums[order.side] += order.price * order.remaining
    return sums[Side.BUY], sums[Side.SELL]


def measure_symbol(state: ExchangeState, account: Account, symbol: str) -> SymbolMargin:
    """Measure one contract of an account."""
    market = state.markets[symbol]
    position = account.positions.get(symbol)
    quantity = position.quantity if position else ZERO
    mark = market.mark_price
    notional = quantity * mark
    leverage = account.leverage_of(symbol)
    bids, asks = order_notionals(o for o in account.open_orders.values() if o.symbol == symbol)
    position_initial = abs(notional) / leverage
    whole = initial_margin(position=notional, bids=bids, asks=asks, leverage=leverage)
    return SymbolMargin(
        symbol=symbol,
        notional=notional,
        unrealised_pnl=position.unrealised_pnl(mark) if position and quantity else ZERO,
        position_initial=position_initial,
        order_initial=whole - position_initial,
        maintenance=maintenance_margin(market.spec, abs(notional)) if quantity else ZERO,
        bid_notional=bids,
        ask_notional=asks,
    )


def measure_account(state: ExchangeState, account: Account) -> AccountMargin:
    """Measure an account at the present mark prices."""
    names = {symbol for symbol, held in account.positions.items() if held.quantity}
    names.update(order.symbol for order in account.open_orders.values())
    symbols = {name: measure_symbol(state, account, name) for name in sorted(names)}
    return AccountMargin(
        wallet_balance=account.wallet_balance,
        unrealised_pnl=sum((s.unrealised_pnl for s in symbols.values()), ZERO),
        position_initial=sum((s.position_initial for s in symbols.values()), ZERO),
        order_initial=sum((s.order_initial for s in symbols.values()), ZERO),
        maintenance=sum((s.maintenance for s in symbols.values()), ZERO),
        symbols=symbols,
    )


def is_liquidatable(state: ExchangeState, account: Account) -> bool:
    """Tell whether the margin balance has fallen below the maintenance margin."""
    balance = account.wallet_balance
    maintenance = ZERO
    for symbol, position in account.positions.items():
        if position.quantity:
            market = state.markets[symbol]
            mark = market.mark_price
            balance += position.unrealised_pnl(mark)
            maintenance += maintenance_margin(market.spec, abs(position.quantity) * mark)
    return balance < maintenance


def liquidation_price(
    state: ExchangeState, account: Account, symbol: str, margin: AccountMargin
) -> Decimal:
    """Return the mark price at which this position alone would sink the account; 0 if none.

    Source: https://www.binance.com/en/support/faq/b3c689c1f50a44cabb3a84e663b81d93
    """
    position = account.positions.get(symbol)
    if position is None or not position.quantity:
        return ZERO
    own = margin.symbols[symbol]
    spec = state.instruments[symbol]
    bracket: Bracket = spec.bracket(abs(own.notional))
    quantity = abs(position.quantity)
    sign = 1 if position.quantity > 0 else -1
    others_maintenance = margin.maintenance - own.maintenance
    others_pnl = margin.unrealised_pnl - own.unrealised_pnl
    above = (
        account.wallet_balance
        - others_maintenance
        + others_pnl
        + bracket.cumulative
        - sign * quantity * position.entry_price
    )
    price = above / (quantity * bracket.maintenance_rate - sign * quantity)
    return max(price, ZERO)

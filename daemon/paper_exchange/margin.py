"""Margin: what is bound, what is free, and what a position needs to stay open.

Every position is measured by itself: the net one of a contract in one-way mode, or each of the two
in hedge mode. Isolated positions stand on their own wallets; all others share the cross wallet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from daemon.paper_exchange.accounts import Account, Position
from daemon.paper_exchange.instruments import InstrumentSpec
from daemon.paper_exchange.orders import ZERO, PositionSide, Side
from daemon.paper_exchange.state import ExchangeState


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolMargin:
    """Figures of one position with the open orders that can add to it, in USDT, not rounded."""

    symbol: str
    position_side: PositionSide = PositionSide.BOTH
    notional: Decimal
    """Of the position at the mark price; signed like the position."""
    unrealised_pnl: Decimal
    position_initial: Decimal
    order_initial: Decimal
    maintenance: Decimal
    bid_notional: Decimal
    ask_notional: Decimal
    is_isolated: bool = False
    isolated_wallet: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountMargin:
    """Figures of a whole account, in USDT, not rounded.

    Attributes:
        symbols: by the key of the position (the contract in one-way mode).
        cross_*: the same without isolated positions.
    """

    wallet_balance: Decimal
    unrealised_pnl: Decimal
    position_initial: Decimal
    order_initial: Decimal
    maintenance: Decimal
    cross_wallet: Decimal
    cross_unrealised_pnl: Decimal
    cross_position_initial: Decimal
    cross_maintenance: Decimal
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
        bound = self.cross_position_initial + self.order_initial
        return self.cross_wallet + self.cross_unrealised_pnl - bound

    @property
    def withdrawable(self) -> Decimal:
        """Return what may leave the account: free, and never unrealised profit."""
        bound = self.cross_position_initial + self.order_initial
        return max(ZERO, min(self.available, self.cross_wallet - bound))


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


Notionals = dict[Side, Decimal]


def order_notionals(account: Account) -> dict[str, Notionals]:
    """Sum the open notional of buys and of sales by position; reducing orders bind nothing."""
    sums: dict[str, Notionals] = {}
    for order in account.open_orders.values():
        if order.price is not None and not order.reduces:
            own = sums.setdefault(order.position_key, {Side.BUY: ZERO, Side.SELL: ZERO})
            own[order.side] += order.price * order.remaining
    return sums


def measure_account(state: ExchangeState, account: Account) -> AccountMargin:
    """Measure an account at the present mark prices."""
    working = order_notionals(account)
    keys = {key for key, held in account.positions.items() if held.quantity}
    keys.update([order.position_key for order in account.open_orders.values()])
    symbols = {key: _measure(state, account, key, working) for key in sorted(keys)}
    every, cross = _Sums(), _Sums()
    for own in symbols.values():
        every.add(own)
        if not own.is_isolated:
            cross.add(own)
    return AccountMargin(
        wallet_balance=account.wallet_balance,
        unrealised_pnl=every.unrealised_pnl,
        position_initial=every.position_initial,
        order_initial=every.order_initial,
        maintenance=every.maintenance,
        cross_wallet=account.cross_wallet,
        cross_unrealised_pnl=cross.unrealised_pnl,
        cross_position_initial=cross.position_initial,
        cross_maintenance=cross.maintenance,
        symbols=symbols,
    )


class _Sums:
    """Running sums of positions' figures."""

    def __init__(self) -> None:
        self.unrealised_pnl = ZERO
        self.position_initial = ZERO
        self.order_initial = ZERO
        self.maintenance = ZERO

    def add(self, own: SymbolMargin) -> None:
        self.unrealised_pnl += own.unrealised_pnl
        self.position_initial += own.position_initial
        self.order_initial += own.order_initial
        self.maintenance += own.maintenance


def liquidation_price(
    state: ExchangeState, account: Account, key: str, margin: AccountMargin
) -> Decimal:
    """Return the mark price at which this position would be liquidated; 0 if there is none.

    With cross margin the prices of the other contracts stand still and the two positions of hedge
    mode move together; an isolated position has only its own wallet.

    Source: https://www.binance.com/en/support/faq/b3c689c1f50a44cabb3a84e663b81d93
    """
    position = account.positions.get(key)
    if position is None or not position.quantity:
        return ZERO
    if margin.symbols[key].is_isolated:
        together = [position]
        above = position.isolated_wallet
    else:
        together = account.positions_in(position.symbol)
        own = [margin.symbols[held.key] for held in together]
        others_maintenance = margin.cross_maintenance - sum((o.maintenance for o in own), ZERO)
        others_pnl = margin.cross_unrealised_pnl - sum((o.unrealised_pnl for o in own), ZERO)
        above = margin.cross_wallet - others_maintenance + others_pnl
    spec = state.instruments[position.symbol]
    below = ZERO
    for held in together:
        bracket = spec.bracket(abs(margin.symbols[held.key].notional))
        above += bracket.cumulative - held.quantity * held.entry_price
        below += abs(held.quantity) * bracket.maintenance_rate - held.quantity
    # Equal long and short positions of hedge mode have no price that sinks them.
    return max(above / below, ZERO) if below else ZERO


def is_cross_breached(state: ExchangeState, account: Account) -> bool:
    """Tell whether the shared margin balance has fallen below the maintenance margin."""
    balance = account.wallet_balance
    maintenance = ZERO
    for position in account.positions.values():
        balance -= position.isolated_wallet
        if position.quantity and not account.is_isolated(position.symbol):
            balance += _pnl(state, position)
            maintenance += _maintenance(state, position)
    return bool(maintenance) and balance < maintenance


def breached_isolated(state: ExchangeState, account: Account) -> list[Position]:
    """Return the isolated positions whose own margin has fallen below their maintenance."""
    return [
        position
        for _, position in sorted(account.positions.items())
        if position.quantity
        and account.is_isolated(position.symbol)
        and position.isolated_wallet + _pnl(state, position) < _maintenance(state, position)
    ]


def _measure(
    state: ExchangeState, account: Account, key: str, working: Mapping[str, Notionals]
) -> SymbolMargin:
    symbol, _, side = key.partition(":")
    market = state.markets[symbol]
    position = account.positions.get(key)
    quantity = position.quantity if position else ZERO
    mark = market.mark_price
    notional = quantity * mark
    leverage = account.leverage_of(symbol)
    own = working.get(key)
    bids, asks = (own[Side.BUY], own[Side.SELL]) if own else (ZERO, ZERO)
    position_initial = abs(notional) / leverage
    whole = position_initial
    if own:
        whole = initial_margin(position=notional, bids=bids, asks=asks, leverage=leverage)
    return SymbolMargin(
        symbol=symbol,
        position_side=PositionSide(side or "BOTH"),
        notional=notional,
        unrealised_pnl=position.unrealised_pnl(mark) if position and quantity else ZERO,
        position_initial=position_initial,
        order_initial=whole - position_initial,
        maintenance=maintenance_margin(market.spec, abs(notional)) if quantity else ZERO,
        bid_notional=bids,
        ask_notional=asks,
        is_isolated=account.is_isolated(symbol),
        isolated_wallet=position.isolated_wallet if position else ZERO,
    )


def _pnl(state: ExchangeState, position: Position) -> Decimal:
    return position.unrealised_pnl(state.markets[position.symbol].mark_price)


def _maintenance(state: ExchangeState, position: Position) -> Decimal:
    market = state.markets[position.symbol]
    return maintenance_margin(market.spec, abs(position.quantity) * market.mark_price)

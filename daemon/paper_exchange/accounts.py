"""Accounts of the paper exchange: keys, rights, wallet, positions and their history."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from daemon.paper_exchange.orders import (
    ZERO,
    ConditionalOrder,
    Order,
    PositionSide,
    Trade,
    position_key,
)

DEFAULT_LEVERAGE = 20
_HEDGED = (PositionSide.LONG, PositionSide.SHORT)


class MarginMode(StrEnum):
    """Whether a position shares the account's money or stands on its own."""

    CROSS = "CROSS"
    ISOLATED = "ISOLATED"


class LedgerType(StrEnum):
    """Why the wallet changed."""

    TRANSFER = "TRANSFER"
    COMMISSION = "COMMISSION"
    REALISED_PNL = "REALISED_PNL"
    FUNDING = "FUNDING"
    INSURANCE_CLEAR = "INSURANCE_CLEAR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Permissions:
    """What an API key may do.

    Attributes:
        ip_whitelist: source addresses that may use the key; empty means any.
        expires_ms: wall clock; 0 means never.
        unified: of the account behind the key, as Bybit tells it with the key.
        multi_assets: of the account behind the key, as Binance tells it.
    """

    read: bool = True
    trade: bool = True
    withdraw: bool = False
    internal_transfer: bool = False
    universal_transfer: bool = False
    ip_whitelist: tuple[str, ...] = ()
    expires_ms: int = 0
    unified: bool = True
    multi_assets: bool = False

    @property
    def read_only(self) -> bool:
        """Tell whether the key can look but not touch."""
        return not (self.trade or self.withdraw)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    """One change of the wallet; the wallet is the sum of these to the last digit.

    Attributes:
        row_id: unique and growing within the exchange.
        transaction_id: shared by the rows of one trade, so unique only within a type.
        trade_id: the trade that caused it, else None.
        details: facts the dialects show (funding rate, mark price, position quantity).
    """

    row_id: int
    transaction_id: int
    type: LedgerType
    asset: str
    symbol: str
    amount: Decimal
    balance_after: Decimal
    time_ms: int
    trade_id: int | None = None
    order_id: int | None = None
    details: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Position:
    """The net position of an account in one contract, or one of its two in hedge mode."""

    symbol: str
    quantity: Decimal = ZERO
    """Positive is long, negative is short."""
    entry_price: Decimal = ZERO
    realised_pnl: Decimal = ZERO
    """Since the account began, before commission."""
    opened_ms: int = 0
    updated_ms: int = 0
    position_side: PositionSide = PositionSide.BOTH
    isolated_wallet: Decimal = ZERO
    """The part of the account's wallet that only this position may use; 0 with cross margin."""

    @property
    def key(self) -> str:
        """Return its key among the account's positions."""
        return position_key(self.symbol, self.position_side)

    def unrealised_pnl(self, mark_price: Decimal) -> Decimal:
        """Value the position at a mark price, in USDT, not rounded."""
        return (mark_price - self.entry_price) * self.quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginMove:
    """Margin that its owner moved into an isolated position (positive) or out of it, in USDT."""

    symbol: str
    position_side: PositionSide
    amount: Decimal
    time_ms: int


@dataclass(slots=True, kw_only=True)
class Account:
    """One API key with its own money.

    Open orders are kept apart from the history so that a price step touches only them.
    """

    exchange: str
    api_key: str
    api_secret: str
    """Of an HMAC key; '' when the exchange knows a public key instead."""
    uid: int
    label: str
    permissions: Permissions
    created_ms: int
    wallet_balance: Decimal = ZERO
    hedge_mode: bool = False
    updated_ms: int = 0
    leverage: dict[str, int] = field(default_factory=dict)
    margin_mode: MarginMode = MarginMode.CROSS
    """Of contracts that have none of their own."""
    margin_modes: dict[str, MarginMode] = field(default_factory=dict)
    fee_tier: int = 0
    positions: dict[str, Position] = field(default_factory=dict)
    """By `position_key`: the contract in one-way mode."""
    open_orders: dict[int, Order] = field(default_factory=dict)
    open_conditionals: dict[int, ConditionalOrder] = field(default_factory=dict)
    public_key: str = ""
    """PEM of an Ed25519 or RSA key; '' for an HMAC key."""
    margin_moves: list[MarginMove] = field(default_factory=list)
    preferences: dict[str, str] = field(default_factory=dict)
    """Choices that a dialect keeps for the account; the engine never reads them."""
    listen_key: str = ""
    listen_key_expires_ms: int = 0
    """Wall clock."""
    orders: dict[int, Order] = field(default_factory=dict)
    """Every order, open or not."""
    conditionals: dict[int, ConditionalOrder] = field(default_factory=dict)
    client_order_ids: dict[str, int] = field(default_factory=dict)
    """Latest order of each client order id."""
    client_conditional_ids: dict[str, int] = field(default_factory=dict)
    trades: list[Trade] = field(default_factory=list)
    ledger: list[LedgerRow] = field(default_factory=list)

    def leverage_of(self, symbol: str) -> int:
        """Return the leverage set for a contract, or the default."""
        return self.leverage.get(symbol, DEFAULT_LEVERAGE)

    @property
    def cross_wallet(self) -> Decimal:
        """Return the wallet without what isolated positions hold."""
        wallet = self.wallet_balance
        for position in self.positions.values():
            if position.isolated_wallet:
                wallet -= position.isolated_wallet
        return wallet

    def is_isolated(self, symbol: str) -> bool:
        """Tell whether a contract's positions stand on their own."""
        return self.margin_modes.get(symbol, self.margin_mode) is MarginMode.ISOLATED

    def position_of(
        self, symbol: str, position_side: PositionSide = PositionSide.BOTH
    ) -> Position | None:
        """Return a position, which may be flat, or None when there never was one."""
        return self.positions.get(position_key(symbol, position_side))

    def quantity_of(self, symbol: str, position_side: PositionSide = PositionSide.BOTH) -> Decimal:
        """Return the signed position quantity, 0 when there is none; a short one is negative."""
        position = self.position_of(symbol, position_side)
        return position.quantity if position else ZERO

    def positions_in(self, symbol: str) -> list[Position]:
        """Return the open positions of a contract: at most two, of hedge mode."""
        if not self.hedge_mode:
            net = self.positions.get(symbol)
            return [net] if net is not None and net.quantity else []
        keys = (position_key(symbol, side) for side in _HEDGED)
        found = (self.positions.get(key) for key in keys)
        return [position for position in found if position is not None and position.quantity]

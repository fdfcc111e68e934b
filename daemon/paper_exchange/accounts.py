"""Accounts of the paper exchange: keys, rights, wallet, positions and their history."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from daemon.paper_exchange.orders import ZERO, ConditionalOrder, Order, Trade

DEFAULT_LEVERAGE = 20


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
    """

    read: bool = True
    trade: bool = True
    withdraw: bool = False
    internal_transfer: bool = False
    universal_transfer: bool = False
    ip_whitelist: tuple[str, ...] = ()
    expires_ms: int = 0

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
    """The net position of an account in one contract (one-way mode)."""

    symbol: str
    quantity: Decimal = ZERO
    """Positive is long, negative is short."""
    entry_price: Decimal = ZERO
    realised_pnl: Decimal = ZERO
    """Since the account began, before commission."""
    opened_ms: int = 0
    updated_ms: int = 0

    def unrealised_pnl(self, mark_price: Decimal) -> Decimal:
        """Value the position at a mark price, in USDT, not rounded."""
        return (mark_price - self.entry_price) * self.quantity


@dataclass(slots=True, kw_only=True)
class Account:
    """One API key with its own money.

    Open orders are kept apart from the history so that a price step touches only them.
    """

    exchange: str
    api_key: str
    api_secret: str
    uid: int
    label: str
    permissions: Permissions
    created_ms: int
    wallet_balance: Decimal = ZERO
    hedge_mode: bool = False
    updated_ms: int = 0
    leverage: dict[str, int] = field(default_factory=dict)
    positions: dict[str, Position] = field(default_factory=dict)
    open_orders: dict[int, Order] = field(default_factory=dict)
    open_conditionals: dict[int, ConditionalOrder] = field(default_factory=dict)
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

    def quantity_of(self, symbol: str) -> Decimal:
        """Return the signed position quantity, 0 when there is none."""
        position = self.positions.get(symbol)
        return position.quantity if position else ZERO

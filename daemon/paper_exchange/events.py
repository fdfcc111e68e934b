"""What the engine tells its subscribers; the dialects turn these into frames."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from daemon.paper_exchange.accounts import Account, LedgerRow
from daemon.paper_exchange.orders import ConditionalOrder, Order, Trade
from daemon.paper_exchange.prices import Candle


class AccountChange(StrEnum):
    """Why balances or positions changed."""

    ORDER = "ORDER"
    FUNDING = "FUNDING"
    DEPOSIT = "DEPOSIT"
    WITHDRAW = "WITHDRAW"
    LIQUIDATION = "LIQUIDATION"
    MARGIN_TRANSFER = "MARGIN_TRANSFER"
    """Between the cross wallet and an isolated position."""


@dataclass(frozen=True, slots=True)
class OrderUpdate:
    """An order was accepted, filled (then with the trade), cancelled, amended or expired."""

    account: Account
    order: Order
    what: str
    """NEW, TRADE, CANCELED, EXPIRED, AMENDMENT or CALCULATED (a fill of a liquidation or of
    deleveraging)."""
    trade: Trade | None
    time_ms: int


@dataclass(frozen=True, slots=True)
class ConditionalUpdate:
    """A conditional order changed its status."""

    account: Account
    conditional: ConditionalOrder
    time_ms: int


@dataclass(frozen=True, slots=True)
class AccountUpdate:
    """The wallet or a position changed; read the new values from the account."""

    account: Account
    change: AccountChange
    position_keys: tuple[str, ...]
    """Positions that changed (the contract in one-way mode); empty when only the wallet did."""
    rows: tuple[LedgerRow, ...]
    time_ms: int


@dataclass(frozen=True, slots=True)
class LeverageUpdate:
    """An account's leverage in one contract was set."""

    account: Account
    symbol: str
    leverage: int
    time_ms: int


@dataclass(frozen=True, slots=True)
class CandleClosed:
    """A market minute is complete. Every minute is told once, in order, at any speed."""

    symbol: str
    candle: Candle


@dataclass(frozen=True, slots=True)
class MarketTick:
    """Prices have moved; sent once for each wall tick. Read what you need from the engine."""

    time_ms: int


Event = OrderUpdate | ConditionalUpdate | AccountUpdate | LeverageUpdate | CandleClosed | MarketTick
Subscriber = Callable[[Event], None]

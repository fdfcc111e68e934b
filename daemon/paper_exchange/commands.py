"""Inputs of the engine that are not orders, as records the journal can keep."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from daemon.paper_exchange.accounts import Permissions


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateAccount:
    """Open an account with its key and its first deposit (USDT)."""

    api_key: str
    api_secret: str
    label: str
    balance: Decimal
    permissions: Permissions
    leverage: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendOrder:
    """Change quantity or price of an open limit order; None keeps the value."""

    order_id: int
    quantity: Decimal | None = None
    price: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendConditional:
    """Change an untriggered conditional order; None keeps the value."""

    conditional_id: int
    quantity: Decimal | None = None
    price: Decimal | None = None
    trigger_price: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrder:
    """Cancel one open order."""

    order_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelConditional:
    """Cancel one untriggered conditional order."""

    conditional_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLeverage:
    """Set the leverage of one contract."""

    symbol: str
    leverage: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetHedgeMode:
    """Choose hedge mode or one-way mode."""

    hedge_mode: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPermissions:
    """Change what the key may do."""

    permissions: Permissions


@dataclass(frozen=True, slots=True, kw_only=True)
class SetListenKey:
    """Start, extend or end (empty key) the account's user stream; expiry in wall time."""

    listen_key: str
    expires_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Move USDT into the account (positive) or out of it."""

    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosePosition:
    """Close a position at the market, as an operator of the exchange would."""

    symbol: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPrice:
    """Move the price of a contract to a value from now on; later prices keep the ratio."""

    symbol: str
    price: Decimal

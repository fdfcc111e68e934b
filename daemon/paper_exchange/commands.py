"""Inputs of the engine that are not orders, as records the journal can keep."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from daemon.paper_exchange.accounts import MarginMode, Permissions
from daemon.paper_exchange.orders import PositionSide


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateAccount:
    """Open an account with its key and its first deposit (USDT)."""

    api_key: str
    api_secret: str
    label: str
    balance: Decimal
    permissions: Permissions
    leverage: int | None = None
    public_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendOrder:
    """Change quantity or price of an open limit order; None keeps the value.

    Attributes:
        labels: the words that a dialect keeps with the order, all of them anew.
    """

    order_id: int
    quantity: Decimal | None = None
    price: Decimal | None = None
    labels: dict[str, str] | None = None
    reference: int | None = None
    """The client's own number of the change."""


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
class FillOrder:
    """Let others trade with an order at its price, whatever the market's price is.

    Attributes:
        over: more may be filled than the order has left, as when an exchange fails.
        late: the order may have been cancelled before.
    """

    order_id: int
    quantity: Decimal
    over: bool = False
    late: bool = False


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
class SetPreference:
    """Keep a choice of the account that the engine itself does not read; '' forgets it."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Move USDT into the account (positive) or out of it.

    Attributes:
        reference: the client's own id of the transfer; '' without one.
    """

    amount: Decimal
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosePosition:
    """Close a position at the market, as an operator of the exchange would."""

    symbol: str
    position_side: PositionSide = PositionSide.BOTH


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMarginMode:
    """Choose cross or isolated margin for a contract, or for all of them (empty symbol)."""

    symbol: str
    margin_mode: MarginMode


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustMargin:
    """Move USDT from the cross wallet into an isolated position (positive) or back."""

    symbol: str
    amount: Decimal
    position_side: PositionSide = PositionSide.BOTH


@dataclass(frozen=True, slots=True, kw_only=True)
class SetFeeTier:
    """Choose the row of the exchange's commission table that the account pays by."""

    tier: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Liquidate:
    """Liquidate an account now, whatever its margin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleverage:
    """Close a position as automatic deleveraging would: by the exchange, against its owner."""

    symbol: str
    position_side: PositionSide = PositionSide.BOTH


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeInstrument:
    """Change filters of a contract (fields of InstrumentSpec) or close it for trading."""

    symbol: str
    values: dict[str, Decimal]
    trading: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SetInsuranceFund:
    """Set what the insurance fund holds (USDT); a loss above it starts deleveraging."""

    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPrice:
    """Move the price of a contract to a value from now on; later prices keep the ratio."""

    symbol: str
    price: Decimal

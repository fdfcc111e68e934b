"""What streams tell, in our words."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.candles import Candle
from patriot_app.core.domain.fills import FillReport
from patriot_app.core.domain.orders import OrderReport, PositionSide


@dataclass(frozen=True, slots=True)
class PositionChange:
    """A position as it is now; signed quantity, zero when flat."""

    symbol: str
    position_side: PositionSide
    quantity: Decimal
    entry_price: Decimal
    unrealised_pnl: Decimal


@dataclass(frozen=True, slots=True)
class AccountChange:
    """What became different on an account.

    Attributes:
        wallet_balance: USDT; None if the event does not tell it.
        reason: theirs: ORDER, FUNDING_FEE, DEPOSIT ...; "" if not told.
        occurred_at: market time.
    """

    wallet_balance: Decimal | None
    positions: tuple[PositionChange, ...]
    reason: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class UserStreamHandlers:
    """Called in the order of the stream; quick and without waiting, for they hold it up.

    Attributes:
        on_gap: the stream stands (again): whatever happened before must be read by REST.
    """

    on_report: Callable[[UUID, OrderReport], None]
    on_fill: Callable[[UUID, FillReport], None]
    on_account: Callable[[UUID, AccountChange], None]
    on_gap: Callable[[UUID], None]


@dataclass(frozen=True, slots=True)
class PriceChange:
    """The newest prices of a contract; None where the event does not tell one."""

    symbol: str
    mark_price: Decimal | None
    last_price: Decimal | None
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class MarketStreamHandlers:
    """Called in order; a closed bar comes once, and none is left out."""

    on_candle: Callable[[Exchange, AccountMode, str, Candle], None]
    on_price: Callable[[Exchange, AccountMode, PriceChange], None]

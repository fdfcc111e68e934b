"""Positions: what fills add up to, and what the exchange says of them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from patriot_app.core.domain.orders import PositionSide


@dataclass(frozen=True, slots=True)
class PositionReport:
    """A position as the exchange reports it.

    Attributes:
        quantity: signed contract units, negative is short; zero when flat.
        stop_loss: price of a stop attached to the position itself (Bybit), else None.
    """

    symbol: str
    position_side: PositionSide
    quantity: Decimal
    entry_price: Decimal
    mark_price: Decimal
    unrealised_pnl: Decimal
    liquidation_price: Decimal | None
    leverage: int
    stop_loss: Decimal | None
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class BalanceReport:
    """Money of an account as the exchange reports it, in USDT.

    Attributes:
        wallet_balance: without unrealised profit.
        equity: wallet_balance + unrealised_pnl.
    """

    wallet_balance: Decimal
    equity: Decimal
    unrealised_pnl: Decimal
    available_balance: Decimal
    initial_margin: Decimal
    maintenance_margin: Decimal
    updated_at: datetime

"""A fill is one trade as the exchange reports it; its identity is the exchange's trade id."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.orders import Side


@dataclass(frozen=True, slots=True)
class FillReport:
    """One trade.

    Attributes:
        quantity: contract units, positive.
        commission: in commission_asset; positive is paid, negative a rebate.
        realised_pnl: USDT as the exchange states it; None where it does not.
        traded_at: market time.
        source: "stream" or "rest".
    """

    exchange: Exchange
    symbol: str
    exchange_trade_id: str
    exchange_order_id: str
    client_order_id: str
    side: Side
    quantity: Decimal
    price: Decimal
    commission: Decimal
    commission_asset: str
    realised_pnl: Decimal | None
    is_maker: bool
    traded_at: datetime
    source: str


@dataclass(frozen=True, slots=True)
class FillIdentity:
    """What makes a fill the same fill, whichever way we heard of it."""

    exchange: Exchange
    account_id: UUID
    symbol: str
    exchange_trade_id: str


def identity(account_id: UUID, fill: FillReport) -> FillIdentity:
    """Return the natural key of a fill."""
    return FillIdentity(fill.exchange, account_id, fill.symbol, fill.exchange_trade_id)


def signed_quantity(fill: FillReport) -> Decimal:
    """Return the change of a one-way position: positive for a purchase."""
    return fill.quantity if fill.side is Side.BUY else -fill.quantity

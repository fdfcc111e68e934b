"""A fill is one trade as the exchange reports it; its identity is the exchange's trade id."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.orders import Leg, Side


@dataclass(frozen=True, slots=True)
class FillReport:
    """One trade.

    Attributes:
        quantity: contract units, positive.
        commission: in commission_asset; positive is paid, negative a rebate.
        realised_pnl: USDT as the exchange states it; None where it does not.
        traded_at: market time.
        source: "stream" or "rest".
        attached_leg: the leg whose stop hung on the position and traded, where the exchange says so;
            such a stop (Bybit's) has no client order id.
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
    attached_leg: Leg | None = None

    @property
    def made(self) -> tuple[datetime, int, str]:
        """What sorts trades by when they were made; numbers of one millisecond count up."""
        return self.traded_at, len(self.exchange_trade_id), self.exchange_trade_id


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


def stages_of(told: Sequence[tuple[UUID, FillReport]]) -> list[list[tuple[UUID, FillReport]]]:
    """Split trades so that an attached stop's come after the entry that wanted it is booked.

    Args:
        told: trades with their accounts, in any order.
    """
    stages: list[list[tuple[UUID, FillReport]]] = []
    places: dict[tuple[UUID, str], tuple[int, bool]] = {}
    for account_id, fill in sorted(told, key=lambda each: each[1].traded_at):
        key, is_attached = (account_id, fill.symbol), fill.attached_leg is not None
        stage, was_attached = places.get(key, (0, False))
        stage += is_attached != was_attached
        places[key] = (stage, is_attached)
        while len(stages) <= stage:
            stages.append([])
        stages[stage].append((account_id, fill))
    return [stage for stage in stages if stage]

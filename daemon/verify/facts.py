"""What both sides say, in one plain form; parsed here again so that no bug of ours cancels out."""

from dataclasses import dataclass, field
from decimal import Decimal

WINDOW_MS = 7 * 86_400_000
"""The longest span that Bybit answers in one request."""


@dataclass(frozen=True, slots=True)
class Period:
    """Market time to read, in milliseconds, both ends included."""

    start_ms: int
    end_ms: int

    def windows(self) -> list[dict[str, int]]:
        """Return Bybit's time parameters that cover the period without a gap."""
        starts = range(self.start_ms, self.end_ms + 1, WINDOW_MS)
        return [
            {"startTime": start, "endTime": min(start + WINDOW_MS - 1, self.end_ms)}
            for start in starts
        ]


@dataclass(frozen=True, slots=True)
class OrderFact:
    """One of our orders.

    Attributes:
        state: "working", "filled", "canceled", "expired" or "rejected".
    """

    client_order_id: str
    symbol: str
    side: str
    state: str
    filled: Decimal


@dataclass(frozen=True, slots=True)
class TradeFact:
    symbol: str
    trade_id: str
    order_id: str
    side: str
    quantity: Decimal
    price: Decimal
    commission: Decimal


@dataclass(frozen=True, slots=True)
class MoneyFact:
    """One ledger row; its key is unique within an account."""

    row_type: str
    row_id: str
    symbol: str
    asset: str
    amount: Decimal
    occurred_ms: int


@dataclass(slots=True)
class Side:
    """One side's account: ours or the exchange's.

    Attributes:
        positions: signed quantity per symbol, without flat ones.
        wallet: USDT; ours is opening wallet + sum of ledger rows.
    """

    orders: dict[str, OrderFact] = field(default_factory=dict)
    trades: dict[tuple[str, str], TradeFact] = field(default_factory=dict)
    positions: dict[str, Decimal] = field(default_factory=dict)
    ledger: dict[tuple[str, str, str, str], MoneyFact] = field(default_factory=dict)
    wallet: Decimal = Decimal(0)


def add_order(side: Side, order: OrderFact) -> None:
    """Keep the last word about an order: a triggered conditional's child carries its fills.

    A refused order never traded; one exchange lists it and the other does not, so neither side does.
    """
    if order.state != "rejected":
        side.orders[order.client_order_id] = order


def money_key(fact: MoneyFact) -> tuple[str, str, str, str]:
    """Return what identifies a ledger row of an account."""
    return fact.row_type, fact.row_id, fact.symbol, fact.asset

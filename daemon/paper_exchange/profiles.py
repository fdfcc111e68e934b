"""How the two exchanges differ in what the engine itself must decide."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeProfile:
    """Rules of one exchange.

    Attributes:
        client_ids_unique_for_ever: a client order id may never be used again; otherwise it
            must only be unique among open orders.
        post_only_cross_cancels: a post-only order that would take is accepted and then
            cancelled; otherwise it is refused.
        reduce_only_truncates: a reduce-only quantity above the position is cut to it;
            otherwise it is refused.
        child_keeps_id: the order placed by a trigger has the conditional order's id.
        mark_rounds_to_tick: the mark price is a multiple of the tick; else it has 8 decimals.
        first_*_id: where the number sequences begin.
    """

    name: str
    maker_rate: Decimal
    taker_rate: Decimal
    client_ids_unique_for_ever: bool
    post_only_cross_cancels: bool
    reduce_only_truncates: bool
    child_keeps_id: bool
    mark_rounds_to_tick: bool
    max_open_orders: int
    """Per contract and account."""
    max_conditionals: int
    """Per account."""
    first_order_id: int
    first_conditional_id: int
    first_trade_id: int
    first_row_id: int
    first_uid: int


PROFILES: Final[dict[str, ExchangeProfile]] = {
    "binance": ExchangeProfile(
        name="binance",
        maker_rate=Decimal("0.0002"),
        taker_rate=Decimal("0.0005"),
        client_ids_unique_for_ever=False,
        post_only_cross_cancels=False,
        reduce_only_truncates=False,
        child_keeps_id=False,
        mark_rounds_to_tick=False,
        max_open_orders=200,
        max_conditionals=200,
        first_order_id=8_389_765_000,
        first_conditional_id=2_000_001_000,
        first_trade_id=691_700_000,
        first_row_id=9_689_322_000,
        first_uid=40_000_000,
    ),
    "bybit": ExchangeProfile(
        name="bybit",
        maker_rate=Decimal("0.0002"),
        taker_rate=Decimal("0.00055"),
        client_ids_unique_for_ever=True,
        post_only_cross_cancels=True,
        reduce_only_truncates=True,
        child_keeps_id=True,
        mark_rounds_to_tick=True,
        max_open_orders=500,
        max_conditionals=500,
        first_order_id=1_000_000,
        first_conditional_id=1_000_000,
        first_trade_id=5_000_000,
        first_row_id=70_000_000,
        first_uid=100_000_000,
    ),
}

"""How the two exchanges differ in what the engine itself must decide."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final


@dataclass(frozen=True, slots=True)
class CommissionRates:
    """Commission as a fraction of the notional value."""

    maker: Decimal
    taker: Decimal


def _tiers(rows: str) -> tuple[CommissionRates, ...]:
    """Read percentages, maker and taker, one tier after the other."""
    pairs = (row.split("/") for row in rows.split())
    return tuple(CommissionRates(Decimal(m) / 100, Decimal(t) / 100) for m, t in pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeProfile:
    """Rules of one exchange.

    Attributes:
        client_ids_unique_for_ever: a client order id may never be used again; otherwise it
            must only be unique among open orders.
        post_only_cross_cancels: a post-only order that would take is accepted and then
            cancelled; otherwise it is refused.
        fill_or_kill_cancels: a fill-or-kill order that cannot be filled is accepted and then
            cancelled; otherwise it is refused.
        priceless_market_cancels: a market order that finds no price within the band is accepted
            and then cancelled; otherwise it is refused.
        reduce_only_truncates: a reduce-only quantity above the position is cut to it;
            otherwise it is refused.
        child_keeps_id: the order placed by a trigger has the conditional order's id.
        single_close_position: at most one order that closes the whole position may wait on each
            side of the price.
        mark_has_tick_decimals: the mark price has the decimals of the tick as it is written,
            without being a multiple of it; else it has 8 decimals.
        first_*_id: where the number sequences begin.
    """

    name: str
    tiers: tuple[CommissionRates, ...]
    """From the ordinary customer's upwards, as the exchange publishes them."""
    liquidation_fee_rate: Decimal
    """Of the notional value, to the insurance fund, from what the position's margin leaves."""
    insurance_capital: Decimal
    """What the insurance fund begins with, in USDT."""
    client_ids_unique_for_ever: bool
    post_only_cross_cancels: bool
    fill_or_kill_cancels: bool
    priceless_market_cancels: bool
    reduce_only_truncates: bool
    child_keeps_id: bool
    single_close_position: bool
    mark_has_tick_decimals: bool
    max_open_orders: int
    """Per contract and account."""
    max_conditionals: int
    """Per account."""
    max_symbol_conditionals: int
    """Per contract and account, the position's own stops left out."""
    first_order_id: int
    first_conditional_id: int
    first_trade_id: int
    first_row_id: int
    first_uid: int

    @property
    def maker_rate(self) -> Decimal:
        """Return an ordinary customer's commission for an order that rested."""
        return self.tiers[0].maker

    @property
    def taker_rate(self) -> Decimal:
        """Return an ordinary customer's commission for an order that took."""
        return self.tiers[0].taker


PROFILES: Final[dict[str, ExchangeProfile]] = {
    "binance": ExchangeProfile(
        name="binance",
        tiers=_tiers(
            "0.02/0.05 0.016/0.04 0.014/0.035 0.012/0.032 0.01/0.03 0.008/0.027 0.006/0.025 "
            "0.004/0.022 0.002/0.02 0/0.017"
        ),
        liquidation_fee_rate=Decimal("0.0125"),
        insurance_capital=Decimal(1_000_000_000),
        client_ids_unique_for_ever=False,
        post_only_cross_cancels=False,
        fill_or_kill_cancels=False,
        priceless_market_cancels=False,
        reduce_only_truncates=False,
        child_keeps_id=False,
        single_close_position=True,
        mark_has_tick_decimals=False,
        max_open_orders=200,
        max_conditionals=200,
        max_symbol_conditionals=200,
        first_order_id=8_389_765_000,
        first_conditional_id=2_000_001_000,
        first_trade_id=691_700_000,
        first_row_id=9_689_322_000,
        first_uid=40_000_000,
    ),
    "bybit": ExchangeProfile(
        name="bybit",
        tiers=_tiers(
            "0.02/0.055 0.018/0.04 0.016/0.0375 0.014/0.035 0.012/0.032 0.01/0.032 0/0.03"
        ),
        liquidation_fee_rate=Decimal(0),
        insurance_capital=Decimal(10_000_000),
        client_ids_unique_for_ever=True,
        post_only_cross_cancels=True,
        fill_or_kill_cancels=True,
        priceless_market_cancels=True,
        reduce_only_truncates=True,
        child_keeps_id=True,
        single_close_position=False,
        mark_has_tick_decimals=True,
        max_open_orders=500,
        max_conditionals=500,
        max_symbol_conditionals=10,
        first_order_id=1_000_000,
        first_conditional_id=1_000_000,
        first_trade_id=5_000_000,
        first_row_id=70_000_000,
        first_uid=100_000_000,
    ),
}

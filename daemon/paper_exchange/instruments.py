"""The contracts that the paper exchange lists, with their true filters.

A hand-written table of facts: the paper exchange must not ask anybody, and it must not share the
product's own instrument code (a shared bug would cancel out). Prices and notional values are in
USDT, quantities in the base coin.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from daemon.paper_exchange.brackets import Bracket, binance_brackets, bybit_brackets

__all__ = ["FUNDING_INTERVAL_MS", "INSTRUMENTS", "Bracket", "InstrumentSpec"]

FUNDING_INTERVAL_MS: Final = 8 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class InstrumentSpec:
    """One linear perpetual: filters, bounds and leverage brackets."""

    symbol: str
    base: str
    quote: str
    tick_size: Decimal
    step_size: Decimal
    min_quantity: Decimal
    max_quantity: Decimal
    market_max_quantity: Decimal
    min_notional: Decimal
    price_precision: int
    quantity_precision: int
    min_price: Decimal
    max_price: Decimal
    multiplier_up: Decimal
    """A buy may not cost more than the mark price times this."""
    multiplier_down: Decimal
    """A sale may not ask less than the mark price times this."""
    brackets: tuple[Bracket, ...]
    max_leverage: Decimal
    market_take_bound: Decimal
    """How far from the mark price a market order may trade, as a fraction."""

    def bracket(self, notional: Decimal) -> Bracket:
        """Find the bracket that a position notional falls in; the last one has no upper end."""
        for bracket in self.brackets:
            if notional < bracket.cap:
                return bracket
        return self.brackets[-1]


# base, tick, step, smallest and largest quantity, largest market quantity, smallest notional,
# price and quantity precision, smallest and largest price.
# Source: https://fapi.binance.com/fapi/v1/exchangeInfo
_BINANCE_ROWS = """
BTC  0.10     0.001 0.001 1000     1000    100 2 3 556.80   1000000
ETH  0.01     0.001 0.001 10000    10000   20  2 3 39.86    100000
SOL  0.0010   0.01  0.01  10000000 20000   5   4 2 0.4130   6857
XRP  0.0001   0.1   0.1   1000000  1000000 5   4 1 0.0143   100000
BNB  0.010    0.01  0.01  100000   20000   5   3 2 6.600    100000
ADA  0.00010  1     1     10000000 3000000 5   5 0 0.01740  100000
DOGE 0.000010 1     1     10000000 5000000 5   6 0 0.002440 10
LTC  0.01     0.001 0.001 10000    10000   20  2 3 3.61     100000
LINK 0.001    0.01  0.01  100000   100000  20  3 2 0.464    100000
AVAX 0.0010   1     1     10000000 25000   5   4 0 0.3480   1000
"""

# Source: https://api.bybit.com/v5/market/instruments-info?category=linear
_BYBIT_ROWS = """
BTC  0.10     0.001 0.001 1190     119     5   2 3 0.10     1999999.80
ETH  0.01     0.01  0.01  7240     724     5   2 2 0.01     199999.98
SOL  0.010    0.1   0.1   79770    7977    5   3 1 0.010    19999.980
XRP  0.0001   0.1   0.1   6000000  600000  5   4 1 0.0001   199.9998
BNB  0.10     0.01  0.01  15700    1570    5   2 2 0.10     19999.80
ADA  0.0001   1     1     11000000 1100000 5   4 0 0.0001   199.9998
DOGE 0.00001  1     1     44000000 4400000 5   5 0 0.00001  19.99998
LTC  0.01     0.1   0.1   63000    6300    5   2 1 0.01     1999.98
LINK 0.001    0.1   0.1   300000   30000   5   3 1 0.001    1999.998
AVAX 0.001    0.1   0.1   230000   23000   5   3 1 0.001    1999.998
"""

# How far from the mark price an order may be, as the exchanges' percent-price filters.
_BINANCE_BAND = (Decimal("1.1500"), Decimal("0.8500"))
_BYBIT_BAND = (Decimal("1.05"), Decimal("0.95"))
_MARKET_TAKE_BOUND = Decimal("0.05")


def _read_row(
    row: str, brackets: dict[str, tuple[Bracket, ...]], band: tuple[Decimal, Decimal]
) -> InstrumentSpec:
    base, *words = row.split()
    symbol = f"{base}USDT"
    tick, step, least, most, market_most, notional = (Decimal(word) for word in words[:6])
    return InstrumentSpec(
        symbol=symbol,
        base=base,
        quote="USDT",
        tick_size=tick,
        step_size=step,
        min_quantity=least,
        max_quantity=most,
        market_max_quantity=market_most,
        min_notional=notional,
        price_precision=int(words[6]),
        quantity_precision=int(words[7]),
        min_price=Decimal(words[8]),
        max_price=Decimal(words[9]),
        multiplier_up=band[0],
        multiplier_down=band[1],
        brackets=brackets[symbol],
        max_leverage=brackets[symbol][0].max_leverage,
        market_take_bound=_MARKET_TAKE_BOUND,
    )


def _read_table(
    rows: str, brackets: dict[str, tuple[Bracket, ...]], band: tuple[Decimal, Decimal]
) -> dict[str, InstrumentSpec]:
    specs = (_read_row(row, brackets, band) for row in rows.strip().split("\n"))
    return {spec.symbol: spec for spec in specs}


def _symbols(rows: str) -> list[str]:
    return [f"{row.split()[0]}USDT" for row in rows.strip().split("\n")]


INSTRUMENTS: Final[dict[str, dict[str, InstrumentSpec]]] = {
    "binance": _read_table(
        _BINANCE_ROWS,
        {symbol: binance_brackets(symbol) for symbol in _symbols(_BINANCE_ROWS)},
        _BINANCE_BAND,
    ),
    "bybit": _read_table(
        _BYBIT_ROWS,
        {symbol: bybit_brackets(symbol) for symbol in _symbols(_BYBIT_ROWS)},
        _BYBIT_BAND,
    ),
}

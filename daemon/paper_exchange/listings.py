"""Changes of a listed contract: its filters, and its end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from daemon.paper_exchange.commands import ChangeInstrument
from daemon.paper_exchange.filters import decimals_of
from daemon.paper_exchange.instruments import INSTRUMENTS, InstrumentSpec
from daemon.paper_exchange.liquidation import settle_contract
from daemon.paper_exchange.state import ExchangeState

CHANGEABLE: Final = (
    "tick_size",
    "step_size",
    "min_quantity",
    "max_quantity",
    "market_max_quantity",
    "min_notional",
    "min_price",
    "max_price",
    "multiplier_up",
    "multiplier_down",
    "market_take_bound",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """How a contract differs from the built-in table."""

    values: dict[str, Decimal]
    trading: bool


def change_instrument(
    state: ExchangeState, command: ChangeInstrument, now_ms: int
) -> InstrumentSpec:
    """Change filters, or take the contract off the exchange and settle its positions.

    Raises:
        ValueError: not a filter, or not above zero.
    """
    market = state.market(command.symbol)
    for name, value in command.values.items():
        if name not in CHANGEABLE or value <= 0:
            raise ValueError(f"{name}={value} is not a filter; filters are {CHANGEABLE}")
    if market.trading and not command.trading:
        settle_contract(state, command.symbol, now_ms)
    apply_listing(state, command.symbol, Listing(values=command.values, trading=command.trading))
    return market.spec


def apply_listing(state: ExchangeState, symbol: str, listing: Listing) -> None:
    """Set a contract's filters and whether it trades."""
    market = state.markets[symbol]
    changes: dict[str, Any] = dict(listing.values)
    if "tick_size" in changes:
        changes["price_precision"] = decimals_of(changes["tick_size"])
    if "step_size" in changes:
        changes["quantity_precision"] = decimals_of(changes["step_size"])
    market.respecify(replace(market.spec, **changes))
    market.trading = listing.trading
    state.instruments[symbol] = market.spec


def changed_listings(state: ExchangeState) -> dict[str, Listing]:
    """Return the contracts that differ from the built-in table."""
    changed: dict[str, Listing] = {}
    for symbol, market in state.markets.items():
        built_in = INSTRUMENTS[state.profile.name][symbol]
        values = {
            name: getattr(market.spec, name)
            for name in CHANGEABLE
            if getattr(market.spec, name) != getattr(built_in, name)
        }
        if values or not market.trading:
            changed[symbol] = Listing(values=values, trading=market.trading)
    return changed

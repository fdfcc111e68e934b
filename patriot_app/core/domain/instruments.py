"""One contract of one exchange with its filters and leverage brackets."""

from dataclasses import dataclass
from decimal import Decimal

from patriot_app.core.domain.accounts import Exchange


@dataclass(frozen=True, slots=True)
class LeverageBracket:
    """Notional band [floor, cap): leverage cap and maintenance margin = notional * rate - deduction."""

    notional_floor: Decimal
    notional_cap: Decimal
    leverage_max: int
    maintenance_rate: Decimal
    deduction: Decimal


@dataclass(frozen=True, slots=True)
class Instrument:
    """Filters of a contract.

    Attributes:
        symbol: ours and the wire's, for example BTCUSDT.
        tick_size, step_size: grid of prices and quantities.
        market_quantity_max: largest market order.
        min_notional: USDT; reduce-only orders are exempt.
        contract_size: units of base per contract.
    """

    exchange: Exchange
    symbol: str
    base: str
    quote: str
    tick_size: Decimal
    step_size: Decimal
    quantity_min: Decimal
    quantity_max: Decimal
    market_quantity_max: Decimal
    min_notional: Decimal
    contract_size: Decimal
    leverage_max: int
    brackets: tuple[LeverageBracket, ...]
    is_trading: bool = True

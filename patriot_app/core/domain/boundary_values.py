"""What open positions were worth at a moment that nobody watched (FEES.md).

A key that was gone over the end of a month leaves no valuation there. Once it is back, the trades
and the market's own candles tell it; where they do not suffice, a person decides.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from patriot_app.core.domain.fills import FillReport
from patriot_app.core.domain.money import exact_sum
from patriot_app.core.domain.positions import position_of, unrealised_pnl

EVIDENCE_LENGTH_MIN = 10


class ValueSource(StrEnum):
    """Who says what positions were worth.

    Attributes:
        TRADES: every trade until then, at the close of the last minute of each contract.
        PERSON: somebody who gave evidence, approved by somebody else.
    """

    TRADES = "trades"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Contract:
    """What a contract is valued with.

    Attributes:
        close: of its last minute before the moment; None: no candle is kept.
    """

    contract_size: Decimal
    close: Decimal | None


@dataclass(frozen=True, slots=True)
class BoundaryValue:
    """Open profit at a moment, and what it was made of."""

    unrealised_pnl: Decimal
    evidence: str


def value_of(
    fills: Mapping[str, Iterable[FillReport]], contracts: Mapping[str, Contract]
) -> BoundaryValue | None:
    """Value what all trades until a moment left open; None where a price is missing.

    Args:
        fills: by symbol, oldest first, from an empty position on.
    """
    parts, worth = [], []
    for symbol, trades in sorted(fills.items()):
        contract = contracts[symbol]
        position = position_of(trades, contract_size=contract.contract_size)
        if position.quantity == 0:
            continue
        if contract.close is None:
            return None
        worth.append(
            unrealised_pnl(
                position, mark_price=contract.close, contract_size=contract.contract_size
            )
        )
        parts.append(
            f"{symbol} {position.quantity.normalize():f} at {contract.close.normalize():f}"
        )
    return BoundaryValue(exact_sum(worth), ", ".join(parts) or "nothing was open")

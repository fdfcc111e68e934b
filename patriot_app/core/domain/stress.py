"""Named shocks applied to the desk's books: what would be lost, by whom, and who would survive it.

* Market crash: every price falls by the shock; shorts gain. Below zero: every price rises.
* Volatility spike: every position moves against its holder by so many of its own daily standard
  deviations.
* Correlation breakdown: hedges stop hedging; every position moves against its holder by the shock.

What happens at once adds up, but a long never loses more than it is worth. An account survives when its equity after the loss still covers the maintenance margin it had.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from patriot_app.core.errors import Invalid

_ZERO = Decimal(0)


class StressKind(StrEnum):
    MARKET_CRASH = "market_crash"
    VOLATILITY_SPIKE = "volatility_spike"
    CORRELATION_BREAKDOWN = "correlation_breakdown"


class StressSeverity(StrEnum):
    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"


SHOCKS: Mapping[StressKind, Mapping[StressSeverity, Decimal]] = {
    StressKind.MARKET_CRASH: {
        StressSeverity.MILD: Decimal("0.10"),
        StressSeverity.MODERATE: Decimal("0.25"),
        StressSeverity.SEVERE: Decimal("0.50"),
    },
    StressKind.VOLATILITY_SPIKE: {
        StressSeverity.MILD: Decimal(2),
        StressSeverity.MODERATE: Decimal(4),
        StressSeverity.SEVERE: Decimal(6),
    },
    StressKind.CORRELATION_BREAKDOWN: {
        StressSeverity.MILD: Decimal("0.05"),
        StressSeverity.MODERATE: Decimal("0.10"),
        StressSeverity.SEVERE: Decimal("0.20"),
    },
}
"""Fractions of the price; of a volatility spike, daily standard deviations."""
DEVIATIONS_MAX = Decimal(20)


@dataclass(frozen=True, slots=True)
class StressedBook:
    """One account.

    Attributes:
        notionals: USDT by symbol, negative for shorts.
        maintenance_margin: USDT that the exchange wants kept.
    """

    account_id: UUID
    equity: Decimal
    maintenance_margin: Decimal
    notionals: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class StressResult:
    """What a shock does to the desk.

    Attributes:
        loss: USDT, net of what gains; negative if the desk gains.
        positions: that lose.
        survivors: accounts that would not be liquidated, of `accounts` with positions.
        unknown: symbols whose volatility is not known; a volatility spike leaves them out.
    """

    loss: Decimal
    positions: int
    accounts: int
    survivors: int
    unknown: tuple[str, ...]

    @property
    def survival_share(self) -> Decimal:
        """Share of the accounts with positions that survive; 1 if there are none."""
        return Decimal(self.survivors) / self.accounts if self.accounts else Decimal(1)


def validate_shock(kind: StressKind, shock: Decimal) -> None:
    """Check a shock.

    Raises:
        Invalid: out of range, under the name of its kind.
    """
    if kind is StressKind.MARKET_CRASH:
        is_possible = shock != 0 and abs(shock) <= 1
        rule = "Prices fall by up to 100 %, or rise by as much if it is below zero"
    elif kind is StressKind.VOLATILITY_SPIKE:
        is_possible = 0 < shock <= DEVIATIONS_MAX
        rule = f"Above 0 and at most {DEVIATIONS_MAX:f} daily deviations"
    else:
        is_possible = 0 < shock <= 1
        rule = "Above 0 and at most 100 %"
    if not is_possible:
        raise Invalid({kind.value: rule})


def apply(
    shocks: Mapping[StressKind, Decimal],
    books: Sequence[StressedBook],
    *,
    volatility: Mapping[str, Decimal],
) -> StressResult:
    """Apply shocks that happen at once to every book.

    Args:
        shocks: as fractions of the price; of a volatility spike, daily standard deviations.
        volatility: daily standard deviation by symbol, as a fraction; what is missing does not
            spike and is named.

    Raises:
        Invalid: no shock at all, or one out of range.
    """
    if not shocks:
        raise Invalid({"": "Give at least one shock"})
    for kind, shock in shocks.items():
        validate_shock(kind, shock)
    total, positions, accounts, survivors = _ZERO, 0, 0, 0
    unknown: set[str] = set()
    for book in books:
        lost = _ZERO
        for symbol, notional in book.notionals.items():
            if StressKind.VOLATILITY_SPIKE in shocks and symbol not in volatility:
                unknown.add(symbol)
            change = _loss(shocks, notional, volatility.get(symbol, _ZERO))
            lost += change
            positions += change > 0
        total += lost
        if book.notionals:
            accounts += 1
            survivors += book.equity - lost > book.maintenance_margin
    return StressResult(total, positions, accounts, survivors, tuple(sorted(unknown)))


def _loss(shocks: Mapping[StressKind, Decimal], notional: Decimal, daily: Decimal) -> Decimal:
    crash = shocks.get(StressKind.MARKET_CRASH, _ZERO)
    spike = min(shocks.get(StressKind.VOLATILITY_SPIKE, _ZERO) * daily, Decimal(1))
    breakdown = shocks.get(StressKind.CORRELATION_BREAKDOWN, _ZERO)
    lost = notional * crash + abs(notional) * (spike + breakdown)
    return min(lost, notional) if notional > 0 else lost

"""What a strategy made of the part of an account that it was given."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from patriot_app.core.domain.daily_returns import DayResult

ALL = UUID(int=0)
"""In the place of a strategy: nobody's, or all of them together."""
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class StrategyPart:
    """Booked amounts in USDT, signed as the wallet felt them; together the result."""

    realised: Decimal = _ZERO
    funding: Decimal = _ZERO
    commission: Decimal = _ZERO

    @property
    def total(self) -> Decimal:
        return self.realised + self.funding + self.commission

    def __add__(self, other: "StrategyPart") -> "StrategyPart":
        return StrategyPart(
            self.realised + other.realised,
            self.funding + other.funding,
            self.commission + other.commission,
        )


def strategy_day(account: DayResult, part: StrategyPart, *, share: Decimal) -> DayResult:
    """Return a strategy's day on an account: what was booked, on its share of the capital.

    Open profit is left out, since a position's mark belongs to no day's books; flows are none, for
    a share that grows is capital and no gain.

    Args:
        share: 0 <= share <= 1, of the account's equity.
    """
    assert 0 <= share <= 1
    return DayResult(
        account.day, account.equity * share, _ZERO, part.total, account.capital * share
    )

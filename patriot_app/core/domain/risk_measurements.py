"""What an account's risk is now, beside its limits: one figure for each limit, and one score."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from uuid import UUID

from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.risk_limits import MEASURED, Effective, LimitName
from patriot_app.core.domain.value_at_risk import BookRisk, largest_correlation

ORDERS_MIN = 5
"""Orders within ten minutes below which no error rate is told."""
PARTICIPATION = Decimal("0.1")
"""Share of a day's volume that we would be when closing."""
CORRELATES_FROM = Decimal("0.3")
"""Share of the equity from which a position counts when we ask what moves together."""
_ZERO, _ONE = Decimal(0), Decimal(1)
_FULLEST, _ALL = Decimal("0.7"), Decimal("0.3")


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What the measurement reads of an account; None means that we do not know.

    Attributes:
        notionals: USDT by symbol, negative for shorts.
        day_volumes: USDT traded of each symbol within the last day, where known.
        orders, errors: sent within ten minutes, and those refused or of unknown outcome.
    """

    account_id: UUID
    client_id: UUID
    shard: int
    exchange: Exchange
    mode: AccountMode
    equity: Decimal | None
    day_opening_equity: Decimal | None
    peak_equity: Decimal | None
    maintenance_margin: Decimal | None
    notionals: Mapping[str, Decimal] = field(default_factory=dict)
    day_volumes: Mapping[str, Decimal] = field(default_factory=dict)
    orders: int = 0
    errors: int = 0


@dataclass(frozen=True, slots=True)
class Measurement:
    """An account's figures.

    Attributes:
        values: by limit, in the limit's unit; what is missing is not known.
        score: 0 to 100, see `risk_score`.
    """

    facts: AccountFacts
    risk: BookRisk | None
    values: Mapping[LimitName, Decimal]
    score: int


def measure_account(
    facts: AccountFacts, risk: BookRisk | None, limits: Mapping[LimitName, Effective]
) -> Measurement:
    """Put an account's figures together."""
    values = _values(facts, risk)
    return Measurement(facts, risk, values, risk_score(values, limits))


def risk_score(values: Mapping[LimitName, Decimal], limits: Mapping[LimitName, Effective]) -> int:
    """Return 0 (nothing used) to 100 (every limit reached).

    70 points are the fullest limit's share in use, 30 the mean share of all that are measured; a
    share counts up to 1, and the score is rounded half to even. So 70 and more means that at least
    one limit is reached, or that nearly all are nearly full.
    """
    shares = [
        min(max(values[name], _ZERO) / found.value, _ONE)
        for name, found in limits.items()
        if name in MEASURED and name in values and found.value is not None
    ]
    if not shares:
        return 0
    whole = _FULLEST * max(shares) + _ALL * sum(shares, _ZERO) / len(shares)
    return int((whole * 100).quantize(_ONE, rounding=ROUND_HALF_EVEN))


def days_to_liquidate(
    notionals: Mapping[str, Decimal], day_volumes: Mapping[str, Decimal]
) -> Decimal | None:
    """Return the days that closing takes as a tenth of the volume; None if a volume is unknown."""
    days = _ZERO
    for symbol, notional in notionals.items():
        volume = day_volumes.get(symbol)
        if not volume:
            return None
        days = max(days, abs(notional) / (volume * PARTICIPATION))
    return days


def _values(facts: AccountFacts, risk: BookRisk | None) -> dict[LimitName, Decimal]:
    held = [abs(notional) for notional in facts.notionals.values() if notional]
    gross, largest = sum(held, _ZERO), max(held, default=_ZERO)
    equity = facts.equity
    found: dict[LimitName, Decimal | None] = {
        LimitName.POSITION_NOTIONAL: largest,
        LimitName.OPEN_POSITIONS: Decimal(len(held)),
        LimitName.LIQUIDITY_DAYS: days_to_liquidate(facts.notionals, facts.day_volumes),
        LimitName.CORRELATION: _correlation(risk, held, equity),
    }
    if facts.orders >= ORDERS_MIN:
        found[LimitName.ERROR_RATE] = Decimal(facts.errors) / facts.orders
    if equity is not None:
        found[LimitName.DAILY_LOSS_FRACTION] = _fall(facts.day_opening_equity, equity)
        found[LimitName.DRAWDOWN_FRACTION] = _fall(facts.peak_equity, equity)
    if equity is not None and equity > 0:
        found[LimitName.LEVERAGE] = gross / equity
        found[LimitName.CONCENTRATION] = largest / equity
        var = _value_at_risk(risk, held)
        found[LimitName.VAR_95_FRACTION] = None if var is None else var / equity
    ratio = _margin_ratio(facts, is_flat=not held)
    for name in (LimitName.MARGIN_RATIO, LimitName.MARGIN_REDUCE, LimitName.MARGIN_EXIT):
        found[name] = ratio
    return {name: value for name, value in found.items() if value is not None}


def _correlation(
    risk: BookRisk | None, held: Sequence[Decimal], equity: Decimal | None
) -> Decimal | None:
    """Return the largest correlation of two positions that are large; all are without equity."""
    if len(held) < 2:
        return _ZERO
    if risk is None or equity is None:
        return None
    return largest_correlation(risk, counts_from=max(equity, _ZERO) * CORRELATES_FROM)


def _value_at_risk(risk: BookRisk | None, held: Sequence[Decimal]) -> Decimal | None:
    if not held:
        return _ZERO
    return None if risk is None else risk.historical_95.var


def _margin_ratio(facts: AccountFacts, *, is_flat: bool) -> Decimal | None:
    """Return maintenance margin over equity; without equity it is 1, which means liquidation."""
    if is_flat:
        return _ZERO
    if facts.maintenance_margin is None or facts.equity is None:
        return None
    return facts.maintenance_margin / facts.equity if facts.equity > 0 else _ONE


def _fall(reference: Decimal | None, equity: Decimal) -> Decimal | None:
    if reference is None or reference <= 0:
        return None
    return max((reference - equity) / reference, _ZERO)

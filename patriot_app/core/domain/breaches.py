"""Breaches of measured limits: how grave each is, what it calls for, and how it ends.

LOW records; MEDIUM tells; HIGH pauses entries and CRITICAL closes or halves what is held, and both
stand until a person has acknowledged them. A limit may say otherwise for itself; what each response
does is told in `breach_acts`. (Entries beyond a limit are denied by the review of orders anyway.)
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from patriot_app.core.domain.risk_limits import (
    COUNTS,
    MARGIN_STEPS,
    MEASURED,
    BreachReach,
    Effective,
    LimitName,
    Response,
)


class BreachSeverity(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class BreachState(StrEnum):
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


BREACH_TRANSITIONS: dict[BreachState, frozenset[BreachState]] = {
    BreachState.OPEN: frozenset({BreachState.ACKNOWLEDGED, BreachState.RESOLVED}),
    BreachState.ACKNOWLEDGED: frozenset({BreachState.RESOLVED}),
    BreachState.RESOLVED: frozenset(),
}


SEVERITY: Mapping[LimitName, BreachSeverity] = {
    LimitName.CORRELATION: BreachSeverity.LOW,
    LimitName.LIQUIDITY_DAYS: BreachSeverity.LOW,
    LimitName.POSITION_NOTIONAL: BreachSeverity.MEDIUM,
    LimitName.LEVERAGE: BreachSeverity.MEDIUM,
    LimitName.OPEN_POSITIONS: BreachSeverity.MEDIUM,
    LimitName.CONCENTRATION: BreachSeverity.MEDIUM,
    LimitName.VAR_95_FRACTION: BreachSeverity.MEDIUM,
    LimitName.MARGIN_RATIO: BreachSeverity.MEDIUM,
    LimitName.DAILY_LOSS_FRACTION: BreachSeverity.HIGH,
    LimitName.ERROR_RATE: BreachSeverity.HIGH,
    LimitName.DRAWDOWN_FRACTION: BreachSeverity.CRITICAL,
    LimitName.MARGIN_REDUCE: BreachSeverity.CRITICAL,
    LimitName.MARGIN_EXIT: BreachSeverity.CRITICAL,
}
_AT_LIMIT = frozenset(
    {
        LimitName.DAILY_LOSS_FRACTION,
        LimitName.DRAWDOWN_FRACTION,
        LimitName.MARGIN_REDUCE,
        LimitName.MARGIN_EXIT,
    }
)
"""Breached when the limit is reached; the others when it is passed."""
_USUAL = {
    BreachSeverity.LOW: Response.NONE,
    BreachSeverity.MEDIUM: Response.NOTIFY,
    BreachSeverity.HIGH: Response.PAUSE,
    BreachSeverity.CRITICAL: Response.FLATTEN,
}
_REDUCING = {LimitName.MARGIN_REDUCE: Response.HALVE}
CLEARS_AT = Decimal("0.9")
"""A breach is over at this share of its limit, so that a figure at the limit does not flap; a count
is over within its limit."""
_OVER_WHEN_UNKNOWN = frozenset({LimitName.ERROR_RATE})
"""Too few orders tell no rate: then nothing fails any more. Any other unknown figure stands."""


@dataclass(frozen=True, slots=True)
class Excess:
    """A measured figure beyond its limit."""

    name: LimitName
    value: Decimal
    limit: Decimal
    origin: str
    severity: BreachSeverity
    response: Response
    reach: BreachReach = BreachReach.ACCOUNT


def excesses(
    values: Mapping[LimitName, Decimal], limits: Iterable[Effective]
) -> tuple[Excess, ...]:
    """Return what is beyond its limit, in the order of the limits."""
    found = []
    for one in limits:
        value = values.get(one.name)
        if one.name not in MEASURED or value is None or one.value is None:
            continue
        if value > one.value or (one.name in _AT_LIMIT and value == one.value):
            found.append(_excess(one, value, one.value))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Judged:
    """An account's figures beside its limits.

    Attributes:
        excesses: beyond their limits.
        over: limits whose breaches have ended, were there any.
    """

    excesses: tuple[Excess, ...]
    over: frozenset[LimitName]


def judge(values: Mapping[LimitName, Decimal], limits: Mapping[LimitName, Effective]) -> Judged:
    """Say what is beyond its limit now, and what is far enough within it to be over."""
    over = frozenset(
        name for name, one in limits.items() if is_over(name, values.get(name), one.value)
    )
    return Judged(excesses(values, limits.values()), over)


def response_of(name: LimitName, action: Response | None) -> Response:
    """Return what a breach of a limit calls for.

    Args:
        action: that is set on the limit, None for the usual; the margin's steps have their own.
    """
    if action is not None and name not in MARGIN_STEPS:
        return action
    return _REDUCING.get(name, _USUAL[SEVERITY[name]])


def is_over(name: LimitName, value: Decimal | None, limit: Decimal | None) -> bool:
    """Tell whether a breach has ended, as far as its figure goes.

    Args:
        value: None if it is not known now.
        limit: that counts now; None if nothing limits it any more.
    """
    if limit is None:
        return True
    if value is None:
        return name in _OVER_WHEN_UNKNOWN
    return value <= (limit if name in COUNTS else limit * CLEARS_AT)


def needs_acknowledgement(severity: BreachSeverity) -> bool:
    """Tell whether a person must have seen a breach before it is over."""
    return severity in {BreachSeverity.HIGH, BreachSeverity.CRITICAL}


def _excess(limit: Effective, value: Decimal, most: Decimal) -> Excess:
    return Excess(
        name=limit.name,
        value=value,
        limit=most,
        origin=limit.origin,
        severity=SEVERITY[limit.name],
        response=response_of(limit.name, limit.action),
        reach=limit.reach,
    )

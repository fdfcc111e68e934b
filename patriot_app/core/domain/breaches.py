"""Breaches of measured limits: how grave each is, what it calls for, and how it ends.

LOW records; MEDIUM tells; HIGH calls for a pause and CRITICAL for closing or halving what is held, and
both stand until a person has acknowledged them. The call is told with the breach; a person carries
it out. (Entries beyond a limit are denied by the review of orders, whoever looks.)
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from patriot_app.core.domain.risk_limits import MEASURED, BreachAction, Effective, LimitName


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


class Response(StrEnum):
    """What a breach calls for; each contains the one before it."""

    NONE = "none"
    PAUSE = "pause"
    HALVE = "halve"
    FLATTEN = "flatten"


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
_FIXED = {LimitName.MARGIN_REDUCE: Response.HALVE, LimitName.MARGIN_EXIT: Response.FLATTEN}


@dataclass(frozen=True, slots=True)
class Excess:
    """A measured figure beyond its limit."""

    name: LimitName
    value: Decimal
    limit: Decimal
    origin: str
    severity: BreachSeverity
    response: Response


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


def response_of(name: LimitName, action: BreachAction) -> Response:
    """Return what a breach of a limit calls for.

    Args:
        action: that is set on the limit, for a critical one; the margin's steps have their own.
    """
    severity = SEVERITY[name]
    if severity is BreachSeverity.HIGH:
        return Response.PAUSE
    if severity is BreachSeverity.CRITICAL:
        return _FIXED.get(name, Response(action.value))
    return Response.NONE


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
    )

"""Measured limits that were passed, and who saw it."""

from dataclasses import dataclass
from decimal import Decimal

from patriot_app.core.domain.events.base import AccountEvent

__all__ = ["RiskBreachAcknowledged", "RiskBreachFound", "RiskBreachResolved"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskBreachFound(AccountEvent):
    """A figure is beyond its limit; the response is what it calls for."""

    name: str
    grade: str
    value: Decimal
    limit: Decimal
    response: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskBreachAcknowledged(AccountEvent):
    """A person has seen it, and says whether it was a false alarm."""

    name: str
    note: str
    is_false_alarm: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskBreachResolved(AccountEvent):
    """The figure is within its limit again, and whoever had to see it has seen it."""

    name: str
    worst: Decimal

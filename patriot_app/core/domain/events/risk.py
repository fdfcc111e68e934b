"""Measured limits that were passed, and who saw it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from patriot_app.core.domain.events.base import AccountEvent, Event, Severity

__all__ = [
    "LimitOverridden",
    "LimitOverrideEnded",
    "RiskBreachAcknowledged",
    "RiskBreachActed",
    "RiskBreachFound",
    "RiskBreachResolved",
    "RiskBreachesFound",
]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskBreachActed(AccountEvent):
    """What the desk did about a breach, once; refused says why it could not."""

    name: str
    label: str
    figures: str
    response: str
    did: str
    refused: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskBreachesFound(Event):
    """New breaches of one limit, told together."""

    name: str
    grade: str
    accounts: int
    summary: str
    did: str

    @property
    def severity(self) -> Severity:
        return _SEVERITY_OF_GRADE.get(self.grade, Severity.NOTICE)


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitOverridden(Event):
    """A limit stands in for the others of its name until it expires."""

    scope: str
    scope_id: str
    name: str
    value: Decimal
    expires_at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitOverrideEnded(Event):
    """An override is over: it expired, or somebody ended or replaced it."""

    scope: str
    scope_id: str
    name: str
    value: Decimal
    reason: str


_SEVERITY_OF_GRADE = {
    "medium": Severity.NOTICE,
    "high": Severity.WARNING,
    "critical": Severity.CRITICAL,
}

"""Windows in which an exchange is closed for maintenance.

Mode "" means every mode of the exchange; an end that nobody knows is missing.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from patriot_app.core.domain.events.base import AccountEvent, Event

__all__ = [
    "MaintenanceBegan",
    "MaintenanceBeganUnexpectedly",
    "MaintenanceChanged",
    "MaintenanceEndAsked",
    "MaintenanceEnded",
    "MaintenanceExitDecided",
    "MaintenanceOverran",
    "MaintenancePlanned",
    "MaintenanceWithdrawn",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenancePlanned(Event):
    """Source: the exchange announced it, or an operator entered it."""

    exchange: str
    mode: str
    starts_at: datetime
    ends_at: datetime | None
    source: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceChanged(Event):
    """Its times are others than before."""

    exchange: str
    mode: str
    starts_at: datetime
    ends_at: datetime | None
    previous_starts_at: datetime
    previous_ends_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceWithdrawn(Event):
    """It was called off before it began."""

    exchange: str
    mode: str
    starts_at: datetime
    ends_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceEndAsked(Event):
    """An operator ends it, whatever its exchange says of it."""

    exchange: str
    mode: str
    starts_at: datetime
    ends_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceBegan(Event):
    """As it was told before: from now on nothing is sent to this exchange."""

    exchange: str
    mode: str
    starts_at: datetime
    ends_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceBeganUnexpectedly(Event):
    """The exchange says that it is under maintenance, and nobody had known."""

    exchange: str
    mode: str
    starts_at: datetime
    ends_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceOverran(Event):
    """Its end has passed and the exchange says that it goes on."""

    exchange: str
    mode: str
    starts_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceEnded(Event):
    """So many accounts are read afresh before they open anything again."""

    exchange: str
    mode: str
    starts_at: datetime
    ends_at: datetime | None
    accounts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceExitDecided(AccountEvent):
    """A position is closed or made smaller before a window, as its strategy says.

    Attributes:
        decision: reduce or close.
    """

    symbol: str
    window_id: UUID
    decision: str

"""Incidents and those who are woken for them."""

from dataclasses import dataclass

from patriot_app.core.domain.events.base import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentOpened(Event):
    """Again: it was mitigated and came back."""

    kind: str
    title: str
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentMitigated(Event):
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentPaged(Event):
    """People of a level were told; none: nobody is left to be told."""

    kind: str
    level: int
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentAcknowledged(Event):
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentWritten(Event):
    """Somebody changed what is known of it."""

    root_cause: str
    follow_ups: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentClosed(Event):
    root_cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactSet(Event):
    """A person to be woken was added or changed."""

    name: str
    channel: str
    level: int
    hours: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRemoved(Event):
    name: str
    reason: str

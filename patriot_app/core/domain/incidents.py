"""Incidents: what went badly wrong, who was woken, who saw to it, and what was learnt.

An incident opens by itself, is mitigated by itself when its cause is gone, and is closed by a
person who has written down why it happened.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from uuid import UUID

from patriot_app.core.domain.halts import HaltLevel


class IncidentKind(StrEnum):
    """What happened; of each but a halt there is one open at a time, whatever it concerns."""

    HALT = "halt"
    COLD_MODE = "cold_mode"
    UNPROTECTED = "unprotected"
    PARKED = "parked"
    NOT_TRADING = "not_trading"
    KEY_LOST = "key_lost"
    MAINTENANCE = "maintenance"


class IncidentState(StrEnum):
    OPEN = "open"
    MITIGATED = "mitigated"
    CLOSED = "closed"


TRANSITIONS: dict[IncidentState, frozenset[IncidentState]] = {
    IncidentState.OPEN: frozenset({IncidentState.MITIGATED}),
    # What comes back opens the same incident again, and its pages begin anew.
    IncidentState.MITIGATED: frozenset({IncidentState.OPEN, IncidentState.CLOSED}),
    IncidentState.CLOSED: frozenset(),
}

KIND_OF_EVENT: Mapping[str, IncidentKind] = {
    "HaltRaised": IncidentKind.HALT,
    "ColdModeEntered": IncidentKind.COLD_MODE,
    "PositionUnprotected": IncidentKind.UNPROTECTED,
    "AccountParked": IncidentKind.PARKED,
    "CredentialQuarantined": IncidentKind.KEY_LOST,
    "CredentialDidNotOpen": IncidentKind.KEY_LOST,
    "MaintenanceBeganUnexpectedly": IncidentKind.MAINTENANCE,
    "MaintenanceOverran": IncidentKind.MAINTENANCE,
}
"""Facts that open an incident."""
TITLES: Mapping[IncidentKind, str] = {
    IncidentKind.HALT: "Kill switch raised",
    IncidentKind.COLD_MODE: "Cold mode: the database is in doubt",
    IncidentKind.UNPROTECTED: "A position stands without its stop",
    IncidentKind.PARKED: "An account is parked unexplained",
    IncidentKind.NOT_TRADING: "The desk does not trade",
    IncidentKind.KEY_LOST: "A key does not work: its account cannot even be closed",
    IncidentKind.MAINTENANCE: "Maintenance of an exchange that nobody had told",
}
HALT_LEVEL_MIN = HaltLevel.CANCEL_ENTRIES
"""Milder halts are daily business and open nothing."""
TOPIC = "incidents"
"""What pages listen to."""
CHANNELS = ("email",)
LEVELS_MAX = 5


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to wake.

    Attributes:
        level: 1 is woken first.
        hours_from, hours_to: UTC; the same for both is the whole day, from after to is the night.
    """

    id: UUID
    name: str
    channel: str
    address: str
    level: int
    hours_from: time
    hours_to: time


def is_on_duty(contact: Contact, now: datetime) -> bool:
    """Tell whether a contact may be woken now."""
    start, end = contact.hours_from, contact.hours_to
    if start == end:
        return True
    moment = now.timetz().replace(tzinfo=None)
    if start < end:
        return start <= moment < end
    return moment >= start or moment < end


def next_level(
    contacts: Iterable[Contact], *, after: int, now: datetime
) -> tuple[int, tuple[Contact, ...]] | None:
    """Return the next level with somebody on duty, and them; None if nobody is left.

    A level whose people are all off duty is passed over at once: nobody waits for a sleeper.
    """
    awake = [one for one in contacts if one.level > after and is_on_duty(one, now)]
    if not awake:
        return None
    level = min(one.level for one in awake)
    return level, tuple(one for one in awake if one.level == level)

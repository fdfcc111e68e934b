"""What read models take from recorded events: pure functions from facts to rows.

Each event is taken in once and in the order of its stream; streams come in any order, so a read
model must not depend on the order between streams.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from uuid import UUID

from patriot_app.core.domain.events import (
    AccountStatusChanged,
    DeploymentStatusChanged,
    Event,
    UserStatusChanged,
)


class ProjectionState(StrEnum):
    RUNNING = "running"
    REBUILDING = "rebuilding"
    FAILED = "failed"


PROJECTION_TRANSITIONS = {
    ProjectionState.RUNNING: frozenset({ProjectionState.REBUILDING, ProjectionState.FAILED}),
    ProjectionState.REBUILDING: frozenset({ProjectionState.RUNNING, ProjectionState.FAILED}),
    ProjectionState.FAILED: frozenset({ProjectionState.REBUILDING}),
}


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as it stands in the record: the fact, who told it, when and where."""

    id: UUID
    stream: str
    sequence: int
    fact: Event
    actor: str
    surface: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class StatusChange:
    """A status that began with an event."""

    event_id: UUID
    object_kind: str
    object_id: UUID
    previous: str
    status: str
    reason: str
    actor: str
    since: datetime


def count_days(events: Iterable[Recorded]) -> Counter[tuple[date, str, str]]:
    """Return how many events there are by day (UTC), kind and surface."""
    return Counter(
        (event.recorded_at.astimezone(UTC).date(), event.fact.type, event.surface)
        for event in events
    )


def status_changes(events: Iterable[Recorded]) -> list[StatusChange]:
    """Return the changes of status among events."""
    found = []
    for event in events:
        match event.fact:
            case UserStatusChanged(client_id=subject):
                kind = "person"
            case AccountStatusChanged(account_id=subject):
                kind = "account"
            case DeploymentStatusChanged(deployment_id=subject):
                kind = "deployment"
            case _:
                continue
        found.append(
            StatusChange(
                event_id=event.id,
                object_kind=kind,
                object_id=subject,
                previous=event.fact.previous,
                status=event.fact.status,
                reason=event.fact.reason,
                actor=event.actor,
                since=event.recorded_at,
            )
        )
    return found

"""Who was refused what, what two persons decided, and who holds which roles."""

from dataclasses import dataclass
from datetime import datetime

from patriot_app.core.domain.events.base import ClientEvent, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRefused(Event):
    """Somebody tried what he may not.

    Attributes:
        what: handler, route or service.
        objects: ids that came with it.
        left_out: further attempts since the last one that was written down.
    """

    what: str
    why: str
    objects: tuple[str, ...]
    left_out: int

    @property
    def stream(self) -> str:
        return "refusals"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalMade(Event):
    kind: str
    about: str
    changes: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalDecided(Event):
    """A proposal was approved, rejected, withdrawn, is too old, or could not be carried out.

    Attributes:
        is_solo: its proposer approved it himself on a desk of one person.
    """

    kind: str
    about: str
    state: str
    reason: str
    is_solo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RolesChanged(ClientEvent):
    """A member of the staff got other roles; `client_id` is his own."""

    previous: tuple[str, ...]
    roles: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditAccessGiven(ClientEvent):
    """An auditor may read everything until then; `client_id` is his own."""

    until: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactorReset(ClientEvent):
    """The desk removed a second factor that its person had lost; he sets up another."""

    reason: str

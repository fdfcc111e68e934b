"""How customers bring others."""

from dataclasses import dataclass
from uuid import UUID

from patriot_app.core.domain.events.base import ClientEvent

__all__ = ["ReferralCodeIssued", "ReferralRecorded"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralCodeIssued(ClientEvent):
    """A customer has a code by which he recommends the desk."""

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralRecorded(ClientEvent):
    """A person registered with another's code; it is never changed."""

    referrer_id: UUID
    code: str

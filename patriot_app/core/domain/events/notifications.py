"""What people chose to hear, and the delivery of it."""

from dataclasses import dataclass

from patriot_app.core.domain.events.base import ClientEvent, Event

__all__ = ["DeliveryRetried", "NotificationSettingsChanged"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationSettingsChanged(ClientEvent):
    """A person chose what he hears, where or when."""

    changes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRetried(Event):
    """Somebody let a message be sent again that was given up."""

    channel: str
    title: str

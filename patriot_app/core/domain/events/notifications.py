"""What people chose to hear, and the delivery of it."""

from dataclasses import dataclass
from datetime import datetime

from patriot_app.core.domain.events.base import ClientEvent, Event

__all__ = [
    "DeliveryResumed",
    "DeliveryRetried",
    "DeliveryStopped",
    "NotificationSettingsChanged",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationSettingsChanged(ClientEvent):
    """A person chose what he hears, where or when."""

    changes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRetried(Event):
    """Somebody let a message be sent again that was given up."""

    channel: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryStopped(Event):
    """Nothing left by a channel for minutes though something waits."""

    channel: str
    waiting: int
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryResumed(Event):
    """Messages leave by a channel again."""

    channel: str

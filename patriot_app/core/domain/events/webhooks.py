"""The desk's programs that hear what its staff hears."""

from dataclasses import dataclass

from patriot_app.core.domain.events.base import Event

__all__ = [
    "WebhookAdded",
    "WebhookSecretRotated",
    "WebhookStatusChanged",
    "WebhookSwitchedOff",
    "WebhookTested",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookAdded(Event):
    """Somebody registered an endpoint; its path may be a secret of its own and is not told."""

    name: str
    host: str
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSecretRotated(Event):
    """Calls are signed with another secret from now on."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookStatusChanged(Event):
    """Somebody paused, resumed or deleted an endpoint."""

    name: str
    previous: str
    status: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSwitchedOff(Event):
    """An endpoint took nothing for long, or said that it is gone: it is called no more."""

    name: str
    host: str
    reason: str
    given_up: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookTested(Event):
    """Somebody had a call sent to see whether it arrives."""

    name: str

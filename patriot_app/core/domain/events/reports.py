"""Performance reports on a schedule."""

from dataclasses import dataclass

from patriot_app.core.domain.events.base import ClientEvent

__all__ = ["ReportMade", "ReportSubscribed", "ReportUnsubscribed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSubscribed(ClientEvent):
    """Somebody gets a report from now on; `client_id` is the recipient, staff too."""

    about: str
    cadence: str
    format: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportUnsubscribed(ClientEvent):
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportMade(ClientEvent):
    """A report is ready under a link that asks for signing in."""

    about: str
    period: str
    link: str

"""Rows that several kit components show; all text, made on the server."""

from dataclasses import dataclass, field

from patriot_app.web.format import Moment


@dataclass(frozen=True, slots=True)
class Toast:
    """One piece of news.

    Attributes:
        tone: positive, danger or info (still running).
        href: where to see more; empty: nowhere.
    """

    id: str
    title: str
    detail: str = ""
    tone: str = "positive"
    href: str = ""


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One event of an object's history."""

    id: str
    title: str
    detail: str = ""
    tone: str = "neutral"
    at: Moment = field(default_factory=Moment)


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a select whose options are data."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Share:
    """One part of a progress bar: percent is CSS ("37.5%")."""

    percent: str
    tone: str = "accent"

"""Sign-ins and refusals, all text."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from patriot_app.core.domain.devices import device_name
from patriot_app.core.queries.sign_ins import (
    RefusedAddress,
    SignInDay,
    SignInSummary,
    SignInTry,
)
from patriot_app.web import format
from patriot_app.web.format import Figure, Moment
from patriot_app.web.theme import Tone

OUTCOMES: dict[str, tuple[Tone, str]] = {
    "in": ("positive", "Signed in"),
    "refused": ("danger", "Refused"),
}
STRANGER = "Nobody of this desk"


@dataclass(frozen=True, slots=True)
class TryRow:
    """One time that somebody came in or was refused."""

    id: str
    who: str
    outcome: str
    address: str
    detail: str
    at: Moment


@dataclass(frozen=True, slots=True)
class Totals:
    """The figures at the top of the page."""

    sessions: str = ""
    people: str = ""
    programs: str = ""
    in_hour: str = ""
    in_day: str = ""
    failed_hour: Figure = field(default_factory=Figure)
    failed_day: str = ""


def try_row(one: SignInTry, *, now: datetime) -> TryRow:
    """Show one of them."""
    detail = device_name(one.user_agent or "") if one.succeeded else format.label(one.reason or "")
    return TryRow(
        id=str(one.id),
        who=one.name or STRANGER,
        outcome="in" if one.succeeded else "refused",
        address=one.ip or format.EMPTY,
        detail=detail,
        at=format.moment(one.at, now=now),
    )


def totals(summary: SignInSummary) -> Totals:
    """Show the figures."""
    return Totals(
        sessions=format.count(summary.sessions),
        people=f"of {format.count(summary.people)} people",
        programs=format.count(summary.keys),
        in_hour=format.count(summary.in_hour),
        in_day=f"{format.count(summary.in_day)} in 24 h",
        failed_hour=Figure(
            text=format.count(summary.failed_hour),
            tone="negative" if summary.failed_hour else "neutral",
        ),
        failed_day=f"{format.count(summary.failed_day)} in 24 h",
    )


def day_facts(days: Sequence[SignInDay]) -> list[tuple[str, str]]:
    """Show the days, newest first."""
    return [
        (
            f"{one.day:%a %d %b}",
            f"{format.count(one.signed_in)} signed in, {format.count(one.failed)} refused",
        )
        for one in days
    ]


def address_facts(addresses: Sequence[RefusedAddress], *, now: datetime) -> list[tuple[str, str]]:
    """Show where failures came from."""
    return [
        (
            one.ip or format.EMPTY,
            f"{format.count(one.failures)} refused, last {format.moment(one.newest, now=now).ago}",
        )
        for one in addresses
    ]

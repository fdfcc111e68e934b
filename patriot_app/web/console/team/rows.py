"""The team's lines and one member's facts, all text."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from patriot_app.core.domain.permissions import Role
from patriot_app.core.queries.staff import StaffMember
from patriot_app.web import format
from patriot_app.web.format import Moment
from patriot_app.web.parts.addresses_wished import wished_text
from patriot_app.web.theme import Tone

INVITED, OVER = "invited", "over"
STATUSES: dict[str, tuple[Tone, str]] = {
    "active": ("positive", "Active"),
    INVITED: ("warning", "Invited"),
    OVER: ("neutral", "Time is over"),
    "suspended": ("danger", "Suspended"),
    "closed": ("neutral", "Closed"),
}
FACTORS: dict[str, tuple[Tone, str]] = {
    "on": ("positive", "On"),
    "off": ("warning", "Not set up"),
}
ROLES = {
    Role.SUPPORT.value: "Support",
    Role.FUND_MANAGER.value: "Fund manager",
    Role.COMPLIANCE.value: "Compliance",
    Role.ADMIN.value: "Administrator",
    Role.AUDITOR.value: "Auditor",
}


@dataclass(frozen=True, slots=True)
class MemberRow:
    """Somebody who works here or audits.

    Attributes:
        state: what decides whether he can come in; `status` is as stored.
        held: his roles as stored.
        until: the last day of an auditor's access, for a form.
        waiting: what waits for a second person.
        address: the address that he asked for, in words.
    """

    id: str = ""
    name: str = ""
    email: str = ""
    status: str = ""
    state: str = ""
    reason: str = ""
    roles: str = ""
    held: list[str] = field(default_factory=list)
    factor: str = ""
    until: str = ""
    ends: Moment = field(default_factory=Moment)
    came: Moment = field(default_factory=Moment)
    since: Moment = field(default_factory=Moment)
    sessions: str = ""
    waiting: str = ""
    address: str = ""
    is_me: bool = False


def member_row(member: StaffMember, *, now: datetime, me: object) -> MemberRow:
    """Show one of them."""
    return MemberRow(
        id=str(member.id),
        name=member.name,
        email=member.email,
        status=member.status,
        state=_state(member, now=now),
        reason=member.status_reason if member.status == "suspended" else "",
        roles=", ".join(ROLES.get(role, role) for role in member.roles),
        held=list(member.roles),
        factor="on" if member.has_second_factor else "off",
        until=_last_day(member.access_until),
        ends=format.moment(member.access_until, now=now),
        came=format.moment(member.last_sign_in_at, now=now),
        since=format.moment(member.created_at, now=now),
        sessions=format.count(member.sessions),
        waiting=_waiting(member.proposals),
        address=wished_text(member.email_wished),
        is_me=member.id == me,
    )


def _state(member: StaffMember, *, now: datetime) -> str:
    if member.status != "active":
        return member.status
    if member.access_until is not None and member.access_until <= now:
        return OVER
    return member.status if member.has_password else INVITED


def _last_day(until: datetime | None) -> str:
    """Return the day that is still included; access ends with the night after it."""
    return "" if until is None else f"{until - timedelta(seconds=1):%Y-%m-%d}"


def _waiting(proposals: int) -> str:
    if not proposals:
        return ""
    return f"{format.plural(proposals, 'proposal')} about this person wait under Approvals"

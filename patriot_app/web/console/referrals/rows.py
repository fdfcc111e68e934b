"""Who recommended the desk to whom, as text."""

from dataclasses import dataclass, field
from datetime import datetime

from patriot_app.core.queries.referrals import ReferralView
from patriot_app.web import format
from patriot_app.web.format import Moment
from patriot_app.web.theme import Tone

STATUSES: dict[str, tuple[Tone, str]] = {
    "pending_verification": ("warning", "Awaits approval"),
    "active": ("positive", "Active"),
    "suspended": ("danger", "Suspended"),
    "closed": ("neutral", "Closed"),
}


@dataclass(frozen=True, slots=True)
class ReferralRow:
    """One person who came through another."""

    id: str = ""
    client: str = ""
    status: str = ""
    referrer: str = ""
    referrer_id: str = ""
    code: str = ""
    traded: str = ""
    registered: Moment = field(default_factory=Moment)


def referral_row(one: ReferralView, *, now: datetime) -> ReferralRow:
    """Show one."""
    return ReferralRow(
        id=str(one.id),
        client=one.client,
        status=one.status,
        referrer=one.referrer,
        referrer_id=str(one.referrer_id),
        code=one.code,
        traded="Yes" if one.has_traded else "Not yet",
        registered=format.moment(one.registered_at, now=now),
    )

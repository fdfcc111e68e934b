"""A client's own profile, all text."""

from dataclasses import dataclass

from patriot_app.core.domain import referrals
from patriot_app.core.queries.profile import Profile
from patriot_app.core.queries.referrals import OwnReferral
from patriot_app.web import format
from patriot_app.web.theme import Tone

PROFILES = {"low": "Low", "medium": "Medium", "high": "High", "ultra_high": "Ultra high"}
FACTORS: dict[str, tuple[Tone, str]] = {
    "on": ("positive", "On"),
    "off": ("warning", "Not set up"),
}
STATUSES: dict[str, tuple[Tone, str]] = {
    "pending_verification": ("warning", "Awaits approval"),
    "active": ("positive", "Active"),
    "suspended": ("danger", "Suspended"),
}


@dataclass(frozen=True, slots=True)
class ReferralRow:
    """How he recommends the desk; empty before he has a code.

    Attributes:
        chat: a link into the bot's chat; empty: the desk has no bot.
    """

    code: str = ""
    link: str = ""
    chat: str = ""
    registered: str = ""


def referral_row(own: OwnReferral, *, public_url: str, bot: str) -> ReferralRow:
    """Show it."""
    if not own.code:
        return ReferralRow()
    return ReferralRow(
        code=own.code,
        link=referrals.web_link(public_url, own.code),
        chat=referrals.chat_link(bot, own.code) if bot else "",
        registered=format.plural(own.registered, "person", "persons"),
    )


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """The signed-in client.

    Attributes:
        email_wished: an address that waits for its link.
        wish: what he asked the desk for, empty if nothing.
    """

    id: str = ""
    name: str = ""
    email: str = ""
    email_wished: str = ""
    status: str = ""
    since: str = ""
    profile: str = ""
    wish: str = ""
    terms: str = ""
    agreed: str = ""
    factor: str = ""
    codes: str = ""
    sessions: str = ""
    api_keys: str = ""


def profile_row(own: Profile) -> ProfileRow:
    """Show it."""
    waits = f"{own.email_wished} waits for its link to be opened." if own.email_wished else ""
    agreed = "" if own.terms_agreed_at is None else f"{own.terms_agreed_at:%d %B %Y}"
    return ProfileRow(
        id=str(own.id),
        name=own.name,
        email=own.email,
        email_wished=waits,
        status=own.status,
        since=f"{own.created_at:%d %B %Y}",
        profile=PROFILES.get(own.risk_profile, own.risk_profile),
        wish=_wish(own),
        terms=own.terms_version or "Agreed on outside this portal",
        agreed=agreed or format.EMPTY,
        factor="on" if own.has_second_factor else "off",
        codes=format.count(own.codes_left) if own.has_second_factor else format.EMPTY,
        sessions=format.plural(own.sessions, "browser"),
        api_keys=format.plural(own.api_keys, "key"),
    )


def _wish(own: Profile) -> str:
    if own.risk_profile_wish is None:
        return ""
    wanted = PROFILES.get(own.risk_profile_wish, own.risk_profile_wish)
    return f"You asked for {wanted}: “{own.wish_justification}”. The desk decides."

"""A client's own profile, and his wish for another risk profile."""

from typing import Any, Literal

import pydantic
import reflex as rx

from patriot_app.core.domain.permissions import Permission
from patriot_app.core.domain.users import RiskProfile
from patriot_app.core.queries import profile, referrals, telegram
from patriot_app.core.services import referrals as referral_codes
from patriot_app.core.services import risk_profiles
from patriot_app.core.settings import get_settings
from patriot_app.web.actions import DialogMixin, perform
from patriot_app.web.auth import requires
from patriot_app.web.parts.failures import words_for
from patriot_app.web.parts.ownership import owner
from patriot_app.web.portal.profile.rows import ProfileRow, ReferralRow, profile_row, referral_row

TOPICS = "clients sessions"


class WishForm(pydantic.BaseModel):
    """The risk profile that a client wishes for, and why."""

    profile: RiskProfile
    justification: str = pydantic.Field(min_length=1, max_length=1_000)


class CodeForm(pydantic.BaseModel):
    """What the dialog about his code sends; an empty form wants nothing."""

    wanted: Literal["code"]


class MyProfileState(DialogMixin, rx.State):
    """What the desk knows of the signed-in client."""

    own: ProfileRow = ProfileRow()
    referral: ReferralRow = ReferralRow()
    loading: bool = True
    error: str = ""

    @rx.event
    @requires(Permission.PORTAL_VIEW)
    async def load(self) -> None:
        """Read his own profile; whose it is comes from his session."""
        try:
            actor, _ = owner()
            self.own, self.error = profile_row(await profile.own(actor)), ""
            self.referral = referral_row(
                await referrals.own(actor),
                public_url=get_settings().public_url,
                bot=(await telegram.bot()).username,
            )
        except Exception as error:
            self.error = words_for(error)
        self.loading = False

    @rx.event
    @requires(Permission.OWN_PROFILE_WRITE)
    def open_wish(self) -> None:
        """Open the form for another risk profile."""
        self._open_form("wish")

    @rx.event
    @requires(Permission.OWN_PROFILE_WRITE, WishForm)
    async def wish(self, form: WishForm) -> Any:
        """Tell the desk of the wish."""
        _, client_id = owner()
        outcome = await perform(
            risk_profiles.wish,
            client_id,
            profile=form.profile,
            justification=form.justification,
            done="The desk was told; it decides",
        )
        if outcome.ok:
            await self.load()
        return self._settle(outcome)

    @rx.event
    @requires(Permission.OWN_PROFILE_WRITE)
    def ask_code(self) -> None:
        """Ask whether he wants a code to recommend the desk by; it stays his for ever."""
        self._open_form("code")

    @rx.event
    @requires(Permission.OWN_PROFILE_WRITE, CodeForm)
    async def get_code(self, form: CodeForm) -> Any:
        """Give him the code."""
        if self.form != form.wanted:
            return None
        outcome = await perform(referral_codes.issue, done="Your code is here")
        if outcome.ok:
            await self.load()
        return self._settle(outcome)

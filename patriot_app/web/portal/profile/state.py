"""A client's own profile, and his wish for another risk profile."""

from typing import Any

import pydantic
import reflex as rx

from patriot_app.core.domain.permissions import Permission
from patriot_app.core.domain.users import RiskProfile
from patriot_app.core.queries import profile
from patriot_app.core.services import risk_profiles
from patriot_app.web.actions import DialogMixin, perform
from patriot_app.web.auth import requires
from patriot_app.web.parts.failures import words_for
from patriot_app.web.parts.ownership import owner
from patriot_app.web.portal.profile.rows import ProfileRow, profile_row

TOPICS = "clients sessions"


class WishForm(pydantic.BaseModel):
    """The risk profile that a client wishes for, and why."""

    profile: RiskProfile
    justification: str = pydantic.Field(min_length=1, max_length=1_000)


class MyProfileState(DialogMixin, rx.State):
    """What the desk knows of the signed-in client."""

    own: ProfileRow = ProfileRow()
    loading: bool = True
    error: str = ""

    @rx.event
    @requires(Permission.PORTAL_VIEW)
    async def load(self) -> None:
        """Read his own profile; whose it is comes from his session."""
        try:
            actor, _ = owner()
            self.own, self.error = profile_row(await profile.own(actor)), ""
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

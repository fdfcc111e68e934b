"""How a client divides his own accounts among his strategies."""

from typing import Any

import reflex as rx

from patriot_app.core.domain.permissions import Permission
from patriot_app.core.queries import allocations
from patriot_app.web.auth import requires
from patriot_app.web.parts.allocation_state import AllocationMixin, SharesForm
from patriot_app.web.parts.failures import words_for
from patriot_app.web.parts.ownership import owner


class MyAllocationState(AllocationMixin, rx.State):
    """The signed-in client's own shares."""

    loading: bool = True
    error: str = ""

    @rx.event
    @requires(Permission.PORTAL_VIEW)
    async def load(self) -> None:
        """Read his own accounts; whose they are comes from his session."""
        try:
            actor, client_id = owner()
            await self._show_accounts(await allocations.of_client(actor, client_id))
            self.error = ""
        except Exception as error:
            self.error = words_for(error)
        self.loading = False

    @rx.event
    @requires(Permission.PORTAL_VIEW)
    async def choose(self, account_id: str) -> None:
        """Look at another of his accounts."""
        await self._choose(account_id)

    @rx.event
    @requires(Permission.OWN_ALLOCATIONS_WRITE, SharesForm)
    async def check(self, form: SharesForm) -> None:
        """Show what the change would mean."""
        await self._check(form)

    @rx.event
    @requires(Permission.PORTAL_VIEW)
    def edit(self) -> None:
        """Go back to the fields."""
        self._edit_again()

    @rx.event
    @requires(Permission.OWN_ALLOCATIONS_WRITE)
    async def confirm(self) -> Any:
        """Ask for what was checked."""
        return await self._ask_for()

    @rx.event
    @requires(Permission.OWN_ALLOCATIONS_WRITE)
    async def take_back(self) -> Any:
        """Take back what waits."""
        return await self._take_back()

    @rx.event
    @requires(Permission.PORTAL_VIEW)
    async def fill_in(self, method: str) -> None:
        """Put a suggestion into the fields."""
        await self._fill_in(method)

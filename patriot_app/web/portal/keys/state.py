"""A client's own keys: connect, replace, revoke. The secrets never come here."""

from typing import Any

import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.egress import parse_addresses
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.queries import accounts as account_queries
from patriot_app.core.queries import key_health
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.services import credentials
from patriot_app.core.settings import get_settings
from patriot_app.web import live
from patriot_app.web.actions import Ask, Confirmation, DialogMixin, perform
from patriot_app.web.auth import requires
from patriot_app.web.parts.addresses import id_of
from patriot_app.web.parts.failures import words_for
from patriot_app.web.parts.keys import bind_text
from patriot_app.web.parts.ownership import owner
from patriot_app.web.portal.keys.rows import OwnKey, own_key

TOPICS = "accounts commands"
ACCOUNTS_MAX = 50


class MyKeysState(DialogMixin, rx.State):
    """The signed-in client's own accounts and keys."""

    accounts: list[OwnKey] = []
    replaced: OwnKey = OwnKey(id="", label="", exchange="")
    bind_to: str = ""
    loading: bool = True
    error: str = ""

    @rx.event
    @requires(Permission.PORTAL_VIEW)
    async def load(self) -> None:
        """Read his own keys; whose they are comes from his session."""
        try:
            _, client_id = owner()
            request = PageRequest(size=ACCOUNTS_MAX, filters={"client_id": str(client_id)})
            page = await self._read(account_queries.page, request)
            now = SystemClock().now()
            addresses = parse_addresses(get_settings().egress_addresses)
            self.bind_to = bind_text(addresses)
            locked = await self._read(key_health.locked_down)
            self.accounts = [
                own_key(
                    await self._read(account_queries.detail, one.id),
                    now=now,
                    addresses=addresses,
                    lockdown=locked.get(one.id),
                )
                for one in page.items
            ]
            self.error = ""
        except Exception as error:
            self.error = words_for(error)
        self.loading = False

    @rx.event
    @requires(Permission.OWN_KEYS_WRITE)
    def open_connect(self) -> None:
        """Open the form for a new account."""
        self._open_form("connect")

    @rx.event
    @requires(Permission.OWN_KEYS_WRITE)
    def open_replace(self, account_id: str) -> None:
        """Open the form for another key of one of his accounts."""
        found = next((one for one in self.accounts if one.id == account_id), None)
        if found is not None:
            self.replaced = found
            self._open_form("replace")

    @rx.event
    @requires(Permission.OWN_KEYS_WRITE)
    def ask_revoke(self, account_id: str) -> None:
        """Ask before a key is destroyed."""
        found = next((one for one in self.accounts if one.id == account_id), None)
        if found is not None:
            self._ask(
                Ask(
                    act="revoke",
                    subject=found.key.id,
                    title=f"Revoke the key {found.key.masked}?",
                    consequence=f"Destroys our copy for good. {found.label} is not traded any"
                    " more, and open positions can no longer be closed or guarded by us.",
                    confirm_label="Revoke key",
                )
            )

    @rx.event
    @requires(Permission.OWN_KEYS_WRITE, Confirmation)
    async def revoke(self, form: Confirmation) -> Any:
        """Destroy the key that was asked about; row security lets him reach only his own."""
        if not self._confirmed(form):
            return None
        outcome = await perform(
            credentials.revoke, id_of(self.ask.subject), reason=form.reason, done="Key revoked"
        )
        return self._settle(outcome)

    async def _read(self, query: Any, *args: Any) -> Any:
        actor, client_id = owner()
        return await live.shared(str(client_id), TOPICS, query, actor, *args)

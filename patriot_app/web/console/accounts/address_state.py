"""Move an account to another address: choose one by its room, confirm with a reason."""

from collections.abc import Sequence
from typing import Any

import pydantic
import reflex as rx

from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.egress import Room, public_of
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.errors import NotFound
from patriot_app.core.queries import accounts as account_queries
from patriot_app.core.queries import addresses
from patriot_app.core.services import account_addresses
from patriot_app.web.actions import Ask, Confirmation, DialogMixin, perform, say
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.kit import Choice
from patriot_app.web.parts.addresses import id_of

NO_ADDRESSES = "The desk names no addresses of its own (PATRIOT_EGRESS_ADDRESSES)"


class AddressForm(pydantic.BaseModel):
    """Where an account is to leave from."""

    address: str = pydantic.Field(min_length=1, max_length=45)


class AddressState(DialogMixin, rx.State):
    """The form and the question of one move."""

    choices: list[Choice] = []
    label: str = ""

    _account_id: str = ""
    _rooms: tuple[Room, ...] = ()

    @rx.event
    @requires(Permission.ACCOUNTS_MOVE)
    async def open_move(self, account_id: str) -> Any:
        """Show the addresses that the account may leave from, that with most room first."""
        actor = current_actor()
        try:
            detail = await account_queries.detail(actor, id_of(account_id))
        except NotFound:
            return None
        self._rooms = await addresses.rooms(actor, Exchange(detail.summary.exchange))
        if not self._rooms:
            return say(NO_ADDRESSES, tone="danger")
        self._account_id, self.label = account_id, detail.summary.label
        self.choices = choices(self._rooms, now_at=detail.source_address)
        self._open_form("address")
        return None

    @rx.event
    @requires(Permission.ACCOUNTS_MOVE, AddressForm)
    def review(self, form: AddressForm) -> None:
        """Say what a move does and ask before it is recorded."""
        if self.form != "address":
            return
        public = public_of([each.address for each in self._rooms], form.address)
        self.form = ""
        self._ask(
            Ask(
                act="address",
                subject=form.address,
                title=f"Let {self.label} leave from {public}?",
                consequence=f"Its key must be bound to {public} at the exchange first, or every"
                " request, exits too, is refused. The trader goes over when the key is next checked"
                " (Check again does so at once), at a take-over or a restart.",
                confirm_label="Move account",
            )
        )

    @rx.event
    @requires(Permission.ACCOUNTS_MOVE, Confirmation)
    async def move(self, form: Confirmation) -> Any:
        """Move the account that was asked about."""
        if self.ask.act != "address" or not self._confirmed(form):
            return None
        outcome = await perform(
            account_addresses.move,
            id_of(self._account_id),
            local=self.ask.subject,
            reason=form.reason,
            done="Account moved; check its key to go over now",
        )
        return self._settle(outcome)


def choices(found: Sequence[Room], *, now_at: str) -> list[Choice]:
    """Show each address with its room; the first that the account is not at is suggested."""
    suggested = next((each for each in found if each.left and each.address.local != now_at), None)
    return [
        Choice(
            each.address.local,
            f"{each.address.public}: {each.accounts} of {each.most} accounts{_note(each, now_at)}"
            f"{' (most room)' if each is suggested else ''}",
        )
        for each in sorted(found, key=lambda each: each is not suggested)
    ]


def _note(room: Room, now_at: str) -> str:
    if room.address.local == now_at:
        return ", leaves from here now"
    return "" if room.left else ", full"

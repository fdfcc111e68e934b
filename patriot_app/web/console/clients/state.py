"""Clients: who they are, what they have, and admitting or shutting them out."""

from collections.abc import Callable, Coroutine
from typing import Any, Literal
from uuid import UUID

import pydantic
import reflex as rx

from patriot_app.core import fee_acts, four_eyes
from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.domain.proposals import ProposalKind
from patriot_app.core.domain.users import RiskProfile
from patriot_app.core.errors import NotFound
from patriot_app.core.queries import accounts as account_queries
from patriot_app.core.queries import client_notes as note_queries
from patriot_app.core.queries import events as event_queries
from patriot_app.core.queries import mandates as mandate_queries
from patriot_app.core.queries import portfolio as portfolio_queries
from patriot_app.core.queries import users as user_queries
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.services import client_notes, email_changes, risk_profiles, users
from patriot_app.web import live
from patriot_app.web.actions import Ask, Confirmation, DialogMixin, perform
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.clients.notes import NoteForm, note_entries
from patriot_app.web.console.clients.rows import (
    ClientFacts,
    ClientRow,
    MandateRow,
    OwnAccount,
    client_facts,
    client_row,
    mandate_row,
    own_account,
    suspend_text,
)
from patriot_app.web.kit import Plot, TimelineEntry, plot
from patriot_app.web.parts.addresses import id_of
from patriot_app.web.parts.addresses_wished import AddressForm
from patriot_app.web.parts.history import timeline_entries
from patriot_app.web.parts.permitted import lacking
from patriot_app.web.parts.picking import PickMixin
from patriot_app.web.parts.proposing import proposed
from patriot_app.web.parts.terms import TermsForm, term_changes
from patriot_app.web.table_state import TableMixin

Service = Callable[..., Coroutine[Any, Any, None]]
TOPICS = "clients accounts equity fees"
ACCOUNTS_MAX = 100
ACTS: dict[str, tuple[Service, str]] = {
    "approve": (users.approve, "Client approved"),
    "refuse": (users.refuse, "Registration refused"),
    "suspend": (users.suspend, "Client suspended"),
    "reactivate": (users.reactivate, "Client reactivated"),
}


class MandateForm(TermsForm):
    """What a mandate is signed with."""

    name: str = pydantic.Field(min_length=1, max_length=120)
    time_zone: str = pydantic.Field(default="UTC", max_length=60)
    opening: Literal["flat", "mark"] = "mark"


class ProfileForm(pydantic.BaseModel):
    """Another risk profile, and what justifies it."""

    profile: RiskProfile
    justification: str = pydantic.Field(default="", max_length=1_000)


class ClientsState(TableMixin, DialogMixin, PickMixin, rx.State):
    """Rows and the open client."""

    rows: list[ClientRow] = []
    client: ClientRow = ClientRow()
    facts: ClientFacts = ClientFacts()
    accounts: list[OwnAccount] = []
    mandates: list[MandateRow] = []
    chart: Plot = Plot()
    history: list[TimelineEntry] = []
    notes: list[TimelineEntry] = []
    blocked: str = ""
    blocked_terms: str = ""

    _filter_names = ("status", "risk_profile", "entered_within")

    @rx.event
    @requires(Permission.CLIENTS_READ)
    async def load(self) -> None:
        """Show what the address asks for."""
        self._read_address()
        self.blocked = lacking(Permission.CLIENTS_WRITE)
        self.blocked_terms = lacking(Permission.FEE_TERMS_WRITE)
        try:
            page = await self._read(user_queries.page, self._page_request())
            now = SystemClock().now()
            self._accept(page, [client_row(item, now=now) for item in page.items])
            await self._load_client()
        except Exception as error:
            self._reject(error)

    @rx.event
    @requires(Permission.CLIENTS_WRITE)
    def open_form(self, name: str) -> None:
        """Open the form for a new client."""
        self._open_form(name)

    @rx.event
    @requires(Permission.FEE_TERMS_WRITE)
    def open_mandate_form(self) -> None:
        """Open the form for a new mandate, over all accounts of the client until told otherwise."""
        self.picked = [account.id for account in self.accounts]
        self._open_form("mandate")

    @rx.event
    @requires(Permission.CLIENTS_WRITE)
    def ask_act(self, act: str) -> None:
        """Ask before the open client's status is changed."""
        row = self.client
        texts = {
            "approve": f"{row.name} may sign in and his accounts may trade.",
            "refuse": f"{row.name} cannot sign in any more. For good: a new invitation would be"
            " needed under another address.",
            "suspend": suspend_text(row, self.accounts),
            "reactivate": f"{row.name} may sign in again.",
        }
        if act in texts:
            verb = act.capitalize()
            self._ask(
                Ask(
                    act=act,
                    subject=row.id,
                    title=f"{verb} {row.name}?",
                    consequence=texts[act],
                    confirm_label=f"{verb} client",
                )
            )

    @rx.event
    @requires(Permission.CLIENTS_WRITE, Confirmation)
    async def confirm(self, form: Confirmation) -> Any:
        """Change the status that was asked about."""
        if self.ask.act not in ACTS or not self._confirmed(form):
            return None
        service, done = ACTS[self.ask.act]
        outcome = await perform(service, UUID(self.ask.subject), reason=form.reason, done=done)
        return self._settle(outcome)

    @rx.event
    @requires(Permission.CLIENTS_WRITE, NoteForm)
    async def add_note(self, form: NoteForm) -> Any:
        """Add a note about the open client."""
        outcome = await perform(
            client_notes.add, id_of(self.client.id), text=form.text, done="Note added"
        )
        return self._settle(outcome)

    @rx.event
    @requires(Permission.CLIENTS_WRITE, ProfileForm)
    async def change_profile(self, form: ProfileForm) -> Any:
        """Set the open client's risk profile."""
        outcome = await perform(
            risk_profiles.change,
            id_of(self.client.id),
            profile=form.profile,
            justification=form.justification,
            done="Risk profile changed",
        )
        return self._settle(outcome)

    @rx.event
    @requires(Permission.CLIENTS_WRITE, AddressForm)
    async def confirm_address(self, form: AddressForm) -> Any:
        """Let the open client have the address that he asked for."""
        outcome = await perform(
            email_changes.confirm_of_client,
            id_of(self.client.id),
            email=form.email,
            reason=form.reason,
            done="Address changed",
        )
        return self._settle(outcome)

    @rx.event
    @requires(Permission.FEE_TERMS_WRITE, MandateForm)
    async def sign_mandate(self, form: MandateForm) -> Any:
        """Propose a mandate over the ticked accounts."""
        terms = form.terms()
        outcome = await perform(
            four_eyes.submit,
            ProposalKind.SIGN_MANDATE,
            subject=f"{self.client.name}, {form.name}",
            subject_key=self.client.id,
            payload={
                **fee_acts.terms_payload(terms),
                "client_id": self.client.id,
                "name": form.name,
                "account_ids": list(self.picked),
                "time_zone": form.time_zone,
                "must_be_flat": form.opening == "flat",
            },
            changes=term_changes(None, terms),
            reason=form.reason,
            done="Mandate signed",
        )
        return self._settle(proposed(outcome))

    async def _load_client(self) -> None:
        if not self.open_id:
            return
        actor, now = current_actor(), SystemClock().now()
        client_id = id_of(self.open_id)
        try:
            detail = await self._read(user_queries.detail, client_id)
        except NotFound:
            self.open_id = ""
            return
        self.client = client_row(detail.summary, now=now)
        self.facts = client_facts(detail, now=now)
        request = PageRequest(size=ACCOUNTS_MAX, filters={"client_id": str(client_id)})
        page = await self._read(account_queries.page, request)
        self.accounts = [own_account(item) for item in page.items]
        await self._load_money(client_id)
        self.notes = note_entries(await self._read(note_queries.of_client, client_id), now=now)
        self.history = timeline_entries(await event_queries.timeline(actor, client_id), now=now)

    async def _load_money(self, client_id: UUID) -> None:
        signed = await self._read(mandate_queries.of_client, client_id)
        curve = await self._read(portfolio_queries.equity_curve, client_id=client_id)
        self.mandates = [mandate_row(item) for item in signed]
        self.chart = plot([(point.at, point.equity) for point in curve])

    def _pickable(self) -> list[str]:
        return [account.id for account in self.accounts]

    async def _read(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        actor = current_actor()
        return await live.shared(live.scope_of(actor), TOPICS, query, actor, *args, **kwargs)

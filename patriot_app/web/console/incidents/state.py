"""Incidents: who sees to them, what is written of them, and who is woken."""

from dataclasses import replace
from datetime import time
from typing import Any
from uuid import UUID

import pydantic
import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.errors import NotFound
from patriot_app.core.queries import incidents as incident_queries
from patriot_app.core.queries.incidents import IncidentRecord, IncidentView
from patriot_app.core.services import emergency_contacts, incidents
from patriot_app.core.services.emergency_contacts import Entry
from patriot_app.web import live, table_export
from patriot_app.web.actions import Ask, Confirmation, DialogMixin, perform, toast
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.incidents.rows import (
    ContactRow,
    IncidentRow,
    contact_row,
    effect_text,
    incident_row,
    markdown,
    steps,
    woken_text,
)
from patriot_app.web.kit import TimelineEntry
from patriot_app.web.parts.permitted import lacking
from patriot_app.web.table_state import TableMixin

TOPICS = "incidents notifications"
COLUMNS: table_export.Columns[IncidentView] = [
    (name, lambda row, name=name: getattr(row, name)) for name in IncidentView.__dataclass_fields__
]


class RecordForm(pydantic.BaseModel):
    """Why it happened and what is to be done."""

    root_cause: str = pydantic.Field(default="", max_length=4000)
    follow_ups: str = pydantic.Field(default="", max_length=4000)


class ContactForm(pydantic.BaseModel):
    """Somebody to be woken."""

    name: str = pydantic.Field(default="", max_length=120)
    address: str = pydantic.Field(default="", max_length=254)
    level: int = pydantic.Field(default=1, ge=1, le=5)
    hours_from: time = time(0)
    hours_to: time = time(0)


class IncidentsState(TableMixin, DialogMixin, rx.State):
    """The table, the open incident, and the contacts."""

    rows: list[IncidentRow] = []
    incident: IncidentRow = IncidentRow()
    steps: list[TimelineEntry] = []
    contacts: list[ContactRow] = []
    contact: ContactRow = ContactRow()
    root_cause: str = ""
    follow_ups: str = ""
    unattended: int = 0
    blocked: str = ""
    blocked_contacts: str = ""

    _filter_names = ("state", "kind")

    @rx.event
    @requires(Permission.RISK_READ)
    async def load(self) -> None:
        """Show what the address asks for."""
        self._read_address()
        self.blocked = lacking(Permission.INCIDENTS_WRITE)
        self.blocked_contacts = lacking(Permission.SYSTEM_WRITE)
        try:
            page = await self._read(incident_queries.page, self._page_request())
            now = SystemClock().now()
            self._accept(page, [incident_row(one, now=now) for one in page.items])
            self.unattended = await self._read(incident_queries.count_unattended)
            found = await self._read(incident_queries.contacts)
            self.contacts = [contact_row(one) for one in found]
            await self._load_incident()
        except Exception as error:
            self._reject(error)

    @rx.event
    @requires(Permission.INCIDENTS_WRITE)
    async def acknowledge(self) -> Any:
        """Say that the actor sees to the open incident: nobody further is woken."""
        if not self.open_id:
            return None
        outcome = await perform(
            incidents.acknowledge, UUID(self.open_id), done="You see to it; nobody else is woken"
        )
        await self.load()
        return toast(outcome)

    @rx.event
    @requires(Permission.INCIDENTS_WRITE)
    def record_form(self) -> None:
        """Let the open incident's record be written."""
        self._open_form("record")

    @rx.event
    @requires(Permission.INCIDENTS_WRITE, RecordForm)
    async def save_record(self, form: RecordForm) -> Any:
        """Keep the record."""
        if self.form != "record" or not self.open_id:
            return None
        outcome = await perform(
            incidents.write_record,
            UUID(self.open_id),
            root_cause=form.root_cause,
            follow_ups=form.follow_ups,
            done="The record is kept",
        )
        if outcome.ok:
            await self.load()
        return self._settle(outcome)

    @rx.event
    @requires(Permission.INCIDENTS_WRITE)
    async def close_incident(self) -> Any:
        """Close the open incident; the service says what is missing."""
        if not self.open_id:
            return None
        outcome = await perform(incidents.close, UUID(self.open_id), done="Incident closed")
        await self.load()
        return toast(outcome)

    @rx.event
    @requires(Permission.RISK_READ)
    async def save_markdown(self) -> Any:
        """Save the open incident's record as a file."""
        record = await self._record()
        if record is None:
            return None
        opened = record.incident.opened_at
        return rx.download(
            data=markdown(record, now=SystemClock().now()),
            filename=f"incident-{opened:%Y%m%d-%H%M%S}.md",
            mime_type="text/markdown",
        )

    @rx.event
    @requires(Permission.RISK_READ)
    async def export(self) -> Any:
        """Save the filtered incidents as CSV."""
        text = await table_export.as_csv(
            incident_queries.page, current_actor(), self._page_request(), COLUMNS
        )
        return table_export.download(text, name="incidents", now=SystemClock().now())

    @rx.event
    @requires(Permission.SYSTEM_WRITE)
    def contact_form(self, contact_id: str) -> None:
        """Let a contact be changed; an empty id adds one."""
        found = (one for one in self.contacts if one.id == contact_id)
        self.contact = next(found, ContactRow(level="1"))
        self._open_form("contact")

    @rx.event
    @requires(Permission.SYSTEM_WRITE, ContactForm)
    async def save_contact(self, form: ContactForm) -> Any:
        """Keep a contact."""
        if self.form != "contact":
            return None
        outcome = await perform(
            emergency_contacts.set_contact,
            Entry(form.name, "email", form.address, form.level, form.hours_from, form.hours_to),
            contact_id=UUID(self.contact.id) if self.contact.id else None,
            done="Contact kept",
        )
        if outcome.ok:
            await self.load()
        return self._settle(outcome)

    @rx.event
    @requires(Permission.SYSTEM_WRITE)
    def ask_remove(self, contact_id: str) -> None:
        """Ask before somebody is woken no more."""
        row = next((one for one in self.contacts if one.id == contact_id), None)
        if row is not None:
            self._ask(
                Ask(
                    act="remove",
                    subject=row.id,
                    title=f"Wake {row.name} no more?",
                    consequence=f"{row.name} at level {row.level} is left out from now on.",
                    confirm_label="Remove contact",
                )
            )

    @rx.event
    @requires(Permission.SYSTEM_WRITE, Confirmation)
    async def remove_contact(self, form: Confirmation) -> Any:
        """Take the contact off the list."""
        if self.ask.act != "remove" or not self._confirmed(form):
            return None
        outcome = await perform(
            emergency_contacts.remove_contact,
            UUID(self.ask.subject),
            reason=form.reason,
            done="Contact removed",
        )
        if outcome.ok:
            await self.load()
        return self._settle(outcome)

    async def _load_incident(self) -> None:
        record = await self._record()
        if record is None:
            self.open_id = ""
            return
        now = SystemClock().now()
        self.incident = _whole(record)
        self.steps = steps(record.timeline, now=now)
        self.root_cause = record.incident.root_cause
        self.follow_ups = record.incident.follow_ups

    async def _record(self) -> IncidentRecord | None:
        if not self.open_id:
            return None
        try:
            return await incident_queries.record(current_actor(), UUID(self.open_id))
        except (NotFound, ValueError):
            return None

    async def _read(self, query: Any, *args: Any) -> Any:
        actor = current_actor()
        return await live.shared(live.scope_of(actor), TOPICS, query, actor, *args)


def _whole(record: IncidentRecord) -> IncidentRow:
    row = incident_row(record.incident, now=SystemClock().now())
    return replace(row, effect=effect_text(record.effect), woken=woken_text(record.pages))

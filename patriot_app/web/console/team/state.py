"""The team: who works here or audits, with which roles, and letting them in or shutting them out."""

from datetime import datetime
from typing import Any
from uuid import UUID

import reflex as rx

from patriot_app.core import four_eyes
from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.permissions import Permission, Role
from patriot_app.core.domain.proposals import Change, ProposalKind
from patriot_app.core.domain.staff import end_of_day
from patriot_app.core.errors import Invalid, NotFound
from patriot_app.core.queries import events as event_queries
from patriot_app.core.queries import staff
from patriot_app.core.services import email_changes, user_roles, users
from patriot_app.web import format, live
from patriot_app.web.actions import Ask, Confirmation, DialogMixin, Outcome, perform
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.team.forms import RolesForm
from patriot_app.web.console.team.rows import ROLES, MemberRow, member_row
from patriot_app.web.kit import TimelineEntry
from patriot_app.web.parts.addresses import id_of
from patriot_app.web.parts.addresses_wished import AddressForm
from patriot_app.web.parts.history import timeline_entries
from patriot_app.web.parts.permitted import lacking
from patriot_app.web.parts.proposing import proposed
from patriot_app.web.table_state import TableMixin

TOPICS = "staff clients sessions proposals"
TAKES_TWO = (
    " An administrator comes and goes by two persons: this is proposed. If his access is in wrong"
    " hands, end his sessions at once."
)
ADDRESS_CHANGED = "Address changed"
CHANGED = "Roles changed; the sessions have ended"
_OF_ADMINISTRATORS = {
    "suspend": (ProposalKind.SUSPEND_ADMINISTRATOR, "active", "suspended", "Suspended"),
    "reactivate": (ProposalKind.REACTIVATE_ADMINISTRATOR, "suspended", "active", "Let in again"),
}


class TeamState(TableMixin, DialogMixin, rx.State):
    """One page of the team and one member in the drawer."""

    rows: list[MemberRow] = []
    member: MemberRow = MemberRow()
    history: list[TimelineEntry] = []
    blocked: str = ""

    _filter_names = ("role", "status", "factor")

    @rx.event
    @requires(Permission.STAFF_READ)
    async def load(self) -> None:
        """Show who works here."""
        await self._load()

    @rx.event
    @requires(Permission.ROLES_WRITE)
    def open_roles(self) -> None:
        """Open the form for the open member's roles."""
        if self.member.id:
            self._open_form("roles")

    @rx.event
    @requires(Permission.ROLES_WRITE, RolesForm)
    async def change_roles(self, form: RolesForm) -> Any:
        """Give the open member the ticked roles; of administrators with a second person."""
        try:
            until = end_of_day(form.access_until)
        except Invalid as error:
            self.errors = error.fields
            return None
        wanted = form.roles()
        touches_admin = (Role.ADMIN in wanted) != (Role.ADMIN.value in self.member.held)
        if touches_admin and self.member.id:
            return self._settle(await self._propose_roles(form, until))
        outcome = await perform(
            user_roles.change_roles,
            id_of(self.member.id),
            roles=wanted,
            access_until=until,
            reason=form.reason,
            done=CHANGED,
        )
        return self._settle(outcome)

    async def _propose_roles(self, form: RolesForm, until: datetime | None) -> Outcome:
        wanted = form.roles()
        outcome = await perform(
            four_eyes.submit,
            ProposalKind.CHANGE_ROLES,
            subject=f"Roles of {self.member.name}",
            subject_key=self.member.id,
            payload={
                "user_id": self.member.id,
                "roles": sorted(role.value for role in wanted),
                "access_until": "" if until is None else until.isoformat(),
            },
            changes=[Change("roles", self.member.roles, _named(wanted, form.access_until))],
            reason=form.reason,
            done=CHANGED,
        )
        return proposed(outcome)

    @rx.event
    @requires(Permission.ROLES_WRITE)
    def open_address(self) -> None:
        """Open the form that confirms the address that the open member asked for."""
        if self.member.id:
            self._open_form("address")

    @rx.event
    @requires(Permission.ROLES_WRITE, AddressForm)
    async def confirm_address(self, form: AddressForm) -> Any:
        """Let the open member have his address; of administrators with a second person."""
        if Role.ADMIN.value in self.member.held:
            return self._settle(await self._propose_address(form))
        outcome = await perform(
            email_changes.confirm_of_member,
            id_of(self.member.id),
            email=form.email,
            reason=form.reason,
            done=ADDRESS_CHANGED,
        )
        return self._settle(outcome)

    async def _propose_address(self, form: AddressForm) -> Outcome:
        outcome = await perform(
            four_eyes.submit,
            ProposalKind.CONFIRM_ADDRESS,
            subject=f"Address of {self.member.name}",
            subject_key=self.member.id,
            payload={"user_id": self.member.id, "email": form.email},
            changes=[Change("address", self.member.email, form.email)],
            reason=form.reason,
            done=ADDRESS_CHANGED,
        )
        return proposed(outcome)

    @rx.event
    @requires(Permission.ROLES_WRITE)
    def ask_act(self, act: str) -> None:
        """Ask before the open member is shut out, let in, or loses his second factor."""
        row = self.member
        questions = {
            "suspend": (
                f"Suspend {row.name}?",
                f"{row.name} is signed out everywhere at once and cannot sign in. Proposals stay."
                + (TAKES_TWO if Role.ADMIN.value in row.held else ""),
                "Suspend",
            ),
            "reactivate": (
                f"Let {row.name} in again?",
                f"{row.name} may sign in again."
                + (TAKES_TWO if Role.ADMIN.value in row.held else ""),
                "Let in",
            ),
            "factor": (
                f"Reset the second factor of {row.name}?",
                "The app and the recovery codes stop working, all sessions end, and another is set"
                " up at the next sign-in. Make sure that it is really this person who asks. A"
                " second person must approve.",
                "Propose the reset",
            ),
        }
        if row.id and act in questions:
            title, consequence, label = questions[act]
            self._ask(
                Ask(
                    act=act,
                    subject=row.id,
                    title=title,
                    consequence=consequence,
                    confirm_label=label,
                )
            )

    @rx.event
    @requires(Permission.ROLES_WRITE, Confirmation)
    async def confirm(self, form: Confirmation) -> Any:
        """Do what was asked about."""
        if not self._confirmed(form):
            return None
        subject = UUID(self.ask.subject)
        if self.ask.act == "factor":
            return self._settle(await self._propose_reset(form.reason))
        if Role.ADMIN.value in self.member.held:
            return self._settle(await self._propose_access(self.ask.act, form.reason))
        service = users.suspend if self.ask.act == "suspend" else users.reactivate
        done = "Suspended" if self.ask.act == "suspend" else "Let in again"
        return self._settle(await perform(service, subject, reason=form.reason, done=done))

    async def _propose_reset(self, reason: str) -> Outcome:
        outcome = await perform(
            four_eyes.submit,
            ProposalKind.RESET_SECOND_FACTOR,
            subject=f"Second factor of {self.member.name}",
            subject_key=self.ask.subject,
            payload={"user_id": self.ask.subject},
            changes=[Change("second factor", "on", "to be set up anew")],
            reason=reason,
            done="The second factor is removed",
        )
        return proposed(outcome)

    async def _propose_access(self, act: str, reason: str) -> Outcome:
        kind, before, after, done = _OF_ADMINISTRATORS[act]
        outcome = await perform(
            four_eyes.submit,
            kind,
            subject=f"Access of {self.member.name}",
            subject_key=self.ask.subject,
            payload={"user_id": self.ask.subject},
            changes=[Change("access", before, after)],
            reason=reason,
            done=done,
        )
        return proposed(outcome)

    async def _load(self) -> None:
        self._read_address()
        self.blocked = lacking(Permission.ROLES_WRITE)
        actor, now = current_actor(), SystemClock().now()
        try:
            page = await live.shared(
                live.scope_of(actor), TOPICS, staff.page, actor, self._page_request()
            )
            self._accept(page, [member_row(one, now=now, me=actor.user_id) for one in page.items])
            await self._load_member()
        except Exception as error:
            self._reject(error)

    async def _load_member(self) -> None:
        if not self.open_id:
            return
        actor, now = current_actor(), SystemClock().now()
        try:
            found = await staff.get(actor, id_of(self.open_id))
        except NotFound:
            self.open_id = ""
            return
        self.member = member_row(found, now=now, me=actor.user_id)
        self.history = timeline_entries(await event_queries.timeline(actor, found.id), now=now)


def _named(roles: frozenset[Role], last_day: str) -> str:
    names = ", ".join(ROLES[role.value] for role in sorted(roles)) or format.EMPTY
    return f"{names} until {last_day}" if last_day else names

"""The health of all keys: look, check again in bulk, investigate, restore or terminate."""

from typing import Any
from uuid import UUID

import pydantic
import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.queries import key_health as queries
from patriot_app.core.queries.key_health import KeyHealth
from patriot_app.core.queries.page import PAGE_SIZE_MAX, PageRequest
from patriot_app.core.services import credentials, halts, lockdowns
from patriot_app.core.unit_of_work import UnitOfWork
from patriot_app.web import format, live, table_export
from patriot_app.web.actions import Ask, Confirmation, DialogMixin, perform
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.key_health.rows import (
    CheckRow,
    HealthRow,
    check_rows,
    health_row,
    investigation,
    progress_text,
    result_text,
)
from patriot_app.web.kit import TimelineEntry
from patriot_app.web.parts.permitted import lacking
from patriot_app.web.table_state import SELECTED_MAX, TableMixin

TOPICS = "accounts commands"
COLUMNS: table_export.Columns[KeyHealth] = [
    (name, lambda row, name=name: getattr(row, name))
    for name in KeyHealth.__dataclass_fields__
    if name not in {"permissions", "findings"}
] + [
    ("rights_to_move_money", lambda row: " ".join((row.permissions or {}).get("money_rights", ()))),
    ("is_ip_bound", lambda row: (row.permissions or {}).get("is_ip_bound", "")),
    ("issues", lambda row: " ".join(one["issue"] for one in row.findings or ())),
]


class NoteForm(pydantic.BaseModel):
    """What somebody found out."""

    note: str = pydantic.Field(default="", max_length=4000)


class KeyHealthState(TableMixin, DialogMixin, rx.State):
    """The table, the figures on top, the open account and the checks that were asked for."""

    rows: list[HealthRow] = []
    figures: dict[str, str] = {}
    key: HealthRow = HealthRow()
    checks: list[CheckRow] = []
    inquiry: list[TimelineEntry] = []
    progress: str = ""
    blocked: str = ""
    blocked_notes: str = ""
    blocked_restore: str = ""
    blocked_terminate: str = ""

    _asked: dict[str, str] = {}
    _filter_names = ("exchange", "mode", "state", "issue", "age_over", "locked", "bound")

    @rx.event
    @requires(Permission.ACCOUNTS_READ)
    async def load(self) -> None:
        """Show what the address asks for."""
        self._read_address()
        self.blocked = lacking(Permission.CREDENTIALS_WRITE)
        self.blocked_notes = lacking(Permission.INCIDENTS_WRITE)
        self.blocked_restore = lacking(Permission.ACCOUNTS_RESUME)
        self.blocked_terminate = lacking(Permission.CREDENTIALS_REVOKE)
        try:
            results = await self._results()
            page = await self._read(queries.page, self._page_request())
            now = SystemClock().now()
            rows = [
                health_row(one, now=now, result=results.get(str(one.id), "")) for one in page.items
            ]
            self._accept(page, rows)
            self.progress = progress_text(results)
            counts = await self._read(queries.counts)
            self.figures = {
                name: format.count(getattr(counts, name)) for name in counts.__dataclass_fields__
            }
            await self._load_key()
        except Exception as error:
            self._reject(error)

    @rx.event
    @requires(Permission.ACCOUNTS_READ)
    async def select_all(self) -> None:
        """Tick every row that matches the filters, on all pages."""
        ids: list[str] = []
        request = self._page_request()
        for number in range(1, SELECTED_MAX // PAGE_SIZE_MAX + 1):
            wanted = PageRequest(
                page=number, size=PAGE_SIZE_MAX, search=request.search, filters=request.filters
            )
            page = await queries.page(current_actor(), wanted)
            ids += [str(one.id) for one in page.items]
            if len(ids) >= page.total or not page.items:
                break
        self.selected = ids[:SELECTED_MAX]

    @rx.event
    @requires(Permission.CREDENTIALS_WRITE)
    async def check_selected(self) -> Any:
        """Ask the daemon to check the ticked keys now; each row tells what came of it."""
        return await self._check([UUID(one) for one in self.selected])

    @rx.event
    @requires(Permission.CREDENTIALS_WRITE)
    async def check_open(self) -> Any:
        """Ask the daemon to check the open account's key now."""
        return await self._check([UUID(self.key.id)]) if self.key.id else None

    @rx.event
    @requires(Permission.ACCOUNTS_READ)
    async def export(self) -> Any:
        """Save the filtered keys as CSV; a key itself is never in it."""
        text = await table_export.as_csv(
            queries.page, current_actor(), self._page_request(), COLUMNS
        )
        return table_export.download(text, name="keys", now=SystemClock().now())

    @rx.event
    @requires(Permission.INCIDENTS_WRITE)
    def note_form(self) -> None:
        """Let a note be written on the open lockdown."""
        self._open_form("note")

    @rx.event
    @requires(Permission.INCIDENTS_WRITE, NoteForm)
    async def save_note(self, form: NoteForm) -> Any:
        """Keep a note."""
        if self.form != "note" or not self.key.lockdown_id:
            return None
        outcome = await perform(
            lockdowns.add_note, UUID(self.key.lockdown_id), note=form.note, done="Note kept"
        )
        await self.load()
        return self._settle(outcome)

    @rx.event
    @requires(Permission.ACCOUNTS_RESUME)
    def ask_restore(self) -> None:
        """Ask before the open account may trade again."""
        self._ask_end(
            "restore",
            title=f"Restore {self.key.label}?",
            consequence="The account may open positions again once its halt is lowered; where two"
            " people are needed for that, the second one confirms it under Kill switch.",
            label="Restore account",
        )

    @rx.event
    @requires(Permission.ACCOUNTS_RESUME, Confirmation)
    async def restore(self, form: Confirmation) -> Any:
        """End the lockdown and lower its halt."""
        if self.ask.act != "restore" or not self._confirmed(form):
            return None
        outcome = await perform(
            _restore, UUID(self.ask.subject), reason=form.reason, done="Lockdown ended"
        )
        await self.load()
        return self._settle(outcome)

    @rx.event
    @requires(Permission.CREDENTIALS_REVOKE)
    def ask_terminate(self) -> None:
        """Ask before the open account's key is destroyed."""
        self._ask_end(
            "terminate",
            title=f"Terminate {self.key.label}?",
            consequence="Destroys our copy of the key for good; nothing can be done on the account"
            " any more, not even closing. Positions must be closed before, where the key works.",
            label="Terminate account",
        )

    @rx.event
    @requires(Permission.CREDENTIALS_REVOKE, Confirmation)
    async def terminate(self, form: Confirmation) -> Any:
        """End the lockdown with the key."""
        if self.ask.act != "terminate" or not self._confirmed(form):
            return None
        outcome = await perform(
            _terminate, UUID(self.ask.subject), reason=form.reason, done="Key destroyed"
        )
        await self.load()
        return self._settle(outcome)

    def _ask_end(self, act: str, *, title: str, consequence: str, label: str) -> None:
        if self.key.lockdown_id:
            self._ask(
                Ask(
                    act=act,
                    subject=self.key.lockdown_id,
                    title=title,
                    consequence=consequence,
                    confirm_label=label,
                )
            )

    async def _check(self, accounts: list[UUID]) -> Any:
        outcome = await perform(
            credentials.verify_many,
            accounts,
            idempotency_key=Ask().token,
            done=f"Checking {format.plural(len(accounts), 'key')}",
        )
        if outcome.ok:
            asked = outcome.value.items()
            self._asked = {str(account): str(command or "") for account, command in asked}
            self.selected = []
            await self.load()
        return self._settle(outcome)

    async def _results(self) -> dict[str, str]:
        commands = [UUID(command) for command in self._asked.values() if command]
        if not self._asked:
            return {}
        found = await queries.asked(current_actor(), commands)
        return {
            account: result_text(found.get(UUID(command))) if command else "It has no key"
            for account, command in self._asked.items()
        }

    async def _load_key(self) -> None:
        if not self.open_id:
            return
        wanted = PageRequest(search=self.open_id)
        page = await queries.page(current_actor(), wanted)
        if not page.items:
            self.open_id = ""
            return
        now = SystemClock().now()
        self.key = health_row(page.items[0], now=now)
        history = await queries.history(current_actor(), page.items[0].id)
        self.checks = check_rows(history, now=now)
        self.inquiry = investigation(history, now=now)

    async def _read(self, query: Any, *args: Any) -> Any:
        actor = current_actor()
        return await live.shared(live.scope_of(actor), TOPICS, query, actor, *args)


async def _restore(uow: UnitOfWork, lockdown_id: UUID, *, reason: str) -> None:
    halt_id = await lockdowns.restore(uow, lockdown_id, reason=reason)
    if halt_id is not None:
        await halts.lower_halt(uow, halt_id, reason=reason)


async def _terminate(uow: UnitOfWork, lockdown_id: UUID, *, reason: str) -> None:
    key_id = await lockdowns.terminate(uow, lockdown_id, reason=reason)
    if key_id is not None:
        await credentials.revoke(uow, key_id, reason=reason)

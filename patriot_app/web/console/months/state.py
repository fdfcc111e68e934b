"""Months: how far each is, what each mandate came to, closing now, finalising."""

from typing import Any
from uuid import UUID

import reflex as rx

from patriot_app.core import four_eyes
from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.commands import CloseMonths
from patriot_app.core.domain.events import CommandIssued
from patriot_app.core.domain.invoices import FeePeriodStatus
from patriot_app.core.domain.money import exact_sum
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.domain.proposals import Change, ProposalKind
from patriot_app.core.errors import NotFound
from patriot_app.core.queries import events as event_queries
from patriot_app.core.queries import fee_periods as queries
from patriot_app.core.queries import month_steps as step_queries
from patriot_app.core.queries.fee_periods import FeePeriodView
from patriot_app.core.queries.page import PAGE_SIZE_MAX, PageRequest
from patriot_app.core.unit_of_work import UnitOfWork
from patriot_app.web import format, live, table_export
from patriot_app.web.actions import Ask, Confirmation, perform, say
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.months.release_state import ReleaseMixin
from patriot_app.web.console.months.rows import (
    ProgressRow,
    StepRow,
    next_steps,
    progress_row,
    step_row,
)
from patriot_app.web.kit import TimelineEntry
from patriot_app.web.parts.addresses import id_of
from patriot_app.web.parts.history import timeline_entries
from patriot_app.web.parts.permitted import lacking
from patriot_app.web.parts.proposing import proposed
from patriot_app.web.parts.statements import (
    MonthRow,
    StatementAccount,
    StatementLine,
    account_rows,
    bridge_lines,
    fee_lines,
    month_row,
    return_lines,
    told_of,
)
from patriot_app.web.table_state import SELECTED_MAX, TableMixin

TOPICS = "billing fees"
COLUMNS: table_export.Columns[FeePeriodView] = [
    (name, lambda row, name=name: getattr(row, name)) for name in FeePeriodView.__dataclass_fields__
]


class MonthsState(TableMixin, ReleaseMixin, rx.State):
    """The months, the progress on top and the open statement."""

    rows: list[MonthRow] = []
    progress: list[ProgressRow] = []
    steps: list[StepRow] = []
    steps_of: str = ""
    next_steps: list[str] = []
    bridge: list[StatementLine] = []
    fee: list[StatementLine] = []
    accounts: list[StatementAccount] = []
    returns: list[StatementLine] = []
    sentences: list[str] = []
    history: list[TimelineEntry] = []
    blocked_close: str = ""
    blocked_finalise: str = ""

    _filter_names = ("month", "status", "kind", "client_id", "mandate_id")

    @rx.event
    @requires(Permission.FEES_READ)
    async def load(self) -> None:
        """Show what the address asks for."""
        self._read_address()
        self.blocked_close = lacking(Permission.FEES_CLOSE)
        self.blocked_finalise = lacking(Permission.FEES_FINALISE)
        try:
            page = await self._read(queries.page, self._page_request())
            now = SystemClock().now()
            self._accept(page, [month_row(one, now=now) for one in page.items])
            self.progress = [progress_row(one) for one in await self._read(queries.progress)][:6]
            await self._load_steps()
            await self._load_month()
        except Exception as error:
            self._reject(error)

    @rx.event
    @requires(Permission.FEES_READ)
    async def select_drafts(self) -> None:
        """Tick every draft that matches the filters, on all pages."""
        request = self._page_request()
        filters = {**request.filters, "status": FeePeriodStatus.DRAFT.value}
        ids: list[str] = []
        for number in range(1, SELECTED_MAX // PAGE_SIZE_MAX + 1):
            wanted = PageRequest(
                page=number, size=PAGE_SIZE_MAX, search=request.search, filters=filters
            )
            page = await queries.page(current_actor(), wanted)
            ids += [str(one.id) for one in page.items]
            if len(ids) >= page.total or not page.items:
                break
        self.selected = ids[:SELECTED_MAX]

    @rx.event
    @requires(Permission.FEES_READ)
    async def export(self) -> Any:
        """Save the filtered months as CSV."""
        text = await table_export.as_csv(
            queries.page, current_actor(), self._page_request(), COLUMNS
        )
        return table_export.download(text, name="months", now=SystemClock().now())

    @rx.event
    @requires(Permission.FEES_CLOSE)
    def ask_close(self) -> None:
        """Ask before what is over is computed, without waiting for the timetable."""
        self._ask(
            Ask(
                act="close",
                title="Close months now?",
                consequence="Every month that is over is computed anew from its ledgers, drafts and"
                " held months too. Nothing becomes final by it.",
                confirm_label="Close now",
            )
        )

    @rx.event
    @requires(Permission.FEES_CLOSE, Confirmation)
    async def close(self, form: Confirmation) -> Any:
        """Have the daemon compute what is over."""
        if self.ask.act != "close" or not self._confirmed(form):
            return None
        outcome = await perform(
            _close_months,
            reason=form.reason,
            idempotency_key=f"months:{self.ask.token}",
            done="Months are being computed",
            is_command=True,
        )
        return self._settle(outcome)

    @rx.event
    @requires(Permission.FEES_FINALISE)
    async def ask_finalise(self) -> Any:
        """Ask before the ticked drafts become final."""
        return await self._ask_about([UUID(one) for one in self.selected])

    @rx.event
    @requires(Permission.FEES_FINALISE)
    async def ask_finalise_open(self) -> Any:
        """Ask before the open draft becomes final."""
        return await self._ask_about([UUID(self.month.id)]) if self.month.id else None

    @rx.event
    @requires(Permission.FEES_FINALISE, Confirmation)
    async def finalise(self, form: Confirmation) -> Any:
        """Propose to make final what was asked about."""
        if self.ask.act != "finalise" or not self._confirmed(form):
            return None
        drafts = await queries.drafts(
            current_actor(), [UUID(one) for one in self.ask.subject.split()]
        )
        outcome = await perform(
            four_eyes.submit,
            ProposalKind.FINALISE_MONTHS,
            subject=format.plural(len(drafts), "month"),
            subject_key="months",
            payload={"fees": {str(one.id): str(one.fee) for one in drafts}},
            changes=[_change(one) for one in drafts[:50]],
            reason=form.reason,
            done=f"{format.plural(len(drafts), 'month')} finalised",
        )
        if outcome.ok:
            self.selected = []
            await self.load()
        return self._settle(proposed(outcome))

    async def _ask_about(self, period_ids: list[UUID]) -> Any:
        drafts = await queries.drafts(current_actor(), period_ids)
        if not drafts:
            return say("Only drafts can be finalised; these are final or held", tone="danger")
        live_money = [one for one in drafts if one.is_billable]
        total = format.money(exact_sum(one.fee for one in live_money if one.fee is not None))
        left_out = len(period_ids) - len(drafts)
        self._ask(
            Ask(
                act="finalise",
                subject=" ".join(str(one.id) for one in drafts),
                title=f"Finalise {format.plural(len(drafts), 'month')}?",
                consequence=f"Makes {format.plural(len(live_money), 'invoice')} over {total.text}"
                f" {total.unit} in all, which never change; high-water marks rise."
                + (f" {left_out} of those ticked are no drafts and left out." if left_out else ""),
                confirm_label="Finalise",
                phrase="finalise",
            )
        )
        return None

    async def _load_steps(self) -> None:
        """Show the steps of the month that is filtered for, or of the newest."""
        newest = self.progress[0].id if self.progress else ""
        self.steps_of = self.filters.get("month") or newest
        found = await self._read(step_queries.of_month, self.steps_of) if self.steps_of else ()
        self.steps = [step_row(number, one) for number, one in enumerate(found, start=1)]

    async def _load_month(self) -> None:
        period_id = id_of(self.open_id)
        if period_id is None:
            self.open_id = ""
            return
        try:
            found = await self._read(queries.get, period_id)
        except NotFound:
            self.open_id = ""
            return
        now = SystemClock().now()
        self.month = month_row(found.period, now=now)
        self.next_steps = next_steps(self.month.reasons)
        self.bridge, self.fee = bridge_lines(found), fee_lines(found.period)
        self.accounts = account_rows(found)
        self.returns, self.sentences = return_lines(found), told_of(found)
        events = await event_queries.timeline(current_actor(), period_id)
        self.history = timeline_entries(events, now=now)
        await self._load_held()

    async def _read(self, query: Any, *args: Any) -> Any:
        actor = current_actor()
        return await live.shared(live.scope_of(actor), TOPICS, query, actor, *args)


async def _close_months(uow: UnitOfWork, *, reason: str, idempotency_key: str) -> UUID:
    uow.record(CommandIssued(command="CloseMonths", reason=reason))
    return await uow.issue(CloseMonths(reason=reason), idempotency_key=idempotency_key)


def _change(one: FeePeriodView) -> Change:
    row = month_row(one, now=SystemClock().now())
    return Change(
        f"{one.client}, {row.month}",
        f"mark {row.mark.text}",
        f"fee {row.fee.text} {row.fee.unit}" + ("" if one.is_billable else ", pro forma"),
    )

"""The grid of one signal: a row per account, and the order behind each."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.errors import NotFound, PatriotError
from patriot_app.core.queries import events as event_queries
from patriot_app.core.queries import fan_outs as fan_out_queries
from patriot_app.core.queries import instruments as instrument_queries
from patriot_app.core.queries import orders as order_queries
from patriot_app.core.queries import retries as retry_queries
from patriot_app.core.queries import signals as signal_queries
from patriot_app.core.queries import slices as slice_queries
from patriot_app.core.queries.fan_outs import FanOutRow
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.services import retries
from patriot_app.web import live, routes, table_export
from patriot_app.web.actions import Ask, Confirmation, DialogMixin, perform, say
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.fan_outs.rows import (
    AccountRow,
    OutcomeLabels,
    ReasonRow,
    RetryRow,
    account_row,
    accounts_text,
    began_with,
    outcome_labels,
    reason_row,
    retry_row,
    retry_text,
)
from patriot_app.web.kit import TimelineEntry
from patriot_app.web.parts.history_state import HistoryMixin
from patriot_app.web.parts.order_steps import step_entry
from patriot_app.web.parts.signals import SignalRow, signal_row
from patriot_app.web.parts.slices import impact_text
from patriot_app.web.table_state import TableMixin

TOPICS = "fan_outs orders signals"
COLUMNS: table_export.Columns[FanOutRow] = [
    ("place", lambda row: row.place),
    ("client", lambda row: row.client),
    ("account", lambda row: row.account),
    ("exchange", lambda row: row.exchange),
    ("mode", lambda row: row.mode),
    ("outcome", lambda row: row.outcome.value),
    ("reason_code", lambda row: row.reason_code),
    ("reason", lambda row: row.reason),
    ("quantity", lambda row: row.quantity),
    ("filled_quantity", lambda row: row.filled_quantity),
    ("average_price", lambda row: row.average_price),
    ("slippage_bps", lambda row: row.slippage_bps),
    ("latency_ms", lambda row: row.latency_ms),
    ("decided_at", lambda row: row.decided_at),
    ("slices", lambda row: row.slicing.slices if row.slicing else ""),
    ("slices_sent", lambda row: row.slicing.sent if row.slicing else ""),
    ("slices_given_up", lambda row: row.slicing.given_up if row.slicing else ""),
    ("failure", lambda row: f"{row.failure.code} {row.failure.evidence}" if row.failure else ""),
    ("is_first", lambda row: "yes" if row.is_first else ""),
]


class FanOutState(TableMixin, DialogMixin, HistoryMixin, rx.State):
    """The signal, its accounts, why some got no order, and the open account."""

    rows: list[AccountRow] = []
    signal: SignalRow = SignalRow()
    labels: OutcomeLabels = OutcomeLabels()
    reasons: list[ReasonRow] = []
    began_with: str = ""
    impact: str = ""
    retrying: RetryRow = RetryRow()
    account: AccountRow = AccountRow()
    steps: list[TimelineEntry] = []

    _filter_names = ("signal", "outcome", "reason_code", "exchange")

    @rx.event
    @requires(Permission.SIGNALS_READ)
    async def load(self) -> None:
        """Show what the address asks for."""
        self._read_address()
        self.filtered = bool(self.search) or any(
            value for name, value in self.filters.items() if name != "signal"
        )
        try:
            signal_id = _id_of(self.filters["signal"])
            await self._load_signal(signal_id)
            page = await self._grid(signal_id, self._request())
            now = SystemClock().now()
            self._accept(page, [account_row(row, now=now) for row in page.items])
            await self._load_account(signal_id)
        except Exception as error:
            self._reject(error)

    @rx.event
    @requires(Permission.SIGNALS_READ)
    def show_outcome(self, outcome: str) -> Any:
        """Narrow the grid to one outcome; empty: show all."""
        return self._show(outcome=outcome, page="")

    @rx.event
    @requires(Permission.SIGNALS_READ)
    def show_reason(self, code: str) -> Any:
        """Narrow the grid to one reason; again: show all."""
        is_set = self.filters.get("reason_code") == code
        return self._show(reason_code="" if is_set else code, outcome="", page="")

    @rx.event
    @requires(Permission.SIGNALS_READ)
    def reset_filters(self) -> Any:
        """Show all accounts of the signal again."""
        self.search = ""
        return rx.redirect(routes.fan_out(self.filters.get("signal", "")), replace=True)

    @rx.event
    @requires(Permission.SIGNALS_READ)
    async def export(self) -> Any:
        """Save the filtered accounts as CSV."""
        signal_id = _id_of(self.filters["signal"])

        async def query(actor: Any, request: PageRequest) -> Page[FanOutRow]:
            return await fan_out_queries.grid(actor, signal_id, request)

        text = await table_export.as_csv(query, current_actor(), self._request(), COLUMNS)
        return table_export.download(text, name="fan-out", now=SystemClock().now())

    @rx.event
    @requires(Permission.SIGNALS_PUBLISH)
    async def ask_retry(self) -> Any:
        """Say which accounts are tried again and at which price, and ask."""
        actor, now = current_actor(), SystemClock().now()
        try:
            signal_id = _id_of(self.filters["signal"])
            preview = await retry_queries.preview(actor, signal_id)
            market = await instrument_queries.get(
                actor, Exchange(preview.reference_exchange), preview.symbol
            )
        except PatriotError as error:
            return say(str(error), tone="danger")
        row = retry_row(preview)
        if row.blocked:
            return say(row.blocked, tone="danger")
        is_valid = now < preview.valid_until
        self._ask(
            Ask(
                act="retry" if is_valid else "retry at present price",
                subject=str(signal_id),
                title=f"Try {preview.symbol} again on {accounts_text(preview)}?",
                consequence=retry_text(preview, price=market.mark_price, is_valid=is_valid),
                confirm_label="Retry failed only" if is_valid else "Send at the present price",
            )
        )
        return None

    @rx.event
    @requires(Permission.SIGNALS_PUBLISH, Confirmation)
    async def retry(self, form: Confirmation) -> Any:
        """Ask the daemon to try the failed accounts again."""
        if not self._confirmed(form) or not self.ask.act.startswith("retry"):
            return None
        outcome = await perform(
            retries.ask,
            UUID(self.ask.subject),
            at_present_price=self.ask.act != "retry",
            reason=form.reason,
            idempotency_key=self.ask.token,
            done="Failed accounts are tried again",
            is_command=True,
        )
        return self._settle(outcome)

    def _request(self) -> PageRequest:
        request = self._page_request()
        filters = {name: value for name, value in request.filters.items() if name != "signal"}
        return replace(request, filters=filters)

    async def _load_signal(self, signal_id: UUID) -> None:
        actor = current_actor()
        scope = live.scope_of(actor)
        signal = await live.shared(scope, TOPICS, signal_queries.get, actor, signal_id)
        reasons = await live.shared(scope, TOPICS, fan_out_queries.reasons, actor, signal_id)
        self.signal = signal_row(signal, now=SystemClock().now())
        self.labels = outcome_labels(signal.counts)
        self.reasons = [reason_row(reason) for reason in reasons]
        first = await live.shared(scope, TOPICS, fan_out_queries.first_accounts, actor, signal_id)
        self.began_with = began_with(first)
        estimated = await live.shared(scope, TOPICS, slice_queries.estimates, actor, signal_id)
        self.impact = impact_text(estimated)
        preview = await live.shared(scope, TOPICS, retry_queries.preview, actor, signal_id)
        self.retrying = retry_row(preview)
        await self._load_history(event_queries.timeline, signal_id)

    async def _load_account(self, signal_id: UUID) -> None:
        if not self.open_id:
            return
        found = next((row for row in self.rows if row.id == self.open_id), None)
        if found is None:
            self.open_id = ""
            return
        self.account, self.steps = found, []
        if found.attempt_id:
            actor = current_actor()
            detail = await live.shared(
                live.scope_of(actor), TOPICS, order_queries.detail, actor, UUID(found.attempt_id)
            )
            now = SystemClock().now()
            newest_first = list(reversed(list(enumerate(detail.timeline))))
            self.steps = [step_entry(number, step, now=now) for number, step in newest_first]

    async def _grid(self, signal_id: UUID, request: PageRequest) -> Page[FanOutRow]:
        actor = current_actor()
        return await live.shared(
            live.scope_of(actor), TOPICS, fan_out_queries.grid, actor, signal_id, request
        )


def _id_of(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound("There is no such signal") from error

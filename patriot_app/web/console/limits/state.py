"""What the exchanges' limits still allow."""

from typing import Any

import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.queries import rate_budgets
from patriot_app.core.queries.rate_budgets import RateBudget
from patriot_app.web import live, table_export
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.limits.rows import BudgetRow, Totals, budget_row, totals
from patriot_app.web.console.limits.window_state import MaintenanceState
from patriot_app.web.table_state import TableMixin

TOPICS = "heartbeats"
COLUMNS: table_export.Columns[RateBudget] = [
    ("told_at", lambda budget: budget.told_at),
    ("process", lambda budget: budget.process),
    ("exchange", lambda budget: budget.exchange),
    ("mode", lambda budget: budget.mode),
    ("address", lambda budget: budget.address),
    ("budget", lambda budget: budget.budget),
    ("window_s", lambda budget: budget.window_s),
    ("used", lambda budget: budget.used),
    ("reserve", lambda budget: budget.reserve),
    ("margin", lambda budget: budget.margin),
    ("silent_s", lambda budget: budget.silent_s),
    ("waiting_exit", lambda budget: budget.waiting_exit),
    ("waiting_resolution", lambda budget: budget.waiting_resolution),
    ("waiting_take_over", lambda budget: budget.waiting_take_over),
    ("waiting_entry", lambda budget: budget.waiting_entry),
    ("waiting_background", lambda budget: budget.waiting_background),
    ("accounts", lambda budget: budget.accounts),
    ("accounts_max", lambda budget: budget.accounts_max),
    ("read_at_once", lambda budget: budget.read_at_once),
    ("connections", lambda budget: budget.connections),
    ("connections_max", lambda budget: budget.connections_max),
    ("connections_opened_in_300_s", lambda budget: budget.opened),
    ("connections_opened_max", lambda budget: budget.opened_max),
    ("account_nearest_its_limit", lambda budget: budget.risk_account),
    ("orders_counted", lambda budget: budget.risk_used),
    ("orders_allowed", lambda budget: budget.risk_limit),
    ("orders_window_s", lambda budget: budget.risk_window_s),
    ("fan_out_s", lambda budget: budget.fan_out_s),
]


class LimitsState(TableMixin, rx.State):
    """Totals and one page of addresses."""

    rows: list[BudgetRow] = []
    totals: Totals = Totals()

    _filter_names = ("exchange", "silent")

    @rx.event
    @requires(Permission.SYSTEM_READ)
    async def load(self) -> Any:
        """Show what the daemons told last, and the windows of maintenance beside it."""
        self._read_address()
        actor = current_actor()
        scope = live.scope_of(actor)
        try:
            summary = await live.shared(scope, TOPICS, rate_budgets.summary, actor)
            page = await live.shared(scope, TOPICS, rate_budgets.page, actor, self._page_request())
            now = SystemClock().now()
            self.totals = totals(summary)
            self._accept(page, [budget_row(item, now=now) for item in page.items])
        except Exception as error:
            self._reject(error)
        return MaintenanceState.load

    @rx.event
    @requires(Permission.SYSTEM_READ)
    async def export(self) -> Any:
        """Save the filtered addresses as CSV."""
        text = await table_export.as_csv(
            rate_budgets.page, current_actor(), self._page_request(), COLUMNS
        )
        return table_export.download(text, name="limits", now=SystemClock().now())

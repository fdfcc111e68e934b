"""Who came in and who was refused."""

from typing import Any

import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.queries import sign_ins
from patriot_app.core.queries.sign_ins import SignInTry
from patriot_app.web import live, table_export
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.sign_ins.rows import (
    Totals,
    TryRow,
    address_facts,
    day_facts,
    totals,
    try_row,
)
from patriot_app.web.table_state import TableMixin

TOPICS = "sign_ins"
COLUMNS: table_export.Columns[SignInTry] = [
    ("at", lambda one: one.at),
    ("person", lambda one: one.name),
    ("outcome", lambda one: "signed in" if one.succeeded else "refused"),
    ("address", lambda one: one.ip),
    ("device", lambda one: one.user_agent),
    ("reason", lambda one: one.reason),
]


class SignInsState(TableMixin, rx.State):
    """Totals, days, addresses, and one page of sign-ins."""

    rows: list[TryRow] = []
    totals: Totals = Totals()
    days: list[tuple[str, str]] = []
    addresses: list[tuple[str, str]] = []

    _filter_names = ("outcome", "within")

    @rx.event
    @requires(Permission.SIGN_INS_READ)
    async def load(self) -> None:
        """Show what happened until now."""
        self._read_address()
        actor, now = current_actor(), SystemClock().now()
        scope = live.scope_of(actor)
        try:
            summary = await live.shared(scope, TOPICS, sign_ins.summary, actor)
            days = await live.shared(scope, TOPICS, sign_ins.by_day, actor)
            refused = await live.shared(scope, TOPICS, sign_ins.refused_addresses, actor)
            page = await live.shared(scope, TOPICS, sign_ins.tries, actor, self._page_request())
            self.totals, self.days = totals(summary), day_facts(days)
            self.addresses = address_facts(refused, now=now)
            self._accept(page, [try_row(one, now=now) for one in page.items])
        except Exception as error:
            self._reject(error)

    @rx.event
    @requires(Permission.SIGN_INS_READ)
    async def export(self) -> Any:
        """Save the filtered lines as CSV."""
        text = await table_export.as_csv(
            sign_ins.tries, current_actor(), self._page_request(), COLUMNS
        )
        return table_export.download(text, name="sign-ins", now=SystemClock().now())

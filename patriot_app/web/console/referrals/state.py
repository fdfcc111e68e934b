"""Referrals: who recommended the desk to whom. Nothing of it is ever changed."""

from typing import Any

import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.queries import referrals as queries
from patriot_app.core.queries.referrals import ReferralView
from patriot_app.web import live, table_export
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.referrals.rows import ReferralRow, referral_row
from patriot_app.web.table_state import TableMixin

TOPICS = "clients"
COLUMNS: table_export.Columns[ReferralView] = [
    (name, lambda row, name=name: getattr(row, name)) for name in ReferralView.__dataclass_fields__
]


class ReferralsState(TableMixin, rx.State):
    """One page of referrals."""

    rows: list[ReferralRow] = []

    _filter_names = ("status",)

    @rx.event
    @requires(Permission.CLIENTS_READ)
    async def load(self) -> None:
        """Show what the address asks for."""
        self._read_address()
        actor = current_actor()
        try:
            page = await live.shared(
                live.scope_of(actor), TOPICS, queries.page, actor, self._page_request()
            )
            now = SystemClock().now()
            self._accept(page, [referral_row(one, now=now) for one in page.items])
        except Exception as error:
            self._reject(error)

    @rx.event
    @requires(Permission.CLIENTS_READ)
    async def export(self) -> Any:
        """Save them as CSV."""
        text = await table_export.as_csv(
            queries.page, current_actor(), self._page_request(), COLUMNS
        )
        return table_export.download(text, name="referrals", now=SystemClock().now())

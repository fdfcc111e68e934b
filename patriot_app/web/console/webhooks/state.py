"""Webhooks: which there are, whether they are taken; test, pause, resume, delete."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.queries import webhooks as queries
from patriot_app.core.queries.webhooks import WebhookView
from patriot_app.core.services import webhooks
from patriot_app.web import live, table_export
from patriot_app.web.actions import Ask, Confirmation, DialogMixin, perform, toast
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.webhooks.rows import WebhookRow, webhook_row
from patriot_app.web.parts.addresses import id_of
from patriot_app.web.parts.permitted import lacking
from patriot_app.web.table_state import TableMixin

TOPICS = "webhooks notifications"
COLUMNS: table_export.Columns[WebhookView] = [
    (name, lambda row, name=name: getattr(row, name)) for name in WebhookView.__dataclass_fields__
]
CHANGES: dict[str, tuple[Callable[..., Any], str, str]] = {
    "pause": (
        webhooks.pause,
        "Paused",
        "It is not called until it is resumed; what happens waits.",
    ),
    "resume": (
        webhooks.resume,
        "Resumed",
        "It is called again. What it missed while it was switched off can be sent again from the"
        " delivery ledger.",
    ),
    "delete": (
        webhooks.delete,
        "Deleted",
        "It is called no more, and its secret is forgotten for good. What waits is given up.",
    ),
}
"""By act: what does it, what is said when it is done, what it leads to."""


class WebhooksState(TableMixin, DialogMixin, rx.State):
    """One page of endpoints, the open one and the question before an act."""

    rows: list[WebhookRow] = []
    hook: WebhookRow = WebhookRow()
    blocked: str = ""

    _filter_names = ("status",)

    @rx.event
    @requires(Permission.WEBHOOKS_READ)
    async def load(self) -> None:
        """Show what the address asks for."""
        self._read_address()
        self.blocked = lacking(Permission.WEBHOOKS_WRITE)
        actor, now = current_actor(), SystemClock().now()
        try:
            page = await live.shared(
                live.scope_of(actor), TOPICS, queries.page, actor, self._page_request()
            )
            self._accept(page, [webhook_row(one, now=now) for one in page.items])
            shown = [row for row in self.rows if row.id == str(id_of(self.open_id))]
            self.hook = shown[0] if shown else WebhookRow()
            self.open_id = self.hook.id
        except Exception as error:
            self._reject(error)

    @rx.event
    @requires(Permission.WEBHOOKS_READ)
    async def export(self) -> Any:
        """Save the endpoints as CSV."""
        text = await table_export.as_csv(
            queries.page, current_actor(), self._page_request(), COLUMNS
        )
        return table_export.download(text, name="webhooks", now=SystemClock().now())

    @rx.event
    @requires(Permission.WEBHOOKS_WRITE, step_up=True)
    async def send_test(self) -> Any:
        """Have the open one called."""
        if not self.hook.id:
            return None
        outcome = await perform(webhooks.test, UUID(self.hook.id), done="A test call is on its way")
        await self.load()
        return toast(outcome)

    @rx.event
    @requires(Permission.WEBHOOKS_WRITE, step_up=True)
    def ask_change(self, act: str) -> None:
        """Ask before the open one is paused, resumed or deleted."""
        if act not in CHANGES or not self.hook.id:
            return
        verb = act.capitalize()
        self._ask(
            Ask(
                act=act,
                subject=self.hook.id,
                title=f"{verb} the webhook {self.hook.name}?",
                consequence=CHANGES[act][2],
                confirm_label=f"{verb} it",
            )
        )

    @rx.event
    @requires(Permission.WEBHOOKS_WRITE, Confirmation, step_up=True)
    async def change(self, form: Confirmation) -> Any:
        """Do what was asked about."""
        if not self._confirmed(form) or self.ask.act not in CHANGES:
            return None
        service, done, _ = CHANGES[self.ask.act]
        outcome = await perform(service, UUID(self.ask.subject), reason=form.reason, done=done)
        await self.load()
        return self._settle(outcome)

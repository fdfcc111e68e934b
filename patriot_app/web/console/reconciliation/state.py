"""The inbox: differences with their evidence, and what a person decides of them."""

from typing import Any
from uuid import UUID

import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.domain.reconciliation import Decision
from patriot_app.core.errors import NotFound
from patriot_app.core.queries import events as event_queries
from patriot_app.core.queries import reconciliation as inbox_queries
from patriot_app.core.queries.reconciliation import InboxItem
from patriot_app.core.services import cold_modes, desk_orders, discrepancies, doubts
from patriot_app.core.settings import get_settings
from patriot_app.web import live
from patriot_app.web.actions import Ask, Confirmation, DialogMixin, Outcome, perform
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.reconciliation.rows import (
    ABSENT,
    ACTS,
    LOOK,
    UNPARK,
    ItemRow,
    acts_of,
    cold_text,
    consequence,
    item_row,
)
from patriot_app.web.parts.history_state import HistoryMixin
from patriot_app.web.parts.permitted import lacking
from patriot_app.web.table_state import TableMixin

TOPICS = "reconciliation accounts orders positions"


class ReconciliationState(TableMixin, DialogMixin, HistoryMixin, rx.State):
    """What differs, and the open item."""

    rows: list[ItemRow] = []
    item: ItemRow = ItemRow()
    waiting: int = 0
    cold: str = ""
    blocked_cold: str = ""
    blocked: str = ""
    is_alone: bool = False

    _filter_names = ("status", "kind", "exchange", "account_id")

    @rx.event
    @requires(Permission.RISK_READ)
    async def load(self) -> None:
        """Show what the address asks for."""
        self._read_address()
        self.blocked = lacking(Permission.RECONCILE)
        self.blocked_cold = lacking(Permission.SYSTEM_WRITE)
        self.is_alone = get_settings().four_eyes == "off"
        try:
            page = await self._read(inbox_queries.page, self._page_request())
            now = SystemClock().now()
            self._accept(page, [item_row(item, now=now) for item in page.items])
            self.waiting = await self._read(inbox_queries.count_open)
            cold = await self._read(inbox_queries.cold_mode)
            self.cold = "" if cold is None else cold_text(cold, now=now)
            await self._load_item()
        except Exception as error:
            self._reject(error)

    @rx.event
    @requires(Permission.RECONCILE, step_up=True)
    async def ask_decision(self, act: str) -> None:
        """Say what a decision does and ask before it is taken."""
        item = await self._item()
        if item is None or act not in acts_of(item):
            return
        row = item_row(item, now=SystemClock().now())
        self._ask(
            Ask(
                act=act,
                subject=item.id,
                title=f"{ACTS[act]}: {row.title}?",
                consequence=f"{row.client} · {row.account}. {consequence(item.kind, act)}",
                confirm_label=ACTS[act],
            )
        )

    @rx.event
    @requires(Permission.RECONCILE, Confirmation, step_up=True)
    async def decide(self, form: Confirmation) -> Any:
        """Take the decision that was asked about; the daemon carries it out."""
        if self.ask.act not in ACTS or not self._confirmed(form):
            return None
        outcome = await self._perform(self.ask, form.reason)
        if outcome.ok:
            await self.load()
        return self._settle(outcome)

    @rx.event
    @requires(Permission.SYSTEM_WRITE, step_up=True)
    def ask_leave(self) -> None:
        """Ask before the database is believed again without proof."""
        self._ask(
            Ask(
                act="leave",
                subject="cold",
                title="Leave cold mode without proof?",
                consequence=f"{self.cold} It ends by itself when every account is proved. After"
                " leaving, what our books hold for unsent is sent without a look.",
                confirm_label="Leave cold mode",
                phrase="believe the database",
            )
        )

    @rx.event
    @requires(Permission.SYSTEM_WRITE, Confirmation, step_up=True)
    async def leave(self, form: Confirmation) -> Any:
        """Believe the database again."""
        if self.ask.act != "leave" or not self._confirmed(form):
            return None
        outcome = await perform(cold_modes.leave, reason=form.reason, done="Cold mode is over")
        if outcome.ok:
            await self.load()
        return self._settle(outcome)

    async def _perform(self, ask: Ask, reason: str) -> Outcome:
        identity = UUID(ask.subject[1:])
        common: dict[str, Any] = {
            "reason": reason,
            "idempotency_key": ask.token,
            "done": f"{ACTS[ask.act]}: asked for",
            "is_command": True,
        }
        if ask.act in {LOOK, ABSENT}:
            return await perform(doubts.decide, identity, ask.act, **common)
        if ask.act == UNPARK:
            return await perform(desk_orders.unpark_account, identity, **common)
        return await perform(discrepancies.decide, identity, Decision(ask.act), **common)

    async def _load_item(self) -> None:
        item = await self._item()
        if item is None:
            self.open_id = ""
            return
        self.item = item_row(item, now=SystemClock().now())
        await self._load_history(event_queries.timeline, item.subject_id)

    async def _item(self) -> InboxItem | None:
        if not self.open_id:
            return None
        try:
            return await inbox_queries.get(current_actor(), self.open_id)
        except NotFound:
            return None

    async def _read(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        actor = current_actor()
        return await live.shared(live.scope_of(actor), TOPICS, query, actor, *args, **kwargs)

"""The kill switch: what stands still, how far clearing up has come, and what failed."""

from typing import Any
from uuid import UUID

import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.halts import HaltLevel
from patriot_app.core.domain.permissions import Permission, can
from patriot_app.core.queries import clearing as clearing_queries
from patriot_app.core.queries import risk as risk_queries
from patriot_app.core.services import clearing
from patriot_app.core.settings import get_settings
from patriot_app.web import live
from patriot_app.web.actions import Ask, Confirmation, perform
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.kill_switch.rows import ClearingRow, clearing_row
from patriot_app.web.parts.halt_rows import HaltRow, halt_row
from patriot_app.web.parts.halt_state import HaltMixin
from patriot_app.web.parts.permitted import lacking
from patriot_app.web.table_state import TableMixin

TOPICS = "halts risk"
LIFTED_SHOWN = 10


class KillSwitchState(TableMixin, HaltMixin, rx.State):
    """Halts in force with the accounts behind them, and those that were lifted."""

    rows: list[ClearingRow] = []
    lifted: list[HaltRow] = []
    blocked_retry: str = ""
    is_alone: bool = False

    _filter_names = ("state", "exchange")

    @rx.event
    @requires(Permission.RISK_READ)
    async def enter(self) -> None:
        """Arrive at the page; the address may name an account to be halted."""
        await self.load()
        account_id = self._query().get("halt", "")
        if account_id and can(current_actor(), Permission.HALT_RAISE):
            self._open_halt_of(account_id[:100])

    @rx.event
    @requires(Permission.RISK_READ)
    async def load(self) -> None:
        """Show what the address asks for."""
        self._read_address()
        self.blocked_retry = lacking(Permission.HALT_RAISE)
        self.is_alone = get_settings().four_eyes == "off"
        try:
            await self._load_halts()
            page = await self._read(clearing_queries.page, self._page_request())
            now = SystemClock().now()
            self._accept(page, [clearing_row(item, now=now) for item in page.items])
            past = await self._read(risk_queries.past_halts, limit=LIFTED_SHOWN)
            self.lifted = [halt_row(one, now=now) for one in past]
        except Exception as error:
            self._reject(error)

    @rx.event
    @requires(Permission.HALT_RAISE, step_up=True)
    def ask_retry(self, halt_id: str) -> None:
        """Ask before the failed accounts of a halt are tried again."""
        row = next((one for one in self.halts if one.id == halt_id), None)
        if row is None:
            return
        self._ask(
            Ask(
                act="retry",
                subject=halt_id,
                title=f"Try the {row.failed} failed again?",
                consequence=f"{row.progress}. What is done stays done; an exit only ever reduces,"
                " and none is sent while the outcome of another is unknown.",
                confirm_label="Retry failed",
            )
        )

    @rx.event
    @requires(Permission.HALT_RAISE, Confirmation, step_up=True)
    async def retry(self, form: Confirmation) -> Any:
        """Try the failed accounts of the chosen halt again."""
        row = next((one for one in self.halts if one.id == self.ask.subject), None)
        if row is None or self.ask.act != "retry" or not self._confirmed(form):
            return None
        if row.level == str(int(HaltLevel.FLATTEN)) and not can(
            current_actor(), Permission.FLATTEN
        ):
            self.errors = {"": lacking(Permission.FLATTEN)}
            return None
        outcome = await perform(
            clearing.retry_failed,
            UUID(row.id),
            reason=form.reason,
            done="The failed accounts are tried again",
        )
        return await self._after(outcome)

    async def _read(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        actor = current_actor()
        return await live.shared(live.scope_of(actor), TOPICS, query, actor, *args, **kwargs)

"""Maintenance windows: enter one, move it, end it."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import pydantic
import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.halts import HaltScope
from patriot_app.core.domain.maintenance import check_times, name_of
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.errors import Invalid
from patriot_app.core.queries import halt_effects
from patriot_app.core.queries import maintenance as maintenance_queries
from patriot_app.core.services import maintenance
from patriot_app.core.settings import get_settings
from patriot_app.web import live
from patriot_app.web.actions import Ask, Confirmation, DialogMixin, perform
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.limits.window_rows import (
    TIME_SHAPE,
    WindowRow,
    end_text,
    plan_text,
    window_row,
)
from patriot_app.web.parts.permitted import lacking

TOPICS = "maintenance"
_NOT_YET = "asked for with the confirmation"


def _read_time(value: Any) -> datetime:
    try:
        return datetime.strptime(str(value).strip(), TIME_SHAPE).replace(tzinfo=UTC)
    except ValueError as error:
        raise ValueError("Type a day and a time in UTC, such as 2026-03-02 14:00") from error


UtcTime = Annotated[datetime, pydantic.BeforeValidator(_read_time)]


class WindowForm(pydantic.BaseModel):
    """When an exchange is closed."""

    exchange: Literal["binance", "bybit"]
    starts_at: UtcTime
    ends_at: UtcTime


class MaintenanceState(DialogMixin, rx.State):
    """The windows, and the dialogs around them."""

    windows: list[WindowRow] = []
    window: WindowRow = WindowRow()
    blocked: str = ""

    _times: dict[str, datetime] = {}
    _exchange: str = ""

    @rx.event
    @requires(Permission.SYSTEM_READ)
    async def load(self) -> None:
        """Show what is coming, what runs and what was."""
        actor = current_actor()
        self.blocked = lacking(Permission.MAINTENANCE_WRITE)
        found = await live.shared(live.scope_of(actor), TOPICS, maintenance_queries.windows, actor)
        now = SystemClock().now()
        self.windows = [window_row(one, now=now) for one in found]

    @rx.event
    @requires(Permission.MAINTENANCE_WRITE)
    def window_form(self, window_id: str) -> None:
        """Let a window be moved; an empty id enters one."""
        now = SystemClock().now()
        fresh = WindowRow(exchange="binance", starts_at=f"{now:{TIME_SHAPE}}")
        self.window = next((one for one in self.windows if one.id == window_id), fresh)
        self._open_form("window")

    @rx.event
    @requires(Permission.MAINTENANCE_WRITE, WindowForm)
    async def review_window(self, form: WindowForm) -> None:
        """Count what the window touches and ask before it binds."""
        if self.form != "window":
            return
        now = SystemClock().now()
        try:
            check_times(form.starts_at, form.ends_at, _NOT_YET, now=now)
        except Invalid as error:
            self.errors = error.fields
            return
        window = self.window
        exchange = Exchange(window.exchange if window.id else form.exchange)
        self._times = {"starts_at": form.starts_at, "ends_at": form.ends_at}
        self._exchange = exchange.value
        effect = await halt_effects.effect(current_actor(), HaltScope.EXCHANGE, exchange.value)
        name, settings = name_of(exchange), get_settings()
        self.form = ""
        self._ask(
            Ask(
                act="window",
                subject=window.id,
                title=f"{'Move' if window.id else 'Enter'} maintenance of {name}, "
                f"{form.starts_at:%H:%M}–{form.ends_at:%H:%M} UTC?",
                consequence=plan_text(
                    effect,
                    exchange=name,
                    starts_at=form.starts_at,
                    lead_s=settings.maintenance_lead_s,
                    exit_s=settings.maintenance_exit_s,
                ),
                confirm_label="Move window" if window.id else "Enter window",
            )
        )

    @rx.event
    @requires(Permission.MAINTENANCE_WRITE, Confirmation)
    async def keep_window(self, form: Confirmation) -> Any:
        """Enter the window or move it; it binds with this commit."""
        if self.ask.act != "window" or not self._confirmed(form):
            return None
        told: dict[str, Any] = {**self._times, "reason": form.reason}
        if self.ask.subject:
            window_id = UUID(self.ask.subject)
            outcome = await perform(maintenance.change, window_id, **told, done="Window moved")
        else:
            exchange = Exchange(self._exchange)
            outcome = await perform(
                maintenance.plan, exchange=exchange, **told, done="Window entered"
            )
        if outcome.ok:
            await self.load()
        return self._settle(outcome)

    @rx.event
    @requires(Permission.MAINTENANCE_WRITE)
    def ask_end(self, window_id: str) -> None:
        """Say what happens and ask before a window is called off or ended."""
        row = next((one for one in self.windows if one.id == window_id), None)
        if row is None:
            return
        is_ahead = row.state in {"planned", "closing"}
        self._ask(
            Ask(
                act="end",
                subject=row.id,
                title=f"{'Call off' if is_ahead else 'End'} the maintenance of"
                f" {row.exchange_name}?",
                consequence=end_text(row),
                confirm_label="Call off" if is_ahead else "End now",
            )
        )

    @rx.event
    @requires(Permission.MAINTENANCE_WRITE, Confirmation)
    async def end_window(self, form: Confirmation) -> Any:
        """Call the window off, or end it."""
        if self.ask.act != "end" or not self._confirmed(form):
            return None
        outcome = await perform(
            maintenance.end, UUID(self.ask.subject), reason=form.reason, done="Window ended"
        )
        if outcome.ok:
            await self.load()
        return self._settle(outcome)

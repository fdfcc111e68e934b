"""Open positions: what guards them, moving their levels, closing one, flattening an account."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pydantic
import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.levels import Levels
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.ids import new_id
from patriot_app.core.queries import events as event_queries
from patriot_app.core.queries import orders as order_queries
from patriot_app.core.queries import positions as position_queries
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.queries.positions import PositionSummary
from patriot_app.core.services import desk_orders, levels
from patriot_app.web import live, table_export
from patriot_app.web.actions import Ask, Confirmation, DialogMixin, Outcome, perform
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.positions.rows import (
    ExposureRow,
    PositionRow,
    close_text,
    exposure_row,
    flatten_text,
    levels_text,
    position_row,
    row_id,
)
from patriot_app.web.parts.history_state import HistoryMixin
from patriot_app.web.table_state import TableMixin

TOPICS = "positions equity"
ALL_OF_ONE = 200
"""More positions than an account can hold in the contracts of a deployment."""
COLUMNS: table_export.Columns[PositionSummary] = [
    ("client", lambda position: position.client),
    ("account", lambda position: position.account),
    ("exchange", lambda position: position.exchange),
    ("mode", lambda position: position.mode),
    ("symbol", lambda position: position.symbol),
    ("quantity", lambda position: position.quantity),
    ("entry_price", lambda position: position.entry_price),
    ("mark_price", lambda position: position.mark_price),
    ("notional", lambda position: position.notional),
    ("unrealised_pnl", lambda position: position.unrealised_pnl),
    ("realised_pnl", lambda position: position.realised_pnl),
    ("leverage", lambda position: position.leverage),
    ("liquidation_price", lambda position: position.liquidation_price),
    ("wanted_stop", lambda position: position.wanted_stop),
    ("live_stop", lambda position: position.live_stop),
    ("unprotected_since", lambda position: position.unprotected_since),
    ("deployment", lambda position: position.deployment),
    ("price_at", lambda position: position.price_at),
]


class LevelsForm(pydantic.BaseModel):
    """Stop and target of the open position; prices in USDT, a blank target is none."""

    stop_loss: Decimal
    take_profit: Decimal | None = None
    reason: str = pydantic.Field(min_length=5, max_length=500)

    @pydantic.field_validator("stop_loss", "take_profit", mode="before")
    @classmethod
    def _read_price(cls, value: Any) -> Any:
        return str(value).replace(",", "").strip() or None


class PositionsState(TableMixin, DialogMixin, HistoryMixin, rx.State):
    """Rows, exposure per symbol and the open position."""

    rows: list[PositionRow] = []
    exposure: list[ExposureRow] = []
    position: PositionRow = PositionRow()
    narrowed: bool = False
    levels_of: str = ""

    _draft: dict[str, str] = {}
    _filter_names = (
        "symbol",
        "exchange",
        "side",
        "unprotected",
        "account_id",
        "client_id",
        "deployment_id",
    )

    @rx.event
    @requires(Permission.POSITIONS_READ)
    async def load(self) -> None:
        """Show what the address asks for."""
        self._read_address()
        self.narrowed = any(value for name, value in self.filters.items() if name.endswith("_id"))
        try:
            actor = current_actor()
            now = SystemClock().now()
            page = await self._read(self._page_request())
            self._accept(page, [position_row(item, now=now) for item in page.items])
            by_symbol = await live.shared(
                live.scope_of(actor), TOPICS, position_queries.by_symbol, actor
            )
            self.exposure = [exposure_row(item) for item in by_symbol]
            await self._load_position()
        except Exception as error:
            self._reject(error)

    @rx.event
    @requires(Permission.POSITIONS_READ)
    def show_symbol(self, symbol: str) -> Any:
        """Narrow the table to one symbol; again: show all."""
        return self._show(symbol="" if self.filters.get("symbol") == symbol else symbol, page="")

    @rx.event
    @requires(Permission.POSITIONS_READ)
    async def export(self) -> Any:
        """Save the filtered positions as CSV."""
        text = await table_export.as_csv(
            position_queries.page, current_actor(), self._page_request(), COLUMNS
        )
        return table_export.download(text, name="positions", now=SystemClock().now())

    @rx.event
    @requires(Permission.POSITIONS_CLOSE)
    def ask_close(self) -> None:
        """Ask before the open position is closed."""
        self._ask(
            Ask(
                act="close",
                subject=self.position.id,
                title=f"Close {self.position.symbol} of {self.position.client}?",
                consequence=close_text(self.position),
                confirm_label="Close position",
            )
        )

    @rx.event
    @requires(Permission.POSITIONS_CLOSE, Confirmation)
    async def close(self, form: Confirmation) -> Any:
        """Ask the daemon to close one position."""
        if not self._confirmed(form):
            return None
        account_id, symbol, _ = self.ask.subject.split(":")
        outcome = await perform(
            desk_orders.close_position,
            UUID(account_id),
            symbol,
            reason=form.reason,
            idempotency_key=self.ask.token,
            done=f"Closing {symbol}",
            is_command=True,
        )
        return self._settle(outcome)

    @rx.event
    @requires(Permission.POSITIONS_CLOSE)
    def open_levels(self) -> None:
        """Open the form for stop and target of the open position."""
        self.levels_of = levels_text(self.position)
        self._open_form("levels")

    @rx.event
    @requires(Permission.POSITIONS_CLOSE, LevelsForm)
    async def save_levels(self, form: LevelsForm) -> Any:
        """Ask the daemon to move stop and target; ask back where more would be at risk."""
        target = "" if form.take_profit is None else str(form.take_profit)
        self._draft = {"stop": str(form.stop_loss), "target": target}
        outcome = await self._move_levels(form.reason, token=str(new_id()))
        question = outcome.fields.get(levels.MORE_RISK)
        if question is None:
            return self._settle(outcome)
        self._close_dialogs()
        self._ask(
            Ask(
                act="widen",
                subject=self.position.id,
                title=f"Risk more on {self.position.symbol} of {self.position.client}?",
                consequence=question,
                confirm_label="Move the stop away",
                phrase="risk more",
            )
        )
        return None

    @rx.event
    @requires(Permission.POSITIONS_CLOSE, Confirmation, step_up=True)
    async def widen(self, form: Confirmation) -> Any:
        """Ask the daemon to move the stop away from the price."""
        if not self._confirmed(form):
            return None
        outcome = await self._move_levels(form.reason, token=self.ask.token, accepts_more_risk=True)
        return self._settle(outcome)

    @rx.event
    @requires(Permission.FLATTEN, step_up=True)
    async def ask_flatten(self) -> None:
        """Count what an account holds and ask before all of it is closed."""
        account_id = self.position.account_id
        held = await self._read(PageRequest(size=ALL_OF_ONE, filters={"account_id": account_id}))
        working = PageRequest(size=1, filters={"account_id": account_id, "live": "yes"})
        orders = await order_queries.page(current_actor(), working)
        self._ask(
            Ask(
                act="flatten",
                subject=account_id,
                title=f"Flatten {self.position.label} of {self.position.client}?",
                consequence=flatten_text(held.items, total=held.total, orders=orders.total),
                confirm_label="Flatten account",
                phrase=f"flatten {self.position.client}".lower(),
            )
        )

    @rx.event
    @requires(Permission.FLATTEN, Confirmation, step_up=True)
    async def flatten(self, form: Confirmation) -> Any:
        """Ask the daemon to close everything on an account."""
        if not self._confirmed(form):
            return None
        outcome = await perform(
            desk_orders.flatten_account,
            UUID(self.ask.subject),
            reason=form.reason,
            idempotency_key=self.ask.token,
            done=f"Flattening {self.position.client}",
            is_command=True,
        )
        return self._settle(outcome)

    async def _move_levels(
        self, reason: str, *, token: str, accepts_more_risk: bool = False
    ) -> Outcome:
        target = self._draft["target"]
        account_id, _, rest = (self.ask.subject or self.position.id).partition(":")
        symbol = rest.partition(":")[0]
        return await perform(
            levels.ask,
            UUID(account_id),
            symbol,
            Levels(Decimal(self._draft["stop"]), Decimal(target) if target else None),
            reason=reason,
            idempotency_key=token,
            accepts_more_risk=accepts_more_risk,
            done=f"Moving stop and target of {symbol}",
            is_command=True,
        )

    async def _load_position(self) -> None:
        if not self.open_id:
            return
        account_id, _, rest = self.open_id.partition(":")
        symbol = rest.partition(":")[0]
        filters = {"account_id": _id_or_nobody(account_id), "symbol": symbol}
        page = await self._read(PageRequest(size=ALL_OF_ONE, filters=filters))
        found = next((item for item in page.items if row_id(item) == self.open_id), None)
        if found is None:
            self.open_id = ""
            return
        self.position = position_row(found, now=SystemClock().now())
        await self._load_history(event_queries.of_symbol, found.account_id, found.symbol)

    async def _read(self, request: PageRequest) -> Any:
        actor = current_actor()
        return await live.shared(
            live.scope_of(actor), TOPICS, position_queries.page, actor, request
        )


def _id_or_nobody(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        return str(UUID(int=0))

"""The order blotter: what was sent, what became of it, and cancelling what still works."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pydantic
import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.entries import EntryScope
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.errors import NotFound
from patriot_app.core.ids import new_id
from patriot_app.core.queries import deployments as deployment_queries
from patriot_app.core.queries import orders as order_queries
from patriot_app.core.queries import slices as slice_queries
from patriot_app.core.queries import withdrawals as withdrawal_queries
from patriot_app.core.queries.orders import OrderSummary
from patriot_app.core.queries.page import PAGE_SIZE_MAX, PageRequest
from patriot_app.core.services import desk_entries, desk_orders
from patriot_app.web import live, table_export
from patriot_app.web.actions import (
    REASON_LENGTH_MIN,
    Ask,
    Confirmation,
    DialogMixin,
    perform,
)
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.orders.rows import (
    FillRow,
    OrderFacts,
    OrderRow,
    WithdrawalRow,
    cancel_text,
    fill_row,
    order_facts,
    order_row,
    withdrawal_row,
)
from patriot_app.web.kit import Choice, TimelineEntry
from patriot_app.web.parts.order_steps import step_entry
from patriot_app.web.parts.slices import SliceRow, slice_row
from patriot_app.web.table_state import TableMixin

TOPICS = "orders"
COLUMNS: table_export.Columns[OrderSummary] = [
    ("created_at", lambda order: order.created_at),
    ("client_order_id", lambda order: order.client_order_id),
    ("exchange_order_id", lambda order: order.exchange_order_id),
    ("client", lambda order: order.client),
    ("account", lambda order: order.account),
    ("exchange", lambda order: order.exchange),
    ("mode", lambda order: order.mode),
    ("symbol", lambda order: order.symbol),
    ("leg", lambda order: order.leg),
    ("side", lambda order: order.side),
    ("type", lambda order: order.order_type),
    ("price", lambda order: order.price),
    ("trigger_price", lambda order: order.trigger_price),
    ("quantity", lambda order: order.quantity),
    ("filled_quantity", lambda order: order.filled_quantity),
    ("average_price", lambda order: order.average_price),
    ("state", lambda order: order.state.value),
    ("latency_ms", lambda order: order.latency_ms),
    ("exchange_code", lambda order: order.exchange_code),
    ("evidence", lambda order: order.evidence),
]


RUNNING = PageRequest(size=PAGE_SIZE_MAX, filters={"status": "running"})


class AmendForm(pydantic.BaseModel):
    """A change of an entry; an empty number stays as it is."""

    price: Decimal | None = None
    quantity: Decimal | None = None
    reason: str = pydantic.Field(default="", max_length=500)

    @pydantic.field_validator("price", "quantity", mode="before")
    @classmethod
    def _read_number(cls, value: Any) -> Any:
        return str(value).replace(",", "").strip() or None


class WithdrawForm(pydantic.BaseModel):
    """Whose entries are taken back."""

    scope: str = pydantic.Field(pattern=r"^(desk|account|deployment)\|[0-9a-f-]*$")
    reason: str = pydantic.Field(default="", max_length=500)


class OrdersState(TableMixin, DialogMixin, rx.State):
    """Rows of the blotter and the open order."""

    rows: list[OrderRow] = []
    order: OrderRow = OrderRow()
    facts: OrderFacts = OrderFacts()
    fills: list[FillRow] = []
    steps: list[TimelineEntry] = []
    slices: list[SliceRow] = []
    narrowed: bool = False
    withdrawal: WithdrawalRow = WithdrawalRow()
    scopes: list[Choice] = []

    _token: str = ""
    _filter_names = (
        "live",
        "state",
        "leg",
        "side",
        "exchange",
        "order_type",
        "since",
        "symbol",
        "account_id",
        "client_id",
        "deployment_id",
        "signal_id",
    )

    @rx.event
    @requires(Permission.ORDERS_READ)
    async def load(self) -> None:
        """Show what the address asks for."""
        self._read_address()
        self.narrowed = any(value for name, value in self.filters.items() if name.endswith("_id"))
        try:
            await self._load_rows()
            await self._load_withdrawal()
            await self._load_order()
        except Exception as error:
            self._reject(error)

    @rx.event
    @requires(Permission.ORDERS_READ)
    async def export(self) -> Any:
        """Save the filtered orders as CSV."""
        text = await table_export.as_csv(
            order_queries.page, current_actor(), self._page_request(), COLUMNS
        )
        return table_export.download(text, name="orders", now=SystemClock().now())

    @rx.event
    @requires(Permission.ORDERS_CANCEL)
    def ask_cancel(self) -> None:
        """Ask before the open order is cancelled."""
        self._ask(
            Ask(
                act="cancel",
                subject=self.order.id,
                title="Cancel this order?",
                consequence=cancel_text(self.order),
                confirm_label="Cancel order",
            )
        )

    @rx.event
    @requires(Permission.ORDERS_CANCEL, Confirmation)
    async def cancel(self, form: Confirmation) -> Any:
        """Ask the daemon to cancel."""
        if not self._confirmed(form):
            return None
        outcome = await perform(
            desk_orders.cancel_order,
            UUID(self.ask.subject),
            reason=form.reason,
            idempotency_key=self.ask.token,
            done="Cancel requested",
            is_command=True,
        )
        return self._settle(outcome)

    @rx.event
    @requires(Permission.ORDERS_CANCEL)
    def amend_form(self) -> None:
        """Let the operator change price or quantity of the open order."""
        self._open_form("amend")
        self._token = str(new_id())

    @rx.event
    @requires(Permission.ORDERS_CANCEL, AmendForm)
    async def amend(self, form: AmendForm) -> Any:
        """Ask the daemon to change the order at its exchange."""
        if len(form.reason.strip()) < REASON_LENGTH_MIN:
            self.errors = {"reason": "Say why, in a few words: it is kept with the order"}
            return None
        outcome = await perform(
            desk_entries.amend_order,
            UUID(self.order.id),
            price=form.price,
            quantity=form.quantity,
            reason=form.reason,
            idempotency_key=self._token,
            done="Change requested",
            is_command=True,
        )
        return self._settle(outcome)

    @rx.event
    @requires(Permission.ORDERS_CANCEL, step_up=True)
    async def withdraw_form(self) -> None:
        """Let the operator take back every entry of the desk, a deployment or an account."""
        actor = current_actor()
        running = await live.shared(
            live.scope_of(actor), "strategies", deployment_queries.page, actor, RUNNING
        )
        account = self.filters.get("account_id", "")
        self.scopes = [
            Choice("desk|", "The whole desk"),
            *([Choice(f"account|{account}", "The account on this page")] if account else []),
            *(Choice(f"deployment|{item.id}", f"Deployment {item.name}") for item in running.items),
        ]
        self._open_form("withdraw")
        self._token = str(new_id())

    @rx.event
    @requires(Permission.ORDERS_CANCEL, WithdrawForm, step_up=True)
    async def withdraw(self, form: WithdrawForm) -> Any:
        """Ask the traders to take the entries of the scope back; their stops stay."""
        if len(form.reason.strip()) < REASON_LENGTH_MIN:
            self.errors = {"reason": "Say why, in a few words: it is kept with the orders"}
            return None
        kind, _, scope_id = form.scope.partition("|")
        outcome = await perform(
            desk_entries.cancel_entries,
            EntryScope(kind),
            scope_id,
            reason=form.reason,
            idempotency_key=self._token,
            done="Entries are being cancelled; each order shows its end",
        )
        return self._settle(outcome)

    async def _load_rows(self) -> None:
        actor = current_actor()
        page = await live.shared(
            live.scope_of(actor), TOPICS, order_queries.page, actor, self._page_request()
        )
        now = SystemClock().now()
        self._accept(page, [order_row(order, now=now) for order in page.items])

    async def _load_withdrawal(self) -> None:
        actor = current_actor()
        wish = await live.shared(
            live.scope_of(actor), "orders commands", withdrawal_queries.latest, actor
        )
        self.withdrawal = withdrawal_row(wish, now=SystemClock().now())

    async def _load_order(self) -> None:
        if not self.open_id:
            return
        actor = current_actor()
        try:
            detail = await live.shared(
                live.scope_of(actor), TOPICS, order_queries.detail, actor, UUID(self.open_id)
            )
        except (NotFound, ValueError):
            self.open_id = ""
            return
        now = SystemClock().now()
        self.order, self.facts = order_row(detail.summary, now=now), order_facts(detail)
        self.fills = [fill_row(fill) for fill in detail.fills]
        parts = await live.shared(
            live.scope_of(actor), TOPICS, slice_queries.of_order, actor, UUID(self.open_id)
        )
        self.slices = [slice_row(part, of=len(parts), now=now) for part in parts]
        newest_first = list(reversed(list(enumerate(detail.timeline))))
        self.steps = [step_entry(number, step, now=now) for number, step in newest_first]

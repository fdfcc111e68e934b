"""Signals: what strategies and operators decided, and publishing one's own."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pydantic
import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.entries import AT_MARKET, STOP_TYPES, Entry, limit_entry, stop_entry
from patriot_app.core.domain.orders import OrderType, TimeInForce
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.domain.signals import Signal, SignalAction, validate_signal
from patriot_app.core.errors import Invalid, PatriotError
from patriot_app.core.queries import deployments as deployment_queries
from patriot_app.core.queries import instruments as instrument_queries
from patriot_app.core.queries import signals as signal_queries
from patriot_app.core.queries.page import PAGE_SIZE_MAX, PageRequest
from patriot_app.core.services import own_signals
from patriot_app.core.services.own_signals import BATCH_MAX, BatchItem, OwnSignal
from patriot_app.web import live, routes
from patriot_app.web.actions import Ask, Confirmation, DialogMixin, ToastState, perform, say
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.signals.rows import (
    form_fields,
    publish_text,
    publishable,
    published_text,
    refused_text,
)
from patriot_app.web.kit import Choice
from patriot_app.web.parts.signals import SignalRow, signal_row
from patriot_app.web.table_state import TableMixin

TOPICS = "signals fan_outs"
RUNNING = PageRequest(size=PAGE_SIZE_MAX, filters={"status": "running"})


class OwnSignalForm(pydantic.BaseModel):
    """What an operator wants to publish; empty prices mean none."""

    target: str = pydantic.Field(min_length=1, max_length=100)
    action: SignalAction
    stop_loss: Decimal | None = None
    take_profit: Decimal | None = None
    entry: TimeInForce | OrderType | None = None
    entry_price: Decimal | None = None
    trigger_price: Decimal | None = None
    life_minutes: int | None = None

    @pydantic.field_validator(
        "stop_loss", "take_profit", "entry_price", "trigger_price", mode="before"
    )
    @classmethod
    def _read_price(cls, value: Any) -> Any:
        return str(value).replace(",", "").strip() or None

    @pydantic.field_validator("entry", "life_minutes", mode="before")
    @classmethod
    def _read_choice(cls, value: Any) -> Any:
        return str(value).strip() or None


class SignalsState(TableMixin, DialogMixin, rx.State):
    """Rows of the table and the signal that is being published."""

    rows: list[SignalRow] = []
    targets: list[Choice] = []
    deployments: list[Choice] = []

    _filter_names = ("deployment_id", "symbol", "action")
    _drafts: list[dict[str, str]] = []

    @rx.event
    @requires(Permission.SIGNALS_READ)
    async def load(self) -> None:
        """Show what the address asks for."""
        self._read_address()
        try:
            actor = current_actor()
            page = await live.shared(
                live.scope_of(actor), TOPICS, signal_queries.page, actor, self._page_request()
            )
            now = SystemClock().now()
            self._accept(page, [signal_row(signal, now=now) for signal in page.items])
            await self._load_choices()
        except Exception as error:
            self._reject(error)

    @rx.event
    @requires(Permission.SIGNALS_READ)
    def open_grid(self, signal_id: str) -> Any:
        """Show the accounts of a signal."""
        return rx.redirect(routes.fan_out(signal_id))

    @rx.event
    @requires(Permission.SIGNALS_PUBLISH)
    async def publish_form(self) -> None:
        """Let the operator write a signal of his own."""
        self._drafts = []
        self._open_form("publish")

    @rx.event
    @requires(Permission.SIGNALS_PUBLISH)
    async def add_another(self) -> None:
        """Let the operator write one more signal, to be published with the others."""
        if len(self._drafts) >= BATCH_MAX:
            self.errors = {"": f"At most {BATCH_MAX} signals are published at once"}
            return
        self.ask = Ask(token="")
        self._open_form("publish")

    @rx.event
    @requires(Permission.SIGNALS_PUBLISH, OwnSignalForm)
    async def review(self, form: OwnSignalForm) -> None:
        """Check the signal against the market and ask before it is published."""
        try:
            await self._review(form)
        except Invalid as error:
            self.errors = form_fields(error.fields)
        except PatriotError as error:
            self.errors = {"": str(error)}

    @rx.event
    @requires(Permission.SIGNALS_PUBLISH, Confirmation)
    async def publish(self, form: Confirmation) -> Any:
        """Ask the daemon to send the signal to the accounts of the deployment."""
        if not self._confirmed(form):
            return None
        items = [_item_of(OwnSignalForm.model_validate(draft)) for draft in self._drafts]
        outcome = await perform(
            own_signals.publish_batch,
            items,
            reason=form.reason,
            idempotency_key=self.ask.token,
            done="Signal published",
        )
        if not outcome.ok:
            return self._settle(outcome)
        self._close_dialogs()
        return [
            ToastState.follow(str(one.command_id), published_text(item.signal.symbol, len(items)))
            if one.command_id is not None
            else say(refused_text(item.signal.symbol, one.problems), tone="danger")
            for item, one in zip(items, outcome.value, strict=True)
        ]

    async def _review(self, form: OwnSignalForm) -> None:
        actor = current_actor()
        signal = _signal_of(form)
        deployment = await deployment_queries.get(actor, _deployment_of(form))
        market = await instrument_queries.get(
            actor, Exchange(deployment.reference_exchange), signal.symbol
        )
        _check(signal, price=market.mark_price and market.mark_price.normalize())
        if any(draft["target"] == form.target for draft in self._drafts):
            raise Invalid({"target": "It has a signal in this batch already"})
        fields = form.model_dump(mode="json")
        draft = {name: str(value) for name, value in fields.items() if value is not None}
        draft["consequence"] = publish_text(deployment, signal, market)
        self._drafts = [*self._drafts, draft]
        count = len(self._drafts)
        self.form = ""
        self._ask(
            Ask(
                act="publish",
                subject=str(deployment.id),
                title=f"Publish to {deployment.name}?"
                if count == 1
                else f"Publish {count} signals?",
                consequence=" ".join(each["consequence"] for each in self._drafts),
                confirm_label="Publish signal" if count == 1 else f"Publish {count} signals",
            )
        )

    async def _load_choices(self) -> None:
        actor = current_actor()
        running = await live.shared(
            live.scope_of(actor), "strategies", deployment_queries.page, actor, RUNNING
        )
        self.deployments = [Choice(str(item.id), item.name) for item in running.items]
        self.targets = [choice for item in running.items for choice in publishable(item)]


def _deployment_of(form: OwnSignalForm) -> UUID:
    try:
        return UUID(form.target.partition("|")[0])
    except ValueError as error:
        raise Invalid({"target": "Choose a deployment"}) from error


def _item_of(form: OwnSignalForm) -> BatchItem:
    return BatchItem(_deployment_of(form), _signal_of(form))


def _signal_of(form: OwnSignalForm) -> OwnSignal:
    """Return the signal that a form describes.

    Raises:
        Invalid: type and prices do not go together.
    """
    is_close = form.action is SignalAction.CLOSE
    is_stop = form.entry in STOP_TYPES
    if is_stop is not (form.trigger_price is not None):
        needs = "A stop order needs its trigger price"
        takes = "Only a stop order takes a trigger price"
        raise Invalid({"trigger_price": needs if is_stop else takes})
    if form.entry is OrderType.STOP_LIMIT and form.entry_price is None:
        raise Invalid({"entry_price": "A stop-limit order needs its limit price"})
    if form.entry is OrderType.STOP_MARKET and form.entry_price is not None:
        raise Invalid({"entry_price": "A stop order at market takes no limit price"})
    return OwnSignal(
        symbol=form.target.partition("|")[2],
        action=form.action,
        stop_loss=None if is_close else form.stop_loss,
        take_profit=None if is_close else form.take_profit,
        entry_price=form.entry_price,
        time_in_force=form.entry if isinstance(form.entry, TimeInForce) else None,
        life_minutes=form.life_minutes,
        trigger_price=form.trigger_price,
    )


def _check(signal: OwnSignal, *, price: Decimal | None) -> None:
    """Refuse a price on the wrong side now, not after it has been confirmed."""
    if price is None:
        raise Invalid(
            {
                "": f"There is no price of {signal.symbol} yet; prices begin some seconds after"
                " its first deployment. Review it again then."
            }
        )
    own_signals.check_entry(signal)
    validate_signal(
        Signal(
            symbol=signal.symbol,
            key="",
            action=signal.action,
            reference_price=price,
            stop_loss=signal.stop_loss,
            take_profit=signal.take_profit,
            confidence=Decimal(1),
            bar_closed_at=SystemClock().now(),
            entry=_entry_of(signal),
        )
    )


def _entry_of(signal: OwnSignal) -> Entry:
    # When it ends is settled by the market's clock when it is published.
    if signal.trigger_price is not None:
        now = SystemClock().now()
        return stop_entry(signal.trigger_price, price=signal.entry_price, market_now=now)
    if signal.entry_price is None or signal.time_in_force is None:
        return AT_MARKET
    return limit_entry(
        signal.entry_price,
        time_in_force=signal.time_in_force,
        market_now=SystemClock().now(),
    )

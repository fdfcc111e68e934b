"""Contracts: what their exchange says, and the desk's own switch."""

from typing import Any

import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.errors import Invalid, NotFound
from patriot_app.core.queries import events as event_queries
from patriot_app.core.queries import instruments as instrument_queries
from patriot_app.core.services import instruments
from patriot_app.web import live
from patriot_app.web.actions import Ask, Confirmation, DialogMixin, perform
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.instruments.rows import (
    BracketRow,
    InstrumentRow,
    bracket_row,
    instrument_row,
)
from patriot_app.web.parts.history_state import HistoryMixin
from patriot_app.web.parts.permitted import lacking
from patriot_app.web.table_state import TableMixin

TOPICS = "instruments"


class InstrumentsState(TableMixin, DialogMixin, HistoryMixin, rx.State):
    """Rows and the open contract."""

    rows: list[InstrumentRow] = []
    instrument: InstrumentRow = InstrumentRow()
    brackets: list[BracketRow] = []
    blocked: str = ""

    _filter_names = ("exchange", "enabled", "trading")

    @rx.event
    @requires(Permission.INSTRUMENTS_READ)
    async def load(self) -> None:
        """Show what the address asks for."""
        self._read_address()
        self.blocked = lacking(Permission.INSTRUMENTS_WRITE)
        try:
            page = await self._read(instrument_queries.page, self._page_request())
            now = SystemClock().now()
            self._accept(page, [instrument_row(item, now=now) for item in page.items])
            await self._load_instrument()
        except Exception as error:
            self._reject(error)

    @rx.event
    @requires(Permission.INSTRUMENTS_WRITE)
    async def refresh(self, exchange: str) -> Any:
        """Ask the daemon to read an exchange's contracts now."""
        outcome = await perform(
            instruments.refresh,
            _exchange(exchange),
            idempotency_key=Ask().token,
            done=f"Reading the contracts of {exchange.capitalize()}",
            is_command=True,
        )
        return self._settle(outcome)

    @rx.event
    @requires(Permission.INSTRUMENTS_WRITE)
    def ask_switch(self) -> None:
        """Ask before the open contract is enabled or disabled."""
        row = self.instrument
        verb = "Disable" if row.is_enabled else "Enable"
        effect = (
            "No strategy opens anything more in it; open positions can still be closed."
            if row.is_enabled
            else "Strategies may open positions in it again."
        )
        self._ask(
            Ask(
                act=verb.lower(),
                subject=row.id,
                title=f"{verb} {row.symbol} on {row.exchange}?",
                consequence=effect,
                confirm_label=f"{verb} {row.symbol}",
            )
        )

    @rx.event
    @requires(Permission.INSTRUMENTS_WRITE, Confirmation)
    async def confirm(self, form: Confirmation) -> Any:
        """Switch the contract that was asked about."""
        if not self._confirmed(form):
            return None
        exchange, _, symbol = self.ask.subject.partition(":")
        service = instruments.enable if self.ask.act == "enable" else instruments.disable
        outcome = await perform(
            service,
            _exchange(exchange),
            symbol,
            reason=form.reason,
            done=f"{symbol} {self.ask.act}d",
        )
        return self._settle(outcome)

    async def _load_instrument(self) -> None:
        if not self.open_id:
            return
        exchange, _, symbol = self.open_id.partition(":")
        try:
            found = await self._read(instrument_queries.get, _exchange(exchange), symbol)
        except (NotFound, Invalid):
            self.open_id = ""
            return
        self.instrument = instrument_row(found, now=SystemClock().now())
        self.brackets = [bracket_row(number, one) for number, one in enumerate(found.brackets)]
        await self._load_history(
            event_queries.of_kinds, "InstrumentSwitched", exchange=exchange, symbol=symbol
        )

    async def _read(self, query: Any, *args: Any) -> Any:
        actor = current_actor()
        return await live.shared(live.scope_of(actor), TOPICS, query, actor, *args)


def _exchange(name: str) -> Exchange:
    try:
        return Exchange(name)
    except ValueError as error:
        raise Invalid({"exchange": "Choose one of the list"}) from error

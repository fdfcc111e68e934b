"""The contracts' lines, all text."""

from dataclasses import dataclass, field
from datetime import datetime

from patriot_app.core.queries.instruments import BracketView, InstrumentSummary
from patriot_app.web import format
from patriot_app.web.format import Figure, Moment
from patriot_app.web.parts.keys import EXCHANGES
from patriot_app.web.parts.prices import shown_price
from patriot_app.web.theme import Tone

SWITCH: dict[str, tuple[Tone, str]] = {
    "on": ("positive", "Enabled"),
    "off": ("warning", "Disabled by the desk"),
    "closed": ("neutral", "Not trading"),
}


@dataclass(frozen=True, slots=True)
class InstrumentRow:
    """One contract; `id` is "exchange:symbol"."""

    id: str = ""
    exchange_key: str = ""
    exchange: str = ""
    symbol: str = ""
    state: str = "on"
    is_enabled: bool = True
    reason: str = ""
    mark: str = ""
    tick: str = ""
    step: str = ""
    quantity_min: str = ""
    quantity_max: str = ""
    market_max: str = ""
    notional_min: str = ""
    contract_size: str = ""
    leverage: str = ""
    refreshed: Moment = field(default_factory=Moment)
    priced: Moment = field(default_factory=Moment)


@dataclass(frozen=True, slots=True)
class BracketRow:
    """One band of notional."""

    id: str
    band: str
    leverage: str
    maintenance: Figure
    deduction: Figure


def instrument_row(one: InstrumentSummary, *, now: datetime) -> InstrumentRow:
    """Show one contract."""
    return InstrumentRow(
        id=row_id(one),
        exchange_key=one.exchange,
        exchange=EXCHANGES.get(one.exchange, one.exchange),
        symbol=one.symbol,
        state="closed" if not one.is_trading else "on" if one.is_enabled else "off",
        is_enabled=one.is_enabled,
        reason=one.reason,
        mark=shown_price(one.mark_price),
        tick=format.exact(one.tick_size),
        step=format.exact(one.step_size),
        quantity_min=format.exact(one.quantity_min),
        quantity_max=format.exact(one.quantity_max),
        market_max=format.exact(one.market_quantity_max),
        notional_min=format.exact(one.min_notional),
        contract_size=format.exact(one.contract_size),
        leverage=f"{one.leverage_max}×",
        refreshed=format.moment(one.refreshed_at, now=now),
        priced=format.moment(one.price_at, now=now),
    )


def bracket_row(number: int, one: BracketView) -> BracketRow:
    """Show one band."""
    floor = format.grouped(one.notional_floor, places=0)
    cap = format.grouped(one.notional_cap, places=0)
    return BracketRow(
        id=str(number),
        band=f"{floor} to {cap}",
        leverage=f"{one.leverage_max}×",
        maintenance=format.rate(one.maintenance_rate),
        deduction=format.money(one.deduction, places=0),
    )


def row_id(one: InstrumentSummary) -> str:
    """Return what the address calls a contract."""
    return f"{one.exchange}:{one.symbol}"

"""A client's own positions and trades, all text."""

from dataclasses import dataclass
from datetime import datetime

from patriot_app.core.queries.portfolio import Trade
from patriot_app.core.queries.positions import PositionSummary
from patriot_app.web import format
from patriot_app.web.format import Figure, Moment
from patriot_app.web.parts.prices import shown_price
from patriot_app.web.theme import Tone

TRADED: dict[str, tuple[Tone, str]] = {
    "BUY": ("positive", "Buy"),
    "SELL": ("negative", "Sell"),
}
GUARDS: dict[str, tuple[Tone, str]] = {
    "live": ("positive", "Stop is live"),
    "missing": ("danger", "Stop missing"),
    "none": ("neutral", "None wanted"),
}
LEGS = {
    "entry": "Opened",
    "exit": "Closed",
    "stop_loss": "Stop reached",
    "take_profit": "Target reached",
}


@dataclass(frozen=True, slots=True)
class PositionRow:
    """One open position."""

    id: str
    symbol: str
    account: str
    side: str
    quantity: str
    entry: str
    mark: str
    notional: Figure
    profit: Figure
    stop: str
    guard: str
    priced: Moment


@dataclass(frozen=True, slots=True)
class TradeRow:
    """One trade; its time is the market's."""

    id: str
    symbol: str
    account: str
    side: str
    what: str
    quantity: str
    price: str
    profit: Figure
    commission: str
    traded: str


def position_row(one: PositionSummary, *, now: datetime) -> PositionRow:
    """Show one open position."""
    guard = "missing" if one.unprotected_since else "live" if one.live_stop else "none"
    return PositionRow(
        id=f"{one.account_id}:{one.symbol}:{one.position_side}",
        symbol=one.symbol,
        account=f"{one.account} · {one.exchange.capitalize()}",
        side="long" if one.quantity > 0 else "short",
        quantity=format.exact(abs(one.quantity)),
        entry=shown_price(one.entry_price),
        mark=shown_price(one.mark_price),
        notional=format.money(abs(one.notional)),
        profit=format.profit(one.unrealised_pnl),
        stop=format.exact(one.live_stop),
        guard=guard,
        priced=format.moment(one.price_at, now=now),
    )


def trade_row(one: Trade) -> TradeRow:
    """Show one trade."""
    return TradeRow(
        id=str(one.id),
        symbol=one.symbol,
        account=f"{one.account} · {one.exchange.capitalize()}",
        side=one.side,
        what=LEGS.get(one.leg or "", "Not ours"),
        quantity=format.exact(one.quantity),
        price=format.exact(one.price),
        profit=format.profit(one.realised_pnl),
        commission=f"{format.exact(one.commission)} {one.commission_asset}",
        traded=f"{one.traded_at:%Y-%m-%d %H:%M:%S}",
    )

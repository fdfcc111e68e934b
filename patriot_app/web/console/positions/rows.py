"""Open positions and the exposure per symbol, all text."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from patriot_app.core.queries.positions import PositionSummary, SymbolExposure
from patriot_app.web import format
from patriot_app.web.console.positions.plans import PlanRow, plan_row
from patriot_app.web.format import Figure, Moment
from patriot_app.web.parts.prices import shown_price
from patriot_app.web.theme import Tone

STALE_S = 30
NEAR_LIQUIDATION = Decimal("0.10")
COVER: dict[str, tuple[Tone, str]] = {
    "live": ("positive", "Stop live"),
    "moving": ("warning", "Stop being placed"),
    "missing": ("danger", "No stop"),
    "unwanted": ("neutral", "Not wanted"),
}


@dataclass(frozen=True, slots=True)
class PositionRow:
    """One open position.

    Attributes:
        warning: why its figures cannot be relied on; empty: they can.
        stop_text, target_text: as a form begins with them.
    """

    id: str = ""
    account_id: str = ""
    client: str = ""
    label: str = ""
    account: str = ""
    symbol: str = ""
    side: str = ""
    quantity: str = ""
    notional: Figure = field(default_factory=Figure)
    entry: str = ""
    mark: str = ""
    profit: Figure = field(default_factory=Figure)
    change: Figure = field(default_factory=Figure)
    realised: Figure = field(default_factory=Figure)
    commission: Figure = field(default_factory=Figure)
    cover: str = ""
    stop: str = ""
    target: str = ""
    unprotected: Moment = field(default_factory=Moment)
    liquidation: str = ""
    distance: Figure = field(default_factory=Figure)
    distance_note: str = ""
    leverage: str = ""
    deployment: str = ""
    exchange_quantity: str = ""
    warning: str = ""
    opened: Moment = field(default_factory=Moment)
    priced: Moment = field(default_factory=Moment)
    plan: PlanRow = field(default_factory=PlanRow)
    stop_text: str = ""
    target_text: str = ""


@dataclass(frozen=True, slots=True)
class ExposureRow:
    """What is held in one symbol over all accounts."""

    id: str
    accounts: str
    long: Figure
    short: Figure
    net: Figure
    profit: Figure
    unprotected: str
    tone: str


def position_row(position: PositionSummary, *, now: datetime) -> PositionRow:
    """Show one position."""
    return PositionRow(
        id=row_id(position),
        account_id=str(position.account_id),
        client=position.client,
        label=position.account,
        account=f"{position.account} · {position.mode}",
        symbol=position.symbol,
        side="long" if position.quantity > 0 else "short",
        quantity=format.exact(position.quantity),
        notional=format.money(abs(position.notional)),
        entry=shown_price(position.entry_price),
        mark=shown_price(position.mark_price),
        profit=format.profit(position.unrealised_pnl),
        change=format.change(_gain(position)),
        realised=format.profit(position.realised_pnl),
        commission=format.money(position.commission),
        cover=cover_of(position),
        stop=shown_price(position.live_stop or position.wanted_stop),
        target=shown_price(position.live_target or position.wanted_target),
        unprotected=format.moment(position.unprotected_since, now=now),
        liquidation=shown_price(position.liquidation_price),
        distance=distance_figure(position.liquidation_distance),
        distance_note=distance_note(position),
        leverage=f"{position.leverage}x" if position.leverage else format.EMPTY,
        deployment=position.deployment or "Not ours",
        exchange_quantity=format.exact(position.exchange_quantity),
        warning=warning_of(position, now=now),
        opened=format.moment(position.opened_at, now=now),
        priced=format.moment(position.price_at, now=now),
        plan=plan_row(position, now=now),
        stop_text=_typed(position.wanted_stop),
        target_text=_typed(position.wanted_target),
    )


def exposure_row(exposure: SymbolExposure) -> ExposureRow:
    """Show the exposure in one symbol."""
    return ExposureRow(
        id=exposure.symbol,
        accounts=format.plural(exposure.accounts, "account"),
        long=format.money(exposure.long, places=0),
        short=format.money(exposure.short, places=0),
        net=format.money(exposure.net, places=0),
        profit=format.profit(exposure.unrealised_pnl),
        unprotected=format.count(exposure.unprotected),
        tone="danger" if exposure.unprotected else "positive",
    )


def row_id(position: PositionSummary) -> str:
    """Return what names a position in an address."""
    return f"{position.account_id}:{position.symbol}:{position.position_side}"


def cover_of(position: PositionSummary) -> str:
    """Tell whether a stop rests at the exchange."""
    if position.unprotected_since is not None:
        return "missing"
    if position.live_stop is not None:
        return "live"
    return "unwanted" if position.wanted_stop is None else "moving"


def distance_figure(distance: Decimal | None) -> Figure:
    """Show how far liquidation is; within a tenth of the price it is marked."""
    figure = format.rate(distance, places=1)
    if distance is None or distance >= NEAR_LIQUIDATION:
        return figure
    return Figure(text=figure.text, tone="negative", unit=figure.unit)


def distance_note(position: PositionSummary) -> str:
    """Say at which price it is, or why there is none."""
    if position.liquidation_distance is not None:
        return f"at {shown_price(position.liquidation_price)}"
    if position.liquidation_price is None:
        return "exchange names no price"
    return "mark price unknown"


def warning_of(position: PositionSummary, *, now: datetime) -> str:
    """Say why a position's figures cannot be relied on."""
    held = position.exchange_quantity
    if held is not None and held != position.quantity:
        return f"Exchange says {format.exact(held)}"
    if position.price_at is None:
        return "Price unknown"
    age = (now - position.price_at).total_seconds()
    return "Stale price" if age > STALE_S else ""


def close_text(row: PositionRow) -> str:
    """Say what closing a position does."""
    return (
        f"Closes {row.side} {row.quantity} {row.symbol} of {row.client} ({row.account}) at market, "
        f"about {row.notional.text} USDT, and cancels its stop and target."
    )


def flatten_text(positions: Sequence[PositionSummary], *, total: int, orders: int) -> str:
    """Say what flattening an account does.

    Args:
        total: how many positions are open, of which `positions` may be only the first.
    """
    notional = sum((abs(item.notional) for item in positions), Decimal(0))
    loss = sum((item.unrealised_pnl for item in positions), Decimal(0))
    return (
        f"Cancels {format.plural(orders, 'working order')} and closes "
        f"{format.plural(total, 'position')} at market, about "
        f"{format.grouped(notional, places=0)} USDT notional with "
        f"{format.profit(loss).text} USDT unrealised. Its deployments go on and may open again: "
        "pause the account too if they must not."
    )


def levels_text(row: PositionRow) -> str:
    """Say what the form is about."""
    return (
        f"{row.side.capitalize()} {row.quantity} {row.symbol} of {row.client} ({row.account}), "
        f"entered at {row.entry}, price {row.mark}. The new orders are placed before the old ones "
        "are withdrawn; whichever fires first takes the other one away."
    )


def _typed(price: Decimal | None) -> str:
    """Return a price as a person would type it."""
    return "" if price is None else format.exact(price).replace(",", "")


def _gain(position: PositionSummary) -> Decimal | None:
    base = abs(position.notional) - (
        position.unrealised_pnl if position.quantity > 0 else -position.unrealised_pnl
    )
    return position.unrealised_pnl / base if base > 0 else None

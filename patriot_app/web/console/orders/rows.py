"""The blotter's lines and one order's story, all text."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from patriot_app.core.domain.orders import WORKING
from patriot_app.core.queries.orders import FillLine, OrderDetail, OrderSummary
from patriot_app.core.queries.withdrawals import Withdrawal
from patriot_app.web import format
from patriot_app.web.format import Figure, Moment
from patriot_app.web.parts.prices import shown_price
from patriot_app.web.theme import Tone

SHOWN_AFTER = timedelta(minutes=1)
"""How long it is still told that all entries were taken back."""
STATES: dict[str, tuple[Tone, str]] = {
    "created": ("neutral", "Stored"),
    "sending": ("info", "Sending"),
    "unknown": ("warning", "Unknown"),
    "quarantined": ("danger", "Quarantined"),
    "open": ("accent", "Working"),
    "partially_filled": ("accent", "Partly filled"),
    "filled": ("positive", "Filled"),
    "canceled": ("neutral", "Cancelled"),
    "expired": ("neutral", "Expired"),
    "rejected": ("danger", "Rejected"),
    "absent": ("neutral", "Never arrived"),
    "expired_unseen": ("neutral", "Forgotten by the exchange"),
    "void": ("neutral", "Not sent"),
    "late_filled": ("warning", "Filled late"),
}
LEGS: dict[str, tuple[Tone, str]] = {
    "entry": ("neutral", "Entry"),
    "exit": ("neutral", "Exit"),
    "stop_loss": ("neutral", "Stop"),
    "take_profit": ("neutral", "Target"),
    "cancel": ("neutral", "Cancel"),
}
TYPES = {
    "MARKET": "Market",
    "LIMIT": "Limit",
    "STOP_MARKET": "Stop",
    "STOP_LIMIT": "Stop-limit",
    "TAKE_PROFIT_MARKET": "Target",
}
SINCE = {
    "hour": "Last hour",
    "day": "Last 24 hours",
    "week": "Last 7 days",
    "month": "Last 30 days",
}
SIDES: dict[str, tuple[Tone, str]] = {"BUY": ("positive", "Buy"), "SELL": ("negative", "Sell")}


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One line of the blotter."""

    id: str = ""
    client_order_id: str = ""
    client: str = ""
    account: str = ""
    symbol: str = ""
    side: str = ""
    leg: str = ""
    kind: str = ""
    progress: str = ""
    price: str = ""
    state: str = ""
    note: str = ""
    latency: str = ""
    can_cancel: bool = False
    can_amend: bool = False
    limit: str = ""
    wanted: str = ""
    at: Moment = field(default_factory=Moment)


@dataclass(frozen=True, slots=True)
class FillRow:
    """One trade."""

    id: str
    traded: str
    quantity: str
    price: str
    commission: str
    profit: Figure
    role: str


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What the drawer states beside the row's own figures."""

    exchange_order_id: str = ""
    attempt: str = ""
    order: str = ""
    filled: str = ""
    average: str = ""
    stop: str = ""
    target: str = ""
    leverage: str = ""
    answer: str = ""
    reserved: str = ""
    signal_id: str = ""
    origin: str = ""


def order_row(order: OrderSummary, *, now: datetime) -> OrderRow:
    """Show one order."""
    level = order.trigger_price if order.price is None else order.price
    return OrderRow(
        id=str(order.id),
        client_order_id=order.client_order_id,
        client=order.client,
        account=f"{order.account} · {order.mode}",
        symbol=order.symbol,
        side=order.side,
        leg=order.leg,
        kind=format.label(order.order_type),
        progress=progress(order.filled_quantity, order.quantity),
        price=_price(order),
        state=order.state.value,
        note=order.answer,
        latency=format.milliseconds(_float(order.latency_ms)),
        can_cancel=order.state in WORKING,
        can_amend=order.state in WORKING and order.leg == "entry" and level is not None,
        limit="" if level is None else format.exact(level).replace(",", ""),
        wanted="" if order.quantity is None else format.exact(order.quantity).replace(",", ""),
        at=format.moment(order.created_at, now=now),
    )


def order_facts(detail: OrderDetail) -> OrderFacts:
    """Show the rest of one order."""
    order = detail.summary
    asked_by = "A signal" if order.signal_id else "A command" if detail.command_id else "Protection"
    return OrderFacts(
        exchange_order_id=order.exchange_order_id or format.EMPTY,
        attempt=f"{order.number} of {len(detail.attempts)}",
        order=_wording(detail),
        filled=progress(order.filled_quantity, order.quantity),
        average=shown_price(order.average_price),
        stop=format.exact(detail.stop_loss),
        target=format.exact(detail.take_profit),
        leverage=f"{detail.leverage}x" if detail.leverage else format.EMPTY,
        answer=order.answer or format.EMPTY,
        reserved=f"{format.grouped(detail.reserved_notional, places=2)} USDT",
        signal_id=str(order.signal_id) if order.signal_id else "",
        origin=asked_by,
    )


def fill_row(fill: FillLine) -> FillRow:
    """Show one trade; its time is the market's."""
    return FillRow(
        id=str(fill.id),
        traded=f"{fill.traded_at:%Y-%m-%d %H:%M:%S}",
        quantity=format.exact(fill.quantity),
        price=format.exact(fill.price),
        commission=f"{format.exact(fill.commission)} {fill.commission_asset}",
        profit=format.profit(fill.realised_pnl, places=4),
        role="Maker" if fill.is_maker else "Taker",
    )


def progress(filled: Decimal, wanted: Decimal | None) -> str:
    """Return "0.02 / 0.05", or what is filled where the order closes whatever is there."""
    if wanted is None:
        return f"{format.exact(filled)} / all"
    return f"{format.exact(filled)} / {format.exact(wanted)}"


def cancel_text(row: OrderRow) -> str:
    """Say what cancelling an order does."""
    verb = "guards a position: it is left without this protection" if _guards(row.leg) else "ends"
    return f"{format.label(row.side)} {row.symbol} of {row.client} {verb}. Filled {row.progress}."


def _guards(leg: str) -> bool:
    return leg in ("stop_loss", "take_profit")


def _wording(detail: OrderDetail) -> str:
    order = detail.summary
    parts = [format.label(order.order_type), order.side, order.symbol]
    if detail.time_in_force:
        parts.append(detail.time_in_force)
    if order.price is not None:
        parts.append(f"at {format.exact(order.price)}")
    if order.trigger_price is not None:
        parts.append(f"when {format.exact(order.trigger_price)} is reached")
    if order.reduce_only:
        parts.append("reduce-only")
    return " ".join(parts)


def _price(order: OrderSummary) -> str:
    if order.average_price is not None:
        return shown_price(order.average_price)
    if order.trigger_price is not None:
        return f"at {shown_price(order.trigger_price)}"
    return shown_price(order.price)


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


@dataclass(frozen=True, slots=True)
class WithdrawalRow:
    """How far taking entries back has come; `text` is empty where there is nothing to tell."""

    text: str = ""
    tone: str = "info"


def withdrawal_row(wish: Withdrawal | None, *, now: datetime) -> WithdrawalRow:
    """Say "Cancel 12/14 entries, 1 filled before, 2 of 64 shards still to act", until a minute after."""
    if wish is None:
        return WithdrawalRow()
    if wish.is_over and not wish.failed and now - (wish.completed_at or now) > SHOWN_AFTER:
        return WithdrawalRow()
    ended, marked = format.count(wish.ended), format.count(wish.marked)
    parts = [f"Cancel {ended}/{marked} entries"]
    if wish.filled:
        parts.append(f"{format.count(wish.filled)} filled before, with their stop")
    if wish.waiting:
        parts.append(f"{wish.waiting} of {format.plural(wish.parts, 'shard')} still to act")
    if wish.failed:
        why = f" ({wish.error})" if wish.error else ""
        parts.append(f"{format.plural(wish.failed, 'shard')} could not act{why}: cancel again")
        return WithdrawalRow(", ".join(parts), "danger")
    if wish.is_over:
        return WithdrawalRow(", ".join([*parts, "finished"]), "positive")
    return WithdrawalRow(", ".join(parts))

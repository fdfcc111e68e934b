"""Orders: the blotter, and the timeline of one."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.orders import AttemptState
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.errors import NotFound
from patriot_app.core.queries.order_steps import TITLES, Step, event_step
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.reader import reading
from patriot_app.core.queries.tables import AnyRow, Table, build, fetch, narrowed

_COLUMNS = (
    "t.id, t.client_order_id, t.number, t.state, t.account_id, a.label, u.name, a.exchange, a.mode,"
    " i.symbol, i.leg, i.side, i.order_type, i.quantity, i.price, i.trigger_price, i.reduce_only,"
    " t.filled_quantity, t.average_price, t.exchange_code, t.evidence, t.exchange_order_id,"
    " t.created_at, t.sending_at, t.acknowledged_at, t.resolved_at, i.signal_id, i.deployment_id"
)
_SOURCE = (
    "attempts AS t JOIN intents AS i ON i.id = t.intent_id JOIN accounts AS a ON a.id = t.account_id"
    " JOIN users AS u ON u.id = a.client_id"
)
_LIVE = "('created', 'sending', 'unknown', 'quarantined', 'open', 'partially_filled')"
_TABLE = Table(
    columns=_COLUMNS,
    source=_SOURCE,
    sorts={
        "created_at": "t.created_at",
        "account": "a.label",
        "client": "u.name",
        "symbol": "i.symbol",
        "state": "t.state",
        "leg": "i.leg",
        "side": "i.side",
        "quantity": "i.quantity",
        "filled_quantity": "t.filled_quantity",
        "average_price": "t.average_price",
    },
    filters={
        "state": "t.state = :state",
        "leg": "i.leg = :leg",
        "side": "i.side = :side",
        "symbol": "i.symbol = :symbol",
        "exchange": "a.exchange = :exchange",
        "account_id": "t.account_id = :account_id",
        "client_id": "a.client_id = :client_id",
        "deployment_id": "i.deployment_id = :deployment_id",
        "signal_id": "i.signal_id = :signal_id",
        "order_type": "i.order_type = :order_type",
        "since": "t.created_at > now() - CASE :since WHEN 'hour' THEN interval '1 hour'"
        " WHEN 'day' THEN interval '1 day' WHEN 'week' THEN interval '7 days'"
        " WHEN 'month' THEN interval '30 days' END",
        "live": f"(t.state IN {_LIVE}) = (:live = 'yes')",
    },
    search=(
        "t.client_order_id = :search OR t.exchange_order_id = :search OR a.label ILIKE :pattern"
        " OR u.name ILIKE :pattern OR t.id::text = :search"
    ),
    # Ids grow with time, so the primary key gives the newest first.
    default="t.id DESC",
    newest="created_at",
    counted_plain="attempts AS t",
)
_ONE = text(f"SELECT {_COLUMNS} FROM {_SOURCE} WHERE t.id = :id")  # noqa: S608
_MORE = text(
    "SELECT i.id, i.state, i.time_in_force, i.stop_loss, i.take_profit, i.leverage, i.deadline,"
    " i.command_id, i.close_position, i.reserved_notional, i.created_at,"
    " t.cancel_requested_at, t.triggered_order_id, t.exchange_updated_at FROM attempts AS t"
    " JOIN intents AS i ON i.id = t.intent_id WHERE t.id = :id"
)
_FILLS = text(
    "SELECT id, exchange_trade_id, side, quantity, price, commission, commission_asset,"
    " realised_pnl, is_maker, source, traded_at, received_at FROM fills WHERE attempt_id = :id"
    " ORDER BY traded_at, exchange_trade_id LIMIT 500"
)
_EVENTS = text(
    "SELECT type, severity, actor, surface, recorded_at, payload FROM events"
    " WHERE (subject_id = :account_id OR (subject_id = :intent_id AND type = ANY(:told)))"
    " AND recorded_at >= CAST(:since AS timestamptz)"
    " - interval '1 minute' AND recorded_at <= coalesce(CAST(:until AS timestamptz), now())"
    " + interval '1 hour' AND payload ->> 'client_order_id' = :client_order_id"
    " ORDER BY recorded_at, sequence LIMIT 200"
)
_SIBLINGS = text(
    "SELECT id, number, state, client_order_id FROM attempts WHERE intent_id = :intent_id"
    " ORDER BY number"
)


@dataclass(frozen=True, slots=True)
class OrderSummary:
    """One order, which is one attempt of an intent; times are wall time.

    Attributes:
        quantity: contract units; None closes the whole position.
        evidence: what the exchange's answer said, in short.
    """

    id: UUID
    client_order_id: str
    number: int
    state: AttemptState
    account_id: UUID
    account: str
    client: str
    exchange: str
    mode: str
    symbol: str
    leg: str
    side: str
    order_type: str
    quantity: Decimal | None
    price: Decimal | None
    trigger_price: Decimal | None
    reduce_only: bool
    filled_quantity: Decimal
    average_price: Decimal | None
    exchange_code: str
    evidence: str
    exchange_order_id: str | None
    created_at: datetime
    sending_at: datetime | None
    acknowledged_at: datetime | None
    resolved_at: datetime | None
    signal_id: UUID | None
    deployment_id: UUID | None

    @property
    def answer(self) -> str:
        """What the exchange answered; most evidence names status and code itself."""
        if self.evidence.startswith("HTTP "):
            return self.evidence
        return f"{self.exchange_code} {self.evidence}".strip()

    @property
    def latency_ms(self) -> Decimal | None:
        """Milliseconds from sending to acknowledged."""
        if self.sending_at is None or self.acknowledged_at is None:
            return None
        return round(Decimal((self.acknowledged_at - self.sending_at).total_seconds()) * 1000, 1)


@dataclass(frozen=True, slots=True)
class FillLine:
    """One trade; `traded_at` is market time, `received_at` wall time."""

    id: UUID
    exchange_trade_id: str
    side: str
    quantity: Decimal
    price: Decimal
    commission: Decimal
    commission_asset: str
    realised_pnl: Decimal | None
    is_maker: bool
    source: str
    traded_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Sibling:
    """Another attempt of the same intent."""

    id: UUID
    number: int
    state: AttemptState
    client_order_id: str


@dataclass(frozen=True, slots=True)
class OrderDetail:
    """One order with its intent, its other attempts, its trades and what happened when."""

    summary: OrderSummary
    intent_id: UUID
    intent_state: str
    time_in_force: str | None
    stop_loss: Decimal | None
    take_profit: Decimal | None
    leverage: int | None
    deadline: datetime | None
    command_id: UUID | None
    close_position: bool
    reserved_notional: Decimal
    triggered_order_id: str | None
    exchange_updated_at: datetime | None
    attempts: tuple[Sibling, ...]
    fills: tuple[FillLine, ...]
    timeline: tuple[Step, ...]


async def page(actor: Actor, request: PageRequest) -> Page[OrderSummary]:
    """Return one page of orders, newest first.

    Filters: state, leg, side, symbol, exchange, account_id, client_id, deployment_id, signal_id,
    order_type, since, live ("yes" or "no"). Search: an order id, account, client.
    """
    async with reading(actor) as session:
        rows, total = await fetch(session, _TABLE, narrowed(request, actor))
    items = tuple(_summary(row) for row in rows)
    return Page(items=items, total=total, page=request.page, size=request.limit)


async def detail(actor: Actor, attempt_id: UUID) -> OrderDetail:
    """Return one order with its timeline, oldest step first.

    Raises:
        NotFound: there is none, or it is another's.
    """
    async with reading(actor) as session:
        row = (await session.execute(_ONE, {"id": attempt_id})).one_or_none()
        if row is None:
            raise NotFound(f"There is no order {attempt_id}")
        summary = _summary(row)
        more = (await session.execute(_MORE, {"id": attempt_id})).one()
        fills = tuple(FillLine(*fill) for fill in await session.execute(_FILLS, {"id": attempt_id}))
        siblings = (await session.execute(_SIBLINGS, {"intent_id": more.id})).all()
        events = (
            await session.execute(
                _EVENTS,
                {
                    "account_id": summary.account_id,
                    "intent_id": more.id,
                    "told": list(TITLES),
                    "since": more.created_at,
                    "until": summary.resolved_at,
                    "client_order_id": summary.client_order_id,
                },
            )
        ).all()
    return build(
        OrderDetail,
        (summary, *more[:10], more.triggered_order_id, more.exchange_updated_at),
        attempts=tuple(
            Sibling(one.id, one.number, AttemptState(one.state), one.client_order_id)
            for one in siblings
        ),
        fills=fills,
        timeline=_timeline(summary, more, fills, events),
    )


def _summary(row: AnyRow) -> OrderSummary:
    return build(OrderSummary, (*row[:3], AttemptState(row.state), *row[4:]))


def _timeline(
    summary: OrderSummary, more: AnyRow, fills: tuple[FillLine, ...], events: Any
) -> tuple[Step, ...]:
    """Merge what the order's own times, its trades and the event log tell."""
    quantity = f"{summary.quantity.normalize():f}" if summary.quantity else "position"
    wanted = f"{summary.leg} {summary.side} {quantity} {summary.symbol}"
    steps = [Step(more.created_at, "Intended", wanted)]
    own = (
        (summary.created_at, "Stored before sending", summary.client_order_id),
        (summary.sending_at, "Sent", ""),
        (summary.acknowledged_at, "Answered", summary.answer),
        (more.cancel_requested_at, "Cancel asked for", ""),
        (summary.resolved_at, f"Ended {summary.state}", ""),
    )
    steps += [Step(at, title, detail.strip()) for at, title, detail in own if at is not None]
    steps += [
        Step(
            fill.received_at,
            "Filled",
            f"{fill.quantity.normalize():f} at {fill.price.normalize():f}",
        )
        for fill in fills
    ]
    steps += [event_step(event) for event in events]
    return tuple(sorted(steps, key=lambda step: step.at))

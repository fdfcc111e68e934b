"""Positions: what is held, whether a stop guards it, and how far liquidation is."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.permissions import Actor
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.reader import reading
from patriot_app.core.queries.tables import Table, fetch

MARK = "coalesce(l.mark_price, p.mark_price, p.entry_price)"
"""The newest price known; p position, l last price."""
SIZE = "coalesce(n.contract_size, 1)"
NOTIONAL = f"p.quantity * {MARK} * {SIZE}"
UNREALISED = f"p.quantity * ({MARK} - p.entry_price) * {SIZE}"
SOURCE = (
    "positions AS p JOIN accounts AS a ON a.id = p.account_id"
    " LEFT JOIN last_prices AS l ON l.exchange = a.exchange AND l.mode = a.mode"
    " AND l.symbol = p.symbol"
    " LEFT JOIN instruments AS n ON n.exchange = a.exchange AND n.symbol = p.symbol"
)
_LEGS = (
    # Of two stops the nearer one counts: Bybit's first one stays behind the one that was moved.
    "LATERAL (SELECT CASE WHEN p.quantity > 0"
    " THEN max(g.trigger_price) FILTER (WHERE g.leg = 'stop_loss')"
    " ELSE min(g.trigger_price) FILTER (WHERE g.leg = 'stop_loss') END AS stop,"
    " max(g.trigger_price) FILTER (WHERE g.leg = 'take_profit') AS target FROM protection_legs AS g"
    " WHERE g.account_id = p.account_id AND g.symbol = p.symbol AND g.state = 'placed')"
)
_DISTANCE = f"abs({MARK} - p.liquidation_price) / nullif({MARK}, 0)"
_TABLE = Table(
    columns=(
        "p.account_id, a.label, a.client_id, u.name, a.exchange, a.mode, p.symbol,"
        f" p.position_side, p.quantity, p.entry_price, {MARK}, {NOTIONAL}, {UNREALISED},"
        " p.realised_pnl, p.commission, p.leverage, p.liquidation_price,"
        f" {_DISTANCE}, p.wanted_stop, legs.stop, p.wanted_target, legs.target,"
        " p.unprotected_since, p.deployment_id, d.name, p.opened_at,"
        " coalesce(l.observed_at, p.observed_at), p.exchange_quantity,"
        " plan.state, plan.rules, plan.first_stop, plan.best_price, plan.trailing_since,"
        " plan.break_even_at, plan.partial"
    ),
    source=(
        f"{SOURCE} JOIN users AS u ON u.id = a.client_id"
        " LEFT JOIN deployments AS d ON d.id = p.deployment_id"
        f" LEFT JOIN {_LEGS} AS legs ON true"
        " LEFT JOIN exit_plans AS plan ON plan.account_id = p.account_id"
        " AND plan.symbol = p.symbol AND plan.ended_at IS NULL"
    ),
    sorts={
        "account": "a.label",
        "client": "u.name",
        "exchange": "a.exchange",
        "symbol": "p.symbol",
        "quantity": "p.quantity",
        "notional": f"abs({NOTIONAL})",
        "unrealised_pnl": UNREALISED,
        "realised_pnl": "p.realised_pnl",
        "leverage": "p.leverage",
        "liquidation_distance": _DISTANCE,
        "opened_at": "p.opened_at",
        "unprotected_since": "p.unprotected_since",
    },
    filters={
        "symbol": "p.symbol = :symbol",
        "exchange": "a.exchange = :exchange",
        "mode": "a.mode = :mode",
        "side": "(p.quantity > 0) = (:side = 'long')",
        "account_id": "p.account_id = :account_id",
        "client_id": "a.client_id = :client_id",
        "deployment_id": "p.deployment_id = :deployment_id",
        "unprotected": "(p.unprotected_since IS NOT NULL) = (:unprotected = 'yes')",
    },
    search="a.label ILIKE :pattern OR u.name ILIKE :pattern OR p.symbol ILIKE :pattern",
    default="a.label, p.symbol, p.account_id, p.position_side",
    always="p.quantity <> 0",
)
_BY_SYMBOL = text(
    f"""
    SELECT p.symbol, coalesce(sum({NOTIONAL}) FILTER (WHERE p.quantity > 0), 0) AS long,
           coalesce(-sum({NOTIONAL}) FILTER (WHERE p.quantity < 0), 0) AS short,
           sum({UNREALISED}) AS unrealised_pnl, count(DISTINCT p.account_id) AS accounts,
           count(p.unprotected_since) AS unprotected
      FROM {SOURCE} WHERE p.quantity <> 0 GROUP BY p.symbol ORDER BY sum(abs({NOTIONAL})) DESC
    """  # noqa: S608
)


@dataclass(frozen=True, slots=True)
class PositionSummary:
    """One open position; money in USDT.

    Attributes:
        quantity: signed contract units, negative is short; `notional` has the same sign.
        mark_price: the exchange's newest, and `price_at` its wall time.
        liquidation_distance: fraction of the price between mark and liquidation.
        wanted_stop: the stop it must have; None if its strategy wants none.
        live_stop: the stop that rests at the exchange.
        unprotected_since: since when it wants a stop and has none.
        exchange_quantity: what the exchange says it is.
        plan_state: of its exit plan; None if it has none. What follows is the plan's.
        partial: where the partial close stands.
    """

    account_id: UUID
    account: str
    client_id: UUID
    client: str
    exchange: str
    mode: str
    symbol: str
    position_side: str
    quantity: Decimal
    entry_price: Decimal
    mark_price: Decimal
    notional: Decimal
    unrealised_pnl: Decimal
    realised_pnl: Decimal
    commission: Decimal
    leverage: int | None
    liquidation_price: Decimal | None
    liquidation_distance: Decimal | None
    wanted_stop: Decimal | None
    live_stop: Decimal | None
    wanted_target: Decimal | None
    live_target: Decimal | None
    unprotected_since: datetime | None
    deployment_id: UUID | None
    deployment: str | None
    opened_at: datetime | None
    price_at: datetime | None
    exchange_quantity: Decimal | None
    plan_state: str | None = None
    plan_rules: dict[str, str] | None = None
    first_stop: Decimal | None = None
    best_price: Decimal | None = None
    trailing_since: datetime | None = None
    break_even_at: datetime | None = None
    partial: str | None = None


@dataclass(frozen=True, slots=True)
class SymbolExposure:
    """What is held in one symbol over all accounts that the actor sees; USDT."""

    symbol: str
    long: Decimal
    short: Decimal
    unrealised_pnl: Decimal
    accounts: int
    unprotected: int

    @property
    def net(self) -> Decimal:
        return self.long - self.short


async def page(actor: Actor, request: PageRequest) -> Page[PositionSummary]:
    """Return one page of open positions.

    Filters: symbol, exchange, mode, side ("long" or "short"), account_id, client_id,
    deployment_id, unprotected ("yes" or "no"). Search: account, client, symbol.
    """
    async with reading(actor) as session:
        rows, total = await fetch(session, _TABLE, request)
    items = tuple(PositionSummary(*row) for row in rows)
    return Page(items=items, total=total, page=request.page, size=request.limit)


async def by_symbol(actor: Actor) -> tuple[SymbolExposure, ...]:
    """Return the exposure per symbol, largest first."""
    async with reading(actor) as session:
        return tuple(SymbolExposure(*row) for row in await session.execute(_BY_SYMBOL))

"""Contracts: what their exchange says and whether the desk trades them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.errors import NotFound
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.reader import desk_reading, reading
from patriot_app.core.queries.tables import Table, build, fetch

_COLUMNS = (
    "n.exchange, n.symbol, n.base, n.quote, n.tick_size, n.step_size, n.quantity_min,"
    " n.quantity_max, n.market_quantity_max, n.min_notional, n.contract_size, n.leverage_max,"
    " n.is_trading, coalesce(e.is_enabled, true), coalesce(e.reason, ''), n.refreshed_at,"
    " l.mark_price, l.last_price, l.observed_at, n.brackets"
)
_SOURCE = (
    "instruments AS n LEFT JOIN instrument_permissions AS e ON e.exchange = n.exchange"
    " AND e.symbol = n.symbol LEFT JOIN LATERAL (SELECT * FROM last_prices AS known"
    " WHERE known.exchange = n.exchange AND known.symbol = n.symbol"
    " ORDER BY known.observed_at DESC LIMIT 1) AS l ON true"
)
_TABLE = Table(
    columns=_COLUMNS,
    source=_SOURCE,
    sorts={
        "symbol": "n.symbol",
        "exchange": "n.exchange",
        "mark_price": "l.mark_price",
        "min_notional": "n.min_notional",
        "leverage_max": "n.leverage_max",
        "is_enabled": "coalesce(e.is_enabled, true)",
        "refreshed_at": "n.refreshed_at",
    },
    filters={
        "exchange": "n.exchange = :exchange",
        "enabled": "coalesce(e.is_enabled, true) = (:enabled = 'yes')",
        "trading": "n.is_trading = (:trading = 'yes')",
    },
    search="n.symbol ILIKE :pattern OR n.base ILIKE :pattern",
    default="n.symbol, n.exchange",
)
_SYMBOLS = text(
    "SELECT n.symbol FROM instruments AS n LEFT JOIN instrument_permissions AS e"
    " ON e.exchange = n.exchange AND e.symbol = n.symbol WHERE n.is_trading"
    " AND coalesce(e.is_enabled, true) AND n.exchange = :exchange ORDER BY n.symbol"
)


@dataclass(frozen=True, slots=True)
class BracketView:
    """Band of notional in USDT with its greatest leverage and maintenance margin rate."""

    notional_floor: Decimal
    notional_cap: Decimal
    leverage_max: int
    maintenance_rate: Decimal
    deduction: Decimal


@dataclass(frozen=True, slots=True)
class InstrumentSummary:
    """One contract; `is_enabled` is the desk's switch, `is_trading` the exchange's word."""

    exchange: str
    symbol: str
    base: str
    quote: str
    tick_size: Decimal
    step_size: Decimal
    quantity_min: Decimal
    quantity_max: Decimal
    market_quantity_max: Decimal
    min_notional: Decimal
    contract_size: Decimal
    leverage_max: int
    is_trading: bool
    is_enabled: bool
    reason: str
    refreshed_at: datetime
    mark_price: Decimal | None
    last_price: Decimal | None
    price_at: datetime | None
    brackets: tuple[BracketView, ...]


async def page(actor: Actor, request: PageRequest) -> Page[InstrumentSummary]:
    """Return one page of contracts.

    Filters: exchange, enabled and trading ("yes" or "no"). Search: symbol, base.
    """
    async with desk_reading(actor) as session:
        rows, total = await fetch(session, _TABLE, request)
    items = tuple(build(InstrumentSummary, (*row[:-1], _brackets(row[-1]))) for row in rows)
    return Page(items=items, total=total, page=request.page, size=request.limit)


async def get(actor: Actor, exchange: Exchange, symbol: str) -> InstrumentSummary:
    """Return one contract.

    Raises:
        NotFound: the exchange lists none of that name.
    """
    async with desk_reading(actor) as session:
        row = (
            await session.execute(
                text(
                    f"SELECT {_COLUMNS} FROM {_SOURCE}"  # noqa: S608
                    " WHERE n.exchange = :exchange AND n.symbol = :symbol"
                ),
                {"exchange": exchange.value, "symbol": symbol},
            )
        ).one_or_none()
    if row is None:
        raise NotFound(f"{exchange} lists no {symbol}")
    return build(InstrumentSummary, (*row[:-1], _brackets(row[-1])))


async def tradable_symbols(actor: Actor, exchange: Exchange) -> tuple[str, ...]:
    """Return the symbols that may be deployed on an exchange."""
    async with reading(actor) as session:
        found = await session.execute(_SYMBOLS, {"exchange": exchange.value})
        return tuple(found.scalars())


def _brackets(stored: list[dict[str, Any]]) -> tuple[BracketView, ...]:
    return tuple(
        BracketView(
            notional_floor=Decimal(str(one["notional_floor"])),
            notional_cap=Decimal(str(one["notional_cap"])),
            leverage_max=int(one["leverage_max"]),
            maintenance_rate=Decimal(str(one.get("maintenance_rate", "0"))),
            deduction=Decimal(str(one.get("deduction", "0"))),
        )
        for one in stored
    )

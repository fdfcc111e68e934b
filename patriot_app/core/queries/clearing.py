"""How far the accounts of a halt are cleared up, and what failed."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from patriot_app.core.domain.permissions import Actor
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.reader import desk_reading
from patriot_app.core.queries.tables import Table, fetch

_RANK = "array_position(ARRAY['failed', 'running', 'waiting', 'done'], c.state::text)"
_TABLE = Table(
    columns=(
        "c.account_id, a.label, u.name, a.exchange, c.state, c.notional, c.tries, c.result,"
        " c.error, c.started_at, c.finished_at"
    ),
    source=(
        "halt_accounts AS c JOIN halts AS h ON h.id = c.halt_id"
        " JOIN accounts AS a ON a.id = c.account_id JOIN users AS u ON u.id = a.client_id"
    ),
    sorts={
        "state": _RANK,
        "account": "a.label",
        "client": "u.name",
        "notional": "c.notional",
        "finished_at": "c.finished_at",
    },
    filters={
        "halt_id": "c.halt_id = :halt_id",
        "state": "c.state = :state",
        "exchange": "a.exchange = :exchange",
    },
    search="a.label ILIKE :pattern OR u.name ILIKE :pattern OR c.error ILIKE :pattern",
    default=f"{_RANK}, c.notional DESC, c.account_id",
    always="h.lifted_at IS NULL",
)


@dataclass(frozen=True, slots=True)
class ClearingView:
    """One account behind a halt; notional is what it held in USDT when the halt was raised."""

    account_id: UUID
    account: str
    client: str
    exchange: str
    state: str
    notional: Decimal
    tries: int
    result: str
    error: str
    started_at: datetime | None
    finished_at: datetime | None


async def page(actor: Actor, request: PageRequest) -> Page[ClearingView]:
    """Return one page of the accounts behind the halts in force, failures first.

    Filters: halt_id, state, exchange. Search: account, client, error.
    """
    async with desk_reading(actor) as session:
        rows, total = await fetch(session, _TABLE, request)
    items = tuple(ClearingView(*row) for row in rows)
    return Page(items=items, total=total, page=request.page, size=request.limit)

"""What each daemon says of the limits at each exchange and address."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.permissions import Actor
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.reader import desk_reading
from patriot_app.core.queries.tables import Table, build, fetch

_NUMBERS = (
    "budget",
    "window_s",
    "used",
    "reserve",
    "margin",
    "silent_s",
    "waiting_exit",
    "waiting_resolution",
    "waiting_take_over",
    "waiting_entry",
    "waiting_background",
    "accounts",
    "accounts_max",
    "read_at_once",
    "connections",
    "connections_max",
    "opened",
    "opened_max",
)
_SOURCE = (
    "heartbeats AS h CROSS JOIN LATERAL jsonb_to_recordset(coalesce(h.details -> 'budgets', '[]'))"
    " AS b(exchange text, mode text, address text, "
    + ", ".join(f"{name} numeric" for name in _NUMBERS)
    + ", risk_account uuid, risk_used numeric, risk_limit numeric, risk_window_s numeric,"
    " fan_out_s numeric) LEFT JOIN accounts AS a ON a.id = b.risk_account"
)
_TABLE = Table(
    columns="h.process, h.beat_at, b.exchange, b.mode, b.address, "
    + ", ".join(f"b.{name}" for name in _NUMBERS)
    + ", b.risk_account, a.label, b.risk_used, b.risk_limit, b.risk_window_s, b.fan_out_s",
    source=_SOURCE,
    sorts={
        "exchange": "b.exchange",
        "address": "b.address",
        "used": "b.used / b.budget",
        "silent_s": "b.silent_s",
        "accounts": "b.accounts",
        "connections": "b.connections",
        "fan_out_s": "b.fan_out_s",
        "beat_at": "h.beat_at",
    },
    filters={
        "exchange": "b.exchange = :exchange",
        "silent": "(b.silent_s > 0) = (:silent = 'yes')",
    },
    search="b.address ILIKE :pattern OR h.process ILIKE :pattern",
    default="b.exchange, b.mode, b.address, h.process",
)
_SUMMARY = text(
    f"""
    SELECT count(*), coalesce(sum(b.accounts), 0), max(b.used / b.budget),
           count(*) FILTER (WHERE b.silent_s > 0),
           coalesce(sum(b.waiting_exit + b.waiting_resolution
                        + coalesce(b.waiting_take_over, 0) + b.waiting_entry
                        + b.waiting_background), 0),
           max(b.fan_out_s)
      FROM {_SOURCE}
     WHERE h.beat_at > now() - interval '15 seconds'
    """  # noqa: S608
)


@dataclass(frozen=True, slots=True)
class RateBudget:
    """One address at one exchange as one daemon sees it; units are the exchange's own.

    Attributes:
        address: "" where the machine chooses.
        reserve: of the budget, for exits, stops and unknown orders alone.
        margin: of the budget, never used.
        waiting_take_over: readings of accounts that may trade only after them. None, as below: an
            older daemon does not say.
        read_at_once: accounts that can be read afresh at once, as after a take-over, whatever was
            done in the background before; as many again in each window after it.
        opened: connections that were opened in the last five minutes; None where nobody says.
        risk_account: nearest to its limit of orders, if any is near.
        fan_out_s: until an entry for each account could have left.
    """

    process: str
    told_at: datetime
    exchange: str
    mode: str
    address: str
    budget: Decimal
    window_s: Decimal
    used: Decimal
    reserve: Decimal
    margin: Decimal
    silent_s: Decimal
    waiting_exit: Decimal
    waiting_resolution: Decimal
    waiting_take_over: Decimal | None
    waiting_entry: Decimal
    waiting_background: Decimal
    accounts: Decimal
    accounts_max: Decimal
    read_at_once: Decimal | None
    connections: Decimal
    connections_max: Decimal
    opened: Decimal | None
    opened_max: Decimal | None
    risk_account: UUID | None
    risk_label: str | None
    risk_used: Decimal | None
    risk_limit: Decimal | None
    risk_window_s: Decimal | None
    fan_out_s: Decimal


@dataclass(frozen=True, slots=True)
class RateSummary:
    """All addresses of the daemons that were heard of lately."""

    addresses: int
    accounts: Decimal
    used_share_max: Decimal | None
    silent: int
    waiting: Decimal
    fan_out_s: Decimal | None


async def page(actor: Actor, request: PageRequest) -> Page[RateBudget]:
    """Return one page of addresses.

    Filters: exchange, silent ("yes" or "no"). Search: address, process.
    """
    async with desk_reading(actor) as session:
        rows, total = await fetch(session, _TABLE, request)
    items = tuple(build(RateBudget, row) for row in rows)
    return Page(items=items, total=total, page=request.page, size=request.limit)


async def summary(actor: Actor) -> RateSummary:
    """Return the sum of what is fresh."""
    async with desk_reading(actor) as session:
        row = (await session.execute(_SUMMARY)).one()
    return RateSummary(*row)

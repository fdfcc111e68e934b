"""What the desk earned, by month, strategy or client: every figure is a sum of the journal's lines.

Rows of one grouping add up to the books: accrued less credited is the fee revenue, what is owed the
receivable, and so on, to the cent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import text

from patriot_app.core.domain.permissions import Actor
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.reader import desk_reading
from patriot_app.core.queries.tables import Table, build, fetch


class Grouping(StrEnum):
    MONTH = "month"
    STRATEGY = "strategy"
    CLIENT = "client"


# A mandate that several strategies trade for is counted under all their names together, once.
_NAMES = {
    Grouping.MONTH: "to_char(p.ends_at AT TIME ZONE m.time_zone - interval '1 second', 'YYYY-MM')",
    Grouping.STRATEGY: (
        "coalesce((SELECT string_agg(DISTINCT s.name, ', ' ORDER BY s.name)"
        " FROM mandate_accounts AS j JOIN allocations AS o ON o.account_id = j.account_id"
        " JOIN deployments AS d ON d.id = o.deployment_id"
        " JOIN strategies AS s ON s.id = d.strategy_id WHERE j.mandate_id = m.id), 'No strategy')"
    ),
    Grouping.CLIENT: "u.name",
}
_KEYS = {Grouping.CLIENT: "u.id::text"}
_SUMS = """
    -coalesce(sum(l.amount) FILTER (WHERE l.account = 'fee_revenue' AND e.kind = 'accrual'), 0)
        AS accrued,
    coalesce(sum(l.amount) FILTER (WHERE l.account = 'accrued_fees'), 0) AS not_invoiced,
    coalesce(sum(l.amount) FILTER (WHERE l.account = 'receivable' AND e.kind = 'invoice'), 0)
        AS invoiced,
    -coalesce(sum(l.amount) FILTER (WHERE l.account = 'receivable' AND e.kind = 'credit_note'), 0)
        AS credited,
    coalesce(sum(l.amount) FILTER (WHERE l.account = 'payments'), 0) AS paid,
    coalesce(sum(l.amount) FILTER (WHERE l.account = 'write_offs'), 0) AS written_off,
    coalesce(sum(l.amount) FILTER (WHERE l.account = 'receivable'), 0) AS outstanding,
    coalesce(sum(l.amount) FILTER (WHERE l.account = 'partner_shares'), 0) AS shared
"""
_FIGURES = (
    *("accrued", "not_invoiced", "invoiced", "credited", "paid", "written_off", "outstanding"),
    "shared",
)


def _table(grouping: Grouping) -> Table:
    name = _NAMES[grouping]
    source = f"""
        (SELECT {name} AS name, {_KEYS.get(grouping, name)} AS key, e.currency, {_SUMS}
           FROM journal_entries AS e JOIN journal_lines AS l ON l.entry_id = e.id
           JOIN fee_periods AS p ON p.id = e.fee_period_id
           JOIN mandates AS m ON m.id = e.mandate_id JOIN users AS u ON u.id = m.client_id
          GROUP BY 1, 2, 3) AS r
    """  # noqa: S608 - built from constants of this module
    is_newest_first = grouping is Grouping.MONTH
    return Table(
        columns="r.key, r.name, r.currency, " + ", ".join(f"r.{one}" for one in _FIGURES),
        source=source,
        sorts={"name": "r.name", **{one: f"r.{one}" for one in _FIGURES}},
        search="r.name ILIKE :pattern",
        default=f"r.name{' DESC' if is_newest_first else ''}, r.key, r.currency",
    )


_TABLES = {grouping: _table(grouping) for grouping in Grouping}
_TOTAL = text(
    f"SELECT '' AS key, 'All' AS name, e.currency, {_SUMS} FROM journal_entries AS e"  # noqa: S608
    " JOIN journal_lines AS l ON l.entry_id = e.id GROUP BY e.currency ORDER BY e.currency"
)


@dataclass(frozen=True, slots=True)
class Revenue:
    """Sums of the books for one month, strategy or client, in one currency.

    Attributes:
        accrued: earned by closed months; `not_invoiced` is the part that is still a draft.
        credited: taken back by credit notes.
        paid: received; `outstanding` is what is owed now.
        shared: given to partners of what was received.
    """

    key: str
    name: str
    currency: str
    accrued: Decimal
    not_invoiced: Decimal
    invoiced: Decimal
    credited: Decimal
    paid: Decimal
    written_off: Decimal
    outstanding: Decimal
    shared: Decimal

    @property
    def earned(self) -> Decimal:
        """The fee revenue of the books."""
        return self.accrued - self.credited


async def page(actor: Actor, request: PageRequest, *, grouping: Grouping) -> Page[Revenue]:
    """Return one page of a grouping; for the desk. Search: name."""
    async with desk_reading(actor) as session:
        rows, total = await fetch(session, _TABLES[grouping], request)
    return Page(
        items=tuple(build(Revenue, row) for row in rows),
        total=total,
        page=request.page,
        size=request.limit,
    )


async def totals(actor: Actor) -> Sequence[Revenue]:
    """Return the sums of all the books, a line for each currency; for the desk."""
    async with desk_reading(actor) as session:
        found: Any = await session.execute(_TOTAL)
        return [build(Revenue, row) for row in found]

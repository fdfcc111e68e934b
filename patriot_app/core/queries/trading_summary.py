"""What was traded month by month on each account of a client; a client sees his own.

Fills tell orders, volume and commission; the ledger, which ties out with the wallet, tells the
result: realised profit less commission and funding. Months are calendar months in UTC, market time.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from patriot_app.core.domain.permissions import Actor
from patriot_app.core.errors import Invalid
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.reader import reading
from patriot_app.core.queries.tables import Table, build, fetch, narrowed

# What narrows it stands in the grouping, so that PostgreSQL reads the fills of those accounts only.
_MONTHS = """(
    SELECT a.client_id, a.id AS account_id, m.month, sum(m.orders) AS orders,
           sum(m.fills) AS fills, sum(m.volume) AS volume, sum(m.commission) AS commission,
           sum(m.result) AS result
      FROM accounts AS a CROSS JOIN LATERAL (
           SELECT date_trunc('month', f.traded_at AT TIME ZONE 'UTC')::date AS month,
                  count(DISTINCT f.exchange_order_id) AS orders, count(*) AS fills,
                  sum(f.quantity * f.price * coalesce(i.contract_size, 1)) AS volume,
                  coalesce(sum(f.commission) FILTER (WHERE f.commission_asset = 'USDT'), 0)
                      AS commission, 0 AS result
             FROM fills AS f LEFT JOIN instruments AS i
                  ON i.exchange = f.exchange AND i.symbol = f.symbol
            WHERE f.account_id = a.id GROUP BY 1
            UNION ALL
           SELECT date_trunc('month', r.occurred_at AT TIME ZONE 'UTC')::date, 0, 0, 0, 0,
                  sum(r.amount)
             FROM ledger_rows AS r
            WHERE r.account_id = a.id AND r.classification = 'performance' AND r.asset = 'USDT'
            GROUP BY 1) AS m
     GROUP BY 1, 2, 3)"""
_TABLE = Table(
    columns=(
        "t.month, t.account_id, a.label, a.exchange, a.mode, u.name, t.orders, t.fills, t.volume,"
        " t.commission, t.result"
    ),
    source=(
        f"{_MONTHS} AS t JOIN accounts AS a ON a.id = t.account_id"
        " JOIN users AS u ON u.id = t.client_id"
    ),
    sorts={
        "month": "t.month",
        "account": "a.label",
        "fills": "t.fills",
        "volume": "t.volume",
        "commission": "t.commission",
        "result": "t.result",
    },
    filters={
        "client_id": "t.client_id = :client_id",
        "account_id": "t.account_id = :account_id",
    },
    search="a.label ILIKE :pattern OR to_char(t.month, 'YYYY-MM') = :search",
    default="t.month DESC, a.label, t.account_id",
)


@dataclass(frozen=True, slots=True)
class TradingMonth:
    """One month of one account.

    Attributes:
        month: its first day.
        orders: that were filled at least in part.
        volume: USDT; quantity x price x contract size of all fills, both sides.
        commission: USDT; what the exchange charged in USDT.
        result: USDT; booked in the ledger: realised profit less commission and funding.
    """

    month: date
    account_id: UUID
    account: str
    exchange: str
    mode: str
    client: str
    orders: int
    fills: int
    volume: Decimal
    commission: Decimal
    result: Decimal


async def page(actor: Actor, request: PageRequest) -> Page[TradingMonth]:
    """Return one page of months, newest first unless sorted otherwise.

    Filters: client_id, account_id; the desk names one of them. Search: account, or a month such as
    2026-05.

    Raises:
        Invalid: the desk asks for everybody at once.
    """
    asked = narrowed(request, actor)
    if not any(asked.filters.get(name) for name in ("client_id", "account_id")):
        raise Invalid({"filter": "Choose a client or an account first"})
    async with reading(actor) as session:
        rows, total = await fetch(session, _TABLE, asked)
    items = tuple(build(TradingMonth, row) for row in rows)
    return Page(items=items, total=total, page=request.page, size=request.limit)

"""Months of trading as text, the same for the desk and for a client."""

from dataclasses import dataclass, field

from patriot_app.core.queries.trading_summary import TradingMonth
from patriot_app.web import format, table_export
from patriot_app.web.format import Figure
from patriot_app.web.kit import Column, amount_cell, money_cell, two_lines

CSV: table_export.Columns[TradingMonth] = [
    ("month", lambda one: f"{one.month:%Y-%m}"),
    ("client", lambda one: one.client),
    ("account", lambda one: one.account),
    ("exchange", lambda one: one.exchange),
    ("mode", lambda one: one.mode),
    ("orders", lambda one: one.orders),
    ("fills", lambda one: one.fills),
    ("volume_usdt", lambda one: one.volume),
    ("commission_usdt", lambda one: one.commission),
    ("result_usdt", lambda one: one.result),
]
HINT = (
    "Calendar months in UTC, market time. Volume counts both sides. The result is what the exchange"
    " booked: realised profit less its commission and funding; our fee is not in it."
)


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One month of one account."""

    id: str = ""
    month: str = ""
    account: str = ""
    exchange: str = ""
    orders: str = ""
    fills: str = ""
    volume: Figure = field(default_factory=Figure)
    commission: Figure = field(default_factory=Figure)
    result: Figure = field(default_factory=Figure)


def month_row(one: TradingMonth) -> MonthRow:
    """Show one of them."""
    return MonthRow(
        id=f"{one.account_id}|{one.month:%Y-%m}",
        month=f"{one.month:%B %Y}",
        account=one.account,
        exchange=f"{one.exchange.capitalize()}, {one.mode}",
        orders=format.count(one.orders),
        fills=format.count(one.fills),
        volume=format.money(one.volume),
        commission=format.money(one.commission),
        result=format.profit(one.result),
    )


COLUMNS = [
    Column("Month", lambda row: row.month, "month", phone="title"),
    Column("Account", lambda row: two_lines(row.account, row.exchange), "account"),
    Column("Orders filled", lambda row: amount_cell(row.orders), align="end", phone="hide"),
    Column("Fills", lambda row: amount_cell(row.fills), "fills", align="end"),
    Column("Volume", lambda row: money_cell(row.volume), "volume", align="end"),
    Column("Commission", lambda row: money_cell(row.commission), "commission", align="end"),
    Column("Result", lambda row: money_cell(row.result), "result", align="end"),
]

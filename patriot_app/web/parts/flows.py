"""Money that came to accounts or left them; the console and the portal show it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import reflex as rx

from patriot_app.core.queries.ledger_days import FlowView
from patriot_app.web import format
from patriot_app.web.format import Figure
from patriot_app.web.kit import (
    Column,
    amount_cell,
    data_table,
    empty_state,
    money_cell,
    two_lines,
)

COLUMNS = [
    Column("When", lambda row: amount_cell(row.at), phone="title"),
    Column("Account", lambda row: two_lines(row.account, row.what)),
    Column("Amount", lambda row: money_cell(row.amount), align="end"),
]


@dataclass(frozen=True, slots=True)
class FlowRow:
    """One deposit or withdrawal."""

    id: str
    at: str
    account: str
    what: str
    amount: Figure


def flow_rows(flows: Iterable[FlowView]) -> list[FlowRow]:
    """Show flows; times are the market's."""
    return [
        FlowRow(
            id=str(one.id),
            at=f"{one.occurred_at:%Y-%m-%d %H:%M}",
            account=one.account,
            what=f"{'Deposit' if one.amount >= 0 else 'Withdrawal'} · {one.row_type}",
            amount=format.money(one.amount, unit=one.asset),
        )
        for one in flows
    ]


def flow_table(rows: Any) -> rx.Component:
    """Show the newest flows; they never count for a fee."""
    return data_table(
        label="Money in and out",
        columns=COLUMNS,
        rows=rows,
        empty=empty_state(
            title="No money came or left",
            body="A deposit or withdrawal stands here within a minute. It never counts for a fee.",
        ),
    )

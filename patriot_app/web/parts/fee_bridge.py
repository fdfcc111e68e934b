"""How a fee so far comes about, line by line; the console and the portal show it."""

from typing import Any

import reflex as rx

from patriot_app.web.kit import Column, data_table, layout, money_cell, notice, shown_if, two_lines

COLUMNS = [
    Column("Step", lambda row: two_lines(row.label, row.note), phone="title"),
    Column("Amount", lambda row: money_cell(row.amount), align="end"),
]


def fee_bridge(fee: Any) -> rx.Component:
    """Show the measure, the mark, the base, the rate and the fee.

    Args:
        fee: var of a `FeeRow`.
    """
    return layout(
        "stack-small",
        shown_if(
            fee.kind == "proforma",
            notice("Pro forma: not every account is live, so nothing is ever charged."),
        ),
        rx.foreach(fee.warnings, lambda text: notice(text, tone="warning")),
        data_table(label="How the fee comes about", columns=COLUMNS, rows=fee.lines),
    )

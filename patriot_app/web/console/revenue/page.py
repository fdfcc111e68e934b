"""Revenue: what the desk earned, and how much of it came in."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.console.revenue.state import RevenueState
from patriot_app.web.kit import (
    Column,
    Filter,
    button,
    empty_state,
    layout,
    listing,
    money_cell,
    page_head,
    stat_card,
)
from patriot_app.web.shell import console_page

GROUPINGS = [
    Filter("by", "By month", [("strategy", "By strategy"), ("client", "By client")]),
]
COLUMNS = [
    Column("Of", lambda row: _name(row), "name", phone="title"),
    Column("Accrued", lambda row: money_cell(row.accrued), "accrued", align="end"),
    Column("Invoiced", lambda row: money_cell(row.invoiced), "invoiced", align="end"),
    Column("Credited", lambda row: money_cell(row.credited), "credited", align="end"),
    Column("Paid", lambda row: money_cell(row.paid), "paid", align="end"),
    Column("Written off", lambda row: money_cell(row.written_off), "written_off", align="end"),
    Column("Owed", lambda row: money_cell(row.outstanding), "outstanding", align="end"),
    Column("To partners", lambda row: money_cell(row.shared), "shared", align="end", phone="hide"),
]


@console_page(routes.REVENUE, title="Revenue", on_load=RevenueState.load, topics="billing fees")
def revenue_page() -> rx.Component:
    """Return the page."""
    state: Any = RevenueState
    return layout(
        "stack",
        page_head(
            "Revenue",
            hint="Sums of the journal; they add up to the books to the cent. A fee counts in the"
            " month that it is for, in its mandate's time zone.",
            actions=[
                button("Export CSV", icon="download", on_click=state.export),
                button("Partners", icon="handshake", href=routes.PARTNERS),
                button(
                    "Regulatory export",
                    icon="file-archive",
                    href=routes.REGULATORY_EXPORT,
                    is_plain=True,
                ),
            ],
        ),
        layout(
            "stats",
            stat_card(label="Fee revenue", value=state.earned),
            stat_card(label="Not invoiced yet", value=state.not_invoiced),
            stat_card(label="Invoiced", value=state.invoiced),
            stat_card(label="Paid", value=state.paid),
            stat_card(label="Owed", value=state.outstanding),
            stat_card(label="Written off", value=state.written_off),
        ),
        listing(
            state,
            label="Revenue",
            columns=COLUMNS,
            placeholder="Month, strategy or client",
            filters=GROUPINGS,
            empty=empty_state(
                title="Nothing earned yet",
                body="Fees of live money stand here once their month was computed.",
                action=button("Months", href=routes.MONTHS),
                icon="chart-column",
            ),
            test_id="revenue-table",
        ),
    )


def _name(row: Any) -> rx.Component:
    return rx.cond(row.href != "", rx.el.a(row.name, href=row.href), rx.el.span(row.name))

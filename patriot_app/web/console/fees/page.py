"""Fees: what each mandate would be charged if its month closed now."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.console.fees.state import FeesState
from patriot_app.web.console.fees.terms import terms_dialogs, terms_section
from patriot_app.web.kit import (
    Column,
    Filter,
    amount_cell,
    badge,
    button,
    data_table,
    detail_drawer,
    empty_state,
    layout,
    listing,
    money_cell,
    notice,
    page_head,
    status_badge,
    timeline,
    two_lines,
)
from patriot_app.web.parts.fee_bridge import fee_bridge
from patriot_app.web.parts.fees import KINDS
from patriot_app.web.parts.flows import flow_table
from patriot_app.web.shell import console_page

FILTERS = [Filter("ended", "In force or ended", [("no", "In force"), ("yes", "Ended")])]
COLUMNS = [
    Column("Client", lambda row: two_lines(row.client, row.name), "client", phone="title"),
    Column("Kind", lambda row: _kind(row)),
    Column("Period", lambda row: amount_cell(row.period), phone="hide"),
    Column("Net profit M", lambda row: money_cell(row.net_profit), align="end"),
    Column("High-water mark H", lambda row: money_cell(row.mark), align="end"),
    Column("Base", lambda row: money_cell(row.base), align="end"),
    Column("Rate", lambda row: money_cell(row.rate), align="end"),
    Column("Fee so far", lambda row: money_cell(row.fee), align="end"),
]
SHARES = [
    Column("Account", lambda row: two_lines(row.label, row.exchange), phone="title"),
    Column("Performance", lambda row: money_cell(row.performance), align="end"),
    Column("Open profit", lambda row: money_cell(row.open_profit), align="end"),
    Column("Ledger until", lambda row: amount_cell(row.complete), align="end"),
]
TYPES = [
    Column("Type", lambda row: two_lines(row.row_type, row.classification), phone="title"),
    Column("Rows", lambda row: amount_cell(row.rows), align="end"),
    Column("Sum", lambda row: money_cell(row.amount), align="end"),
]


@console_page(
    routes.FEES,
    title="Fees",
    on_load=FeesState.load,
    topics="fees ledger equity",
)
def fees_page() -> rx.Component:
    """Return the page."""
    state: Any = FeesState
    return layout(
        "stack",
        page_head(
            "Fees",
            hint="A preview: what each mandate would be charged if its month closed now.",
        ),
        notice(
            "Estimates, never bills. Mandates with a paper, demo or testnet account are pro forma"
            " and can never reach an invoice."
        ),
        listing(
            state,
            label="Mandates",
            columns=COLUMNS,
            placeholder="Mandate, client or id",
            filters=FILTERS,
            narrowed_to="the mandates of one client",
            empty=empty_state(
                title="No mandates yet",
                body="Sign one with a client; its fee accrues from then on.",
                action=button("Clients", href=routes.CLIENTS),
                icon="receipt-text",
            ),
            test_id="fees-table",
        ),
        _drawer(),
        terms_dialogs(),
    )


def _kind(row: Any) -> rx.Component:
    return layout(
        "cluster",
        status_badge(row.kind, KINDS),
        rx.cond(row.warned != "", badge(row.warned, tone="warning")),
    )


def _drawer() -> rx.Component:
    state: Any = FeesState
    mandate: Any = FeesState.mandate
    return detail_drawer(
        open=state.open_id != "",
        on_close=state.close_row,
        title=f"{mandate.client} · {mandate.name}",
        subtitle=f"{mandate.period}, market time",
        status=status_badge(mandate.kind, KINDS),
        sections=[
            ("Fee if the month closed now", fee_bridge(mandate)),
            ("Terms", terms_section()),
            ("Accounts, netted", data_table(label="Accounts", columns=SHARES, rows=state.shares)),
            (
                "Ledger rows since the start",
                data_table(
                    label="Ledger rows by type",
                    columns=TYPES,
                    rows=state.types,
                    empty=empty_state(title="No ledger rows yet"),
                ),
            ),
            ("Money in and out, of all his accounts", flow_table(state.flows)),
            ("History", timeline(state.history)),
        ],
        actions=[button("Client", icon="users", href=f"{routes.CLIENTS}?id={mandate.client_id}")],
    )

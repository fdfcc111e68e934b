"""The statement of a month; the console's drawer and the portal show it."""

from typing import Any

import reflex as rx

from patriot_app.web.kit import (
    Column,
    data_table,
    empty_state,
    layout,
    money_cell,
    notice,
    shown_if,
    two_lines,
)

STEPS = [
    Column("Step", lambda row: two_lines(row.label, row.note), phone="title"),
    Column("Amount", lambda row: money_cell(row.amount), align="end"),
]
ACCOUNTS = [
    Column("Account", lambda row: two_lines(row.label, row.exchange), phone="title"),
    Column("Opening", lambda row: money_cell(row.opening), align="end"),
    Column("Performance", lambda row: money_cell(row.performance), align="end"),
    Column("Closing", lambda row: money_cell(row.closing), align="end"),
    Column("Ledger rows", lambda row: row.rows, align="end"),
    Column("Unexplained", lambda row: row.difference, align="end"),
]
DIGESTS = [
    Column("Account", lambda row: row.label, phone="title"),
    Column("SHA-256 of its rows", lambda row: rx.el.code(row.digest)),
]


def bridge(lines: Any) -> rx.Component:
    """Show how one equity became the other."""
    return data_table(
        label="From opening to closing equity",
        columns=STEPS,
        rows=lines,
        empty=empty_state(
            title="No statement yet", body="It is made once the month's evidence is whole."
        ),
        test_id="statement-bridge",
    )


def fee_steps(lines: Any, *, is_pro_forma: Any) -> rx.Component:
    """Show how the fee comes about."""
    return layout(
        "stack-small",
        shown_if(
            is_pro_forma,
            notice("Pro forma: not every account is live, so nothing is ever charged."),
        ),
        data_table(
            label="How the fee comes about",
            columns=STEPS,
            rows=lines,
            empty=empty_state(title="Not computed yet"),
            test_id="statement-fee",
        ),
    )


def returns(lines: Any, sentences: Any) -> rx.Component:
    """Show return and profit side by side, and say why they may differ."""
    return layout(
        "stack-small",
        data_table(
            label="Return and profit",
            columns=STEPS,
            rows=lines,
            empty=empty_state(
                title="Not told for this month",
                body="Statements made before this was kept do not have it.",
            ),
            test_id="statement-returns",
        ),
        rx.foreach(sentences, lambda text: rx.el.p(text)),
    )


def accounts(rows: Any) -> rx.Component:
    """Show each account's share."""
    return data_table(
        label="Accounts, netted",
        columns=ACCOUNTS,
        rows=rows,
        empty=empty_state(title="No figures yet"),
    )


def proof(rows: Any) -> rx.Component:
    """Show what anybody can check the ledger rows with."""
    return data_table(
        label="Proof",
        columns=DIGESTS,
        rows=rows,
        empty=empty_state(title="No figures yet"),
    )

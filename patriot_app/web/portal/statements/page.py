"""Statements: each month from opening to closing equity, its fee and its invoice."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.kit import (
    Column,
    amount_cell,
    button,
    data_table,
    description_list,
    detail_drawer,
    empty_state,
    layout,
    money_cell,
    notice,
    page_head,
    pagination,
    shown_if,
    status_badge,
    time_cell,
    two_lines,
)
from patriot_app.web.parts import statement_panel
from patriot_app.web.parts.fees import KINDS
from patriot_app.web.parts.invoices import STATUSES as INVOICE_STATUSES
from patriot_app.web.parts.statements import STATUSES
from patriot_app.web.portal.statements.state import StatementsState
from patriot_app.web.shell import portal_page

COLUMNS = [
    Column("Month", lambda row: two_lines(row.month, row.mandate), "starts_at", phone="title"),
    Column("State", lambda row: _state(row)),
    Column("Net profit M", lambda row: money_cell(row.net_profit), align="end"),
    Column("Fee", lambda row: money_cell(row.fee), "fee", align="end"),
    Column("Invoice", lambda row: amount_cell(row.invoice), phone="hide"),
]


@portal_page(
    routes.MY_STATEMENTS,
    title="Statements",
    on_load=StatementsState.load,
    topics="billing fees",
)
def statements_page() -> rx.Component:
    """Return the page."""
    state: Any = StatementsState
    return layout(
        "stack",
        page_head(
            "Statements",
            hint="A month is final once the desk has checked it. Deposits and withdrawals are never"
            " charged; a loss is made good before a fee is due again.",
            actions=[button("Export CSV", icon="download", on_click=state.export)],
        ),
        data_table(
            label="Months",
            columns=COLUMNS,
            rows=state.rows,
            sort=state.sort,
            on_sort=state.sort_by,
            on_row_click=state.open_row,
            open_id=state.open_id,
            loading=state.loading,
            error=state.error,
            on_retry=state.load,
            empty=empty_state(
                title="No month is over yet",
                body="Your first statement is made when the first month ends. Performance shows"
                " what the fee would be by now.",
                action=button("Performance", href=routes.MY_PERFORMANCE),
                icon="receipt-text",
            ),
            test_id="statements-table",
        ),
        pagination(page=state.page, pages=state.pages, total=state.total, on_change=state.go_to),
        _drawer(),
    )


def _state(row: Any) -> rx.Component:
    return layout(
        "cluster",
        status_badge(row.status, STATUSES),
        rx.cond(row.kind == "proforma", status_badge(row.kind, KINDS)),
    )


def _drawer() -> rx.Component:
    state: Any = StatementsState
    month: Any = StatementsState.month
    return detail_drawer(
        open=state.open_id != "",
        on_close=state.close_row,
        title=month.month,
        subtitle=f"{month.mandate} · {month.days}",
        status=_state(month),
        sections=[
            ("Fee", _fee(state, month)),
            ("Invoice", _invoice(state)),
            ("From opening to closing equity", statement_panel.bridge(state.bridge)),
            ("Return and profit", statement_panel.returns(state.returns, state.sentences)),
            ("Accounts", statement_panel.accounts(state.accounts)),
            ("Proof", statement_panel.proof(state.accounts)),
        ],
        actions=[
            shown_if(
                month.pdf != "",
                button("Statement, PDF", icon="file-down", href=month.pdf, is_plain=True),
            ),
            shown_if(
                state.invoice.number != "",
                button("Invoice, PDF", icon="file-down", href=state.invoice.pdf, is_plain=True),
            ),
        ],
    )


def _fee(state: Any, month: Any) -> rx.Component:
    return layout(
        "stack-small",
        shown_if(
            month.status == "suspect_incomplete",
            notice("The desk is still completing the evidence of this month.", tone="warning"),
        ),
        statement_panel.fee_steps(state.fee, is_pro_forma=month.kind == "proforma"),
    )


def _invoice(state: Any) -> rx.Component:
    invoice: Any = state.invoice
    return rx.cond(
        invoice.number != "",
        description_list(
            [
                ("Number", invoice.number),
                ("State", status_badge(invoice.status, INVOICE_STATUSES)),
                ("Amount", money_cell(invoice.amount)),
                ("Owed", money_cell(invoice.owed)),
                ("Due", time_cell(invoice.due)),
            ]
        ),
        empty_state(title="No invoice for this month"),
    )

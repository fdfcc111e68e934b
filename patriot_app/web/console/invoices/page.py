"""Invoices: what is owed, by whom, since when; and what became of each."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.console.invoices.details import (
    details_button,
    details_dialog,
    details_notice,
)
from patriot_app.web.console.invoices.details_state import InvoicingDetailsState
from patriot_app.web.console.invoices.state import InvoicesState
from patriot_app.web.kit import (
    Column,
    Field,
    Filter,
    button,
    confirm_dialog,
    data_table,
    description_list,
    detail_drawer,
    empty_state,
    form_dialog,
    layout,
    listing,
    money_cell,
    page_head,
    shown_if,
    stat_card,
    status_badge,
    time_cell,
    timeline,
    two_lines,
)
from patriot_app.web.parts.invoices import AGES, OVERDUE, STATUSES
from patriot_app.web.shell import console_page

FILTERS = [
    Filter(
        "status",
        "Any state",
        [(key, text) for key, (_, text) in STATUSES.items() if key != OVERDUE],
    ),
    Filter("overdue", "Overdue or not", [("yes", "Overdue"), ("no", "Not overdue")]),
    Filter("ageing", "Open, any age", [(band.value, text) for band, text in AGES.items()]),
    Filter("sent", "Sent or not", [("yes", "Sent"), ("no", "Not sent")]),
]
COLUMNS = [
    Column("Invoice", lambda row: two_lines(row.number, row.month), "number", phone="title"),
    Column("Client", lambda row: two_lines(row.client, row.mandate), "client"),
    Column("State", lambda row: status_badge(row.status, STATUSES), "status"),
    Column("Amount", lambda row: money_cell(row.amount), "amount", align="end"),
    Column("Owed", lambda row: money_cell(row.owed), "owed", align="end"),
    Column("Due", lambda row: time_cell(row.due), "due_at", align="end"),
    Column("Sent", lambda row: time_cell(row.sent), align="end", phone="hide"),
]
AGEING = [
    Column("Due for", lambda row: two_lines(row.age, row.invoices), phone="title"),
    Column("Owed", lambda row: money_cell(row.owed), align="end"),
]
MONEY = [
    Column("What", lambda row: two_lines(row.title, row.detail), phone="title"),
    Column("Amount", lambda row: money_cell(row.amount), align="end"),
    Column("Entered", lambda row: time_cell(row.at), align="end", phone="hide"),
    Column("Paper", lambda row: _paper(row)),
]


@console_page(
    routes.INVOICES,
    title="Invoices",
    on_load=InvoicesState.enter,
    refresh=InvoicesState.load,
    dialogs=(InvoicingDetailsState,),
    topics="billing fees",
)
def invoices_page() -> rx.Component:
    """Return the page."""
    state: Any = InvoicesState
    return layout(
        "stack",
        page_head(
            "Invoices",
            hint="An invoice never changes; what was wrong is taken back by a credit note.",
            actions=[
                button("Export CSV", icon="download", on_click=state.export),
                details_button(),
            ],
        ),
        details_notice(),
        layout(
            "stats",
            stat_card(label="Owed", value=state.owed, hint=state.open_count),
            stat_card(label="Overdue", value=state.overdue, hint=state.overdue_count),
            stat_card(label="Received", value=state.books["payments"]),
            stat_card(label="Earned, not invoiced", value=state.books["accrued_fees"]),
            stat_card(label="Fee revenue", value=state.books["fee_revenue"]),
        ),
        data_table(
            label="Open invoices by age",
            columns=AGEING,
            rows=state.ages,
            empty=empty_state(title="Nothing is owed", icon="circle-check"),
            test_id="ageing",
        ),
        listing(
            state,
            label="Invoices",
            columns=COLUMNS,
            placeholder="Number, client or mandate",
            filters=FILTERS,
            empty=empty_state(
                title="No invoice yet",
                body="Invoices are made when a month of live money with a fee is finalised.",
                action=button("Months", href=routes.MONTHS),
                icon="receipt-text",
            ),
            test_id="invoices-table",
        ),
        _drawer(),
        _dialogs(),
        details_dialog(),
    )


def _drawer() -> rx.Component:
    state: Any = InvoicesState
    invoice: Any = InvoicesState.invoice
    return detail_drawer(
        open=state.open_id != "",
        on_close=state.close_row,
        title=f"Invoice {invoice.number}",
        subtitle=f"{invoice.client} · {invoice.mandate} · {invoice.month}",
        status=status_badge(invoice.status, STATUSES),
        sections=[
            ("Amounts", _amounts(invoice)),
            ("Payments", _money(state.payments, "No payment yet", "invoice-payments")),
            ("Credit notes", _money(state.credits, "Nothing was taken back", "invoice-credits")),
            ("History", timeline(state.history)),
        ],
        actions=_acts(state, invoice),
    )


def _amounts(invoice: Any) -> rx.Component:
    return description_list(
        [
            ("Amount", money_cell(invoice.amount)),
            ("Paid", money_cell(invoice.paid)),
            ("Taken back", money_cell(invoice.credited)),
            ("Owed", money_cell(invoice.owed)),
            ("Issued", time_cell(invoice.issued)),
            ("Due", time_cell(invoice.due)),
            ("Sent", time_cell(invoice.sent)),
        ]
    )


def _paper(row: Any) -> rx.Component:
    return shown_if(
        row.pdf != "",
        button("PDF", icon="file-down", icon_only=True, href=row.pdf, is_plain=True),
    )


def _acts(state: Any, invoice: Any) -> list[rx.Component]:
    return [
        shown_if(
            invoice.is_owed,
            button(
                "Record payment",
                icon="banknote",
                intent="primary",
                on_click=state.open_payment,
                disabled_reason=state.blocked_payment,
            ),
        ),
        shown_if(
            ~invoice.is_void,
            button(
                "Credit note",
                icon="undo-2",
                on_click=state.open_credit,
                disabled_reason=state.blocked_correction,
            ),
        ),
        shown_if(
            (invoice.status == "open") | (invoice.status == OVERDUE),
            button(
                "Write off",
                icon="circle-slash",
                on_click=state.ask_write_off,
                disabled_reason=state.blocked_correction,
            ),
        ),
        button("PDF", icon="file-down", href=invoice.pdf, is_plain=True),
        shown_if(
            ~invoice.is_void,
            button(
                rx.cond(invoice.sent.iso == "", "Send", "Send again"),
                icon="mail",
                on_click=state.send,
                disabled_reason=state.blocked_sending,
            ),
        ),
        button("Statement", icon="calendar-check", href=f"{routes.MONTHS}?id={invoice.period_id}"),
    ]


def _money(rows: Any, nothing: str, test_id: str) -> rx.Component:
    return data_table(
        label=test_id.replace("-", " "),
        columns=MONEY,
        rows=rows,
        empty=empty_state(title=nothing),
        test_id=test_id,
    )


def _dialogs() -> rx.Component:
    state: Any = InvoicesState
    return rx.fragment(
        form_dialog(
            open=state.form == "payment",
            on_close=state.dismiss,
            title=f"Payment of invoice {state.invoice.number}",
            hint=f"{state.invoice.owed.text} {state.invoice.owed.unit} are owed; a part is taken"
            " too.",
            fields=[
                Field("amount", "Amount", "number", required=True),
                Field(
                    "reference",
                    "Reference",
                    required=True,
                    hint="Of the bank or chain; the same one twice is refused.",
                ),
                Field("received_on", "Received on", "date", required=True, value=state.today),
            ],
            on_submit=state.record_payment,
            errors=state.errors,
            submit_label="Record payment",
        ),
        form_dialog(
            open=state.form == "credit",
            on_close=state.dismiss,
            title=f"Credit note for invoice {state.invoice.number}",
            hint="Taking back the whole amount voids the invoice, lowers the high-water mark and"
            " has the month computed anew.",
            fields=[
                Field("amount", "Amount", "number", required=True),
                Field("reason", "Reason", "textarea", required=True),
            ],
            on_submit=state.credit,
            errors=state.errors,
            submit_label="Issue credit note",
        ),
        confirm_dialog(
            open=state.ask.act == "write_off",
            on_close=state.dismiss,
            title=state.ask.title,
            consequence=state.ask.consequence,
            confirm_label=state.ask.confirm_label,
            errors=state.errors,
            on_confirm=state.write_off,
        ),
    )

"""Month close: which months are whole, what they come to, and making them final."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.console.months.release import release_dialogs, release_section
from patriot_app.web.console.months.rows import STEP_STATES
from patriot_app.web.console.months.state import MonthsState
from patriot_app.web.kit import (
    Column,
    Filter,
    amount_cell,
    bulk_bar,
    button,
    card,
    confirm_dialog,
    data_table,
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
    timeline,
    two_lines,
)
from patriot_app.web.kit.data_table import Selection
from patriot_app.web.kit.filter_bar import filter_bar
from patriot_app.web.parts import statement_panel
from patriot_app.web.parts.fees import KINDS
from patriot_app.web.parts.statements import STATUSES
from patriot_app.web.shell import console_page

FILTERS = [
    Filter("status", "Any state", [(key, text) for key, (_, text) in STATUSES.items()]),
    Filter("kind", "Live and pro forma", [("billable", "Live money"), ("proforma", "Pro forma")]),
]
COLUMNS = [
    Column("Client", lambda row: two_lines(row.client, row.mandate), "client", phone="title"),
    Column("Month", lambda row: amount_cell(row.month), "starts_at"),
    Column("State", lambda row: _state(row), "status"),
    Column("Net profit M", lambda row: money_cell(row.net_profit), align="end"),
    Column("Base", lambda row: money_cell(row.base), align="end"),
    Column("Fee", lambda row: money_cell(row.fee), "fee", align="end"),
    Column("Invoice", lambda row: row.invoice, phone="hide"),
]
STEPS = [
    Column("Step", lambda row: two_lines(row.name, row.next), phone="title"),
    Column("State", lambda row: status_badge(row.state, STEP_STATES)),
    Column("Stands", lambda row: amount_cell(row.stands), align="end"),
    Column(
        "Go on",
        lambda row: rx.cond(row.href != "", button(row.place, href=row.href)),
        align="end",
    ),
]
PROGRESS = [
    Column("Month", lambda row: amount_cell(row.id), phone="title"),
    Column("Stands", lambda row: two_lines(row.summary, row.held)),
    Column("Fees, live money", lambda row: money_cell(row.fees), align="end"),
]


@console_page(
    routes.MONTHS,
    title="Months",
    on_load=MonthsState.load,
    topics="billing fees",
)
def months_page() -> rx.Component:
    """Return the page."""
    state: Any = MonthsState
    return layout(
        "stack",
        _head(state),
        shown_if(
            state.progress.length() > 0,
            data_table(
                label="Progress",
                columns=PROGRESS,
                rows=state.progress,
                test_id="months-progress",
            ),
        ),
        shown_if(state.steps.length() > 0, _steps(state)),
        filter_bar(
            search=state.search,
            on_search=state.search_for,
            placeholder="Client, mandate or invoice",
            filters=FILTERS,
            values=state.filters,
            on_filter=state.set_filter,
            on_reset=state.reset_filters,
        ),
        _bulk(state),
        _table(),
        pagination(page=state.page, pages=state.pages, total=state.total, on_change=state.go_to),
        _drawer(),
        _question("finalise", state.finalise),
        _question("close", state.close),
        release_dialogs(),
    )


def _head(state: Any) -> rx.Component:
    return page_head(
        "Months",
        hint="A month is computed by itself once it is over and its ledgers are whole; it is"
        " final, and invoiced, when you finalise it.",
        actions=[
            button("Export CSV", icon="download", on_click=state.export),
            button(
                "Close now",
                icon="calendar-check",
                on_click=state.ask_close,
                disabled_reason=state.blocked_close,
            ),
        ],
    )


def _steps(state: Any) -> rx.Component:
    return card(
        data_table(label="Steps", columns=STEPS, rows=state.steps, test_id="months-steps"),
        title=f"Closing {state.steps_of}",
        hint="The daemon works on by itself, also after a restart; an account that is held stops no"
        " other. Filter by a month to see its own steps.",
    )


def _bulk(state: Any) -> rx.Component:
    return bulk_bar(
        selected=state.selected,
        total=state.total,
        on_clear=state.clear_selection,
        on_all_matching=state.select_drafts,
        acts=[
            button(
                "Finalise",
                icon="stamp",
                on_click=state.ask_finalise,
                disabled_reason=state.blocked_finalise,
            )
        ],
        preflight="Only drafts are finalised; others are passed over.",
    )


def _table() -> rx.Component:
    state: Any = MonthsState
    return data_table(
        label="Months",
        columns=COLUMNS,
        rows=state.rows,
        sort=state.sort,
        on_sort=state.sort_by,
        on_row_click=state.open_row,
        open_id=state.open_id,
        selection=Selection(state.selected, state.toggle_row, state.toggle_page),
        loading=state.loading,
        error=state.error,
        on_retry=state.load,
        filtered=state.filtered,
        on_reset=state.reset_filters,
        empty=empty_state(
            title="No month is over yet",
            body="The first is computed when the first month of a mandate ends. Until then, Fees"
            " shows what each would be charged now.",
            action=button("Fees", href=routes.FEES),
            icon="calendar-check",
        ),
        test_id="months-table",
    )


def _state(row: Any) -> rx.Component:
    return layout(
        "stack-small",
        layout(
            "cluster",
            status_badge(row.status, STATUSES),
            rx.cond(row.kind == "proforma", status_badge(row.kind, KINDS)),
        ),
        rx.cond(row.reason != "", rx.el.span(row.reason)),
    )


def _drawer() -> rx.Component:
    state: Any = MonthsState
    month: Any = MonthsState.month
    return detail_drawer(
        open=state.open_id != "",
        on_close=state.close_row,
        title=f"{month.client} · {month.month}",
        subtitle=f"{month.mandate} · {month.days}",
        status=layout(
            "cluster",
            status_badge(month.status, STATUSES),
            rx.cond(month.kind == "proforma", status_badge(month.kind, KINDS)),
        ),
        sections=[
            ("Fee", _fee(state, month)),
            ("From opening to closing equity", statement_panel.bridge(state.bridge)),
            ("Return and profit", statement_panel.returns(state.returns, state.sentences)),
            ("Accounts", statement_panel.accounts(state.accounts)),
            ("Proof", statement_panel.proof(state.accounts)),
            ("History", timeline(state.history)),
        ],
        actions=[
            shown_if(
                month.status == "draft",
                button(
                    "Finalise",
                    icon="stamp",
                    on_click=state.ask_finalise_open,
                    disabled_reason=state.blocked_finalise,
                ),
            ),
            shown_if(
                month.invoice != "",
                button(
                    "Invoice", icon="receipt-text", href=f"{routes.INVOICES}?id={month.invoice_id}"
                ),
            ),
            shown_if(
                month.pdf != "",
                button("Statement, PDF", icon="file-down", href=month.pdf, is_plain=True),
            ),
            button("Client", icon="users", href=f"{routes.CLIENTS}?id={month.client_id}"),
        ],
    )


def _fee(state: Any, month: Any) -> rx.Component:
    return layout(
        "stack-small",
        rx.foreach(month.reasons, lambda text: notice(text, tone="warning")),
        rx.foreach(state.next_steps, lambda text: notice(text)),
        release_section(),
        statement_panel.fee_steps(state.fee, is_pro_forma=month.kind == "proforma"),
        layout("cluster", rx.el.span("Computed"), time_cell(month.computed)),
    )


def _question(act: str, on_confirm: Any) -> rx.Component:
    state: Any = MonthsState
    return confirm_dialog(
        open=state.ask.act == act,
        on_close=state.dismiss,
        title=state.ask.title,
        consequence=state.ask.consequence,
        confirm_label=state.ask.confirm_label,
        phrase=state.ask.phrase,
        errors=state.errors,
        on_confirm=on_confirm,
        intent="primary",
    )

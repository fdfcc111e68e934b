"""A client's own performance reports: what he gets, and those that were made."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.kit import (
    Column,
    Field,
    button,
    card,
    data_table,
    empty_state,
    form_dialog,
    layout,
    page_head,
    pagination,
    time_cell,
    two_lines,
)
from patriot_app.web.parts.report_rows import CADENCES, FORMATS
from patriot_app.web.portal.reports.state import MyReportsState
from patriot_app.web.shell import portal_page

COLUMNS = [
    Column("Period", lambda row: two_lines(row.period, row.about), phone="title"),
    Column("Made", lambda row: time_cell(row.made)),
    Column("File", lambda row: button(row.file, icon="file-down", href=row.href, is_plain=True)),
]


@portal_page(
    routes.MY_REPORTS,
    title="Reports",
    on_load=MyReportsState.load,
    topics="reports",
)
def my_reports_page() -> rx.Component:
    """Return the page."""
    state: Any = MyReportsState
    return layout(
        "stack",
        page_head(
            "Reports",
            hint="Your performance each week or month: a link by e-mail, and the file here.",
            actions=[
                button("Subscribe", icon="mail-plus", intent="primary", on_click=state.ask_new)
            ],
        ),
        _subscriptions(state),
        card(
            data_table(
                label="Reports",
                columns=COLUMNS,
                rows=state.rows,
                loading=state.loading,
                error=state.error,
                on_retry=state.load,
                empty=empty_state(
                    title="No report yet",
                    body="Subscribe, and the newest finished month or week is here soon.",
                    icon="file-text",
                ),
                test_id="reports-table",
            ),
            title="Your reports",
            flush=True,
        ),
        pagination(page=state.page, pages=state.pages, total=state.total, on_change=state.go_to),
        form_dialog(
            open=state.form == "subscribe",
            on_close=state.dismiss,
            title="Subscribe to your report",
            hint="All your accounts together. The link in the e-mail asks you to sign in.",
            fields=[
                Field("cadence", "How often", "select", required=True, options=CADENCES),
                Field("format", "File", "select", required=True, options=FORMATS),
            ],
            on_submit=state.subscribe,
            errors=state.errors,
            submit_label="Subscribe",
        ),
    )


def _subscriptions(state: Any) -> rx.Component:
    columns = [
        Column("About", lambda row: two_lines(row.about, row.kind), phone="title"),
        Column("How often", lambda row: two_lines(row.often, row.file)),
        Column("Told until", lambda row: row.until),
        Column(
            "",
            lambda row: button("End", intent="quiet", on_click=state.end(row.id)),
            align="end",
        ),
    ]
    return card(
        data_table(
            label="What you get",
            columns=columns,
            rows=state.subscriptions,
            empty=empty_state(title="You get no report yet"),
        ),
        title="What you get",
        flush=True,
    )

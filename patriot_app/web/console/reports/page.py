"""Performance reports on a schedule: who gets which, and those that were made."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.console.reports.state import ReportsState
from patriot_app.web.kit import (
    Column,
    Field,
    Filter,
    button,
    card,
    data_table,
    empty_state,
    form_dialog,
    layout,
    listing,
    page_head,
    time_cell,
    two_lines,
)
from patriot_app.web.parts.report_rows import CADENCES, FORMATS, KINDS
from patriot_app.web.shell import console_page

COLUMNS = [
    Column("Recipient", lambda row: row.recipient, "recipient", phone="title"),
    Column("About", lambda row: two_lines(row.about, row.kind)),
    Column("How often", lambda row: two_lines(row.often, row.file), "cadence"),
    Column("Told until", lambda row: row.until),
    Column("Since", lambda row: time_cell(row.since), "created_at", phone="hide"),
    Column("", lambda row: _end(row), align="end"),
]
MADE = [
    Column("Period", lambda row: two_lines(row.period, row.about), phone="title"),
    Column("For", lambda row: row.recipient),
    Column("Made", lambda row: time_cell(row.made)),
    Column("File", lambda row: button(row.file, icon="file-down", href=row.href, is_plain=True)),
]
FILTERS = [
    Filter("subject_kind", "About anything", list(KINDS.items())),
    Filter("cadence", "However often", CADENCES),
]


@console_page(
    routes.REPORTS,
    title="Reports",
    on_load=ReportsState.load,
    topics="reports",
)
def reports_page() -> rx.Component:
    """Return the page."""
    state: Any = ReportsState
    return layout(
        "stack",
        page_head(
            "Reports",
            hint="Performance of a client, an account or a strategy, each week or month: a link by"
            " e-mail, and the file among the documents of who gets it.",
            actions=[
                button("Export CSV", icon="download", on_click=state.export),
                button(
                    "Subscribe",
                    icon="mail-plus",
                    intent="primary",
                    on_click=state.ask_new,
                    disabled_reason=state.blocked,
                ),
            ],
        ),
        listing(
            state,
            label="Subscriptions",
            columns=COLUMNS,
            placeholder="Recipient",
            filters=FILTERS,
            has_drawer=False,
            empty=empty_state(
                title="Nobody gets a report yet",
                body="Subscribe a client to his own performance, or a colleague to a strategy's.",
                icon="mail",
            ),
            test_id="subscriptions-table",
        ),
        card(
            data_table(
                label="Newest reports",
                columns=MADE,
                rows=state.newest,
                loading=state.loading,
                empty=empty_state(
                    title="No report was made yet",
                    body="The first one is made a few minutes after somebody subscribed.",
                ),
            ),
            title="Newest reports",
            flush=True,
        ),
        _form(state),
    )


def _end(row: Any) -> rx.Component:
    state: Any = ReportsState
    return button("End", intent="quiet", on_click=state.end(row.id), disabled_reason=state.blocked)


def _form(state: Any) -> rx.Component:
    return form_dialog(
        open=state.form == "subscribe",
        on_close=state.dismiss,
        title="Subscribe to a report",
        hint="A client gets reports of what is his own; members of the desk of anything.",
        fields=[
            Field(
                "email", "Recipient", "email", required=True, hint="The address he signs in with."
            ),
            Field("kind", "About", "select", required=True, options=list(KINDS.items())),
            Field(
                "name",
                "Name",
                required=True,
                hint="The client's name, the account's label or the strategy's name.",
            ),
            Field("cadence", "How often", "select", required=True, options=CADENCES),
            Field("format", "File", "select", required=True, options=FORMATS),
        ],
        on_submit=state.subscribe,
        errors=state.errors,
        submit_label="Subscribe",
    )

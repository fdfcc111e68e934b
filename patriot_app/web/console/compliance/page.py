"""Compliance reports: what a month held, for those who must be able to show it."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.console.compliance.state import ComplianceState
from patriot_app.web.kit import (
    Column,
    Field,
    amount_cell,
    button,
    data_table,
    description_list,
    detail_drawer,
    empty_state,
    form_dialog,
    layout,
    listing,
    notice,
    page_head,
    shown_if,
    time_cell,
    two_lines,
)
from patriot_app.web.shell import console_page

COLUMNS = [
    Column("Days, UTC", lambda row: row.period, "starts_on", phone="title"),
    Column("Events", lambda row: amount_cell(row.events), "events", align="end"),
    Column("Listed one by one", lambda row: amount_cell(row.acts), align="end"),
    Column("Made by", lambda row: row.made_by),
    Column("Made", lambda row: time_cell(row.at, in_utc=True), "made_at", align="end"),
]
COUNT_COLUMNS = [
    Column("What", lambda row: two_lines(row.area, row.kind), phone="title"),
    Column("Events", lambda row: amount_cell(row.events), align="end"),
]
ACT_COLUMNS = [
    Column("What", lambda row: two_lines(row.title, row.detail), phone="title"),
    Column("Who", lambda row: row.who),
    Column("When", lambda row: row.at, align="end"),
]


@console_page(
    routes.COMPLIANCE, title="Compliance", on_load=ComplianceState.load, topics="compliance"
)
def compliance_page() -> rx.Component:
    """Return the page."""
    state: Any = ComplianceState
    return layout(
        "stack",
        page_head(
            "Compliance",
            hint="The report of a month is made by itself on the first of the next; a report never"
            " changes, and its digest stands in the record.",
            actions=[
                button(
                    "Make a report",
                    icon="plus",
                    on_click=state.ask_period,
                    disabled_reason=state.blocked,
                )
            ],
        ),
        listing(
            state,
            label="Reports",
            columns=COLUMNS,
            placeholder="Who made it, or a digest",
            empty=empty_state(
                title="No report yet",
                body="The first is made when a month is over. Make one of the days so far.",
                icon="file-check",
            ),
            test_id="compliance-table",
        ),
        _drawer(),
        form_dialog(
            open=state.form == "period",
            on_close=state.dismiss,
            title="Make a report",
            hint="Of days that are over, UTC; both days belong to it.",
            fields=[
                Field("first", "First day", "date", required=True),
                Field("last", "Last day", "date", required=True),
            ],
            on_submit=state.make,
            errors=state.errors,
            submit_label="Make it",
        ),
    )


def _drawer() -> rx.Component:
    state: Any = ComplianceState
    report = state.report
    row = report.row
    return detail_drawer(
        open=state.open_id != "",
        on_close=state.close_row,
        title=row.period,
        subtitle=row.made_by,
        sections=[
            ("Report", _facts(report)),
            ("What needs an eye", _acts(state)),
            (
                "What happened how often",
                data_table(
                    label="Counts",
                    columns=COUNT_COLUMNS,
                    rows=state.counts,
                    empty=empty_state(title="Nothing happened in these days"),
                    test_id="counts-table",
                ),
            ),
        ],
        actions=[
            button("Markdown", icon="download", on_click=state.save_markdown),
            button("Print", icon="printer", on_click=rx.call_script("window.print()")),
        ],
    )


def _facts(report: Any) -> rx.Component:
    return layout(
        "stack",
        shown_if(
            ~report.is_whole, notice("Its content is not what its digest says.", tone="danger")
        ),
        description_list(
            [
                ("Made", time_cell(report.row.at, in_utc=True)),
                ("Events", report.row.events),
                ("Checkpoints over them", report.seals),
                ("SHA-256", report.digest, report.digest),
            ]
        ),
    )


def _acts(state: Any) -> rx.Component:
    return layout(
        "stack",
        data_table(
            label="Acts",
            columns=ACT_COLUMNS,
            rows=state.acts,
            empty=empty_state(title="Nothing", icon="circle-check"),
            test_id="acts-table",
        ),
        shown_if(state.report.left_out != "", notice(state.report.left_out)),
    )

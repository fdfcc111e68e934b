"""A client's own activity: sign-ins, changes, and what the desk did about him."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.kit import (
    Column,
    Filter,
    button,
    data_table,
    empty_state,
    filter_bar,
    layout,
    page_head,
    pagination,
    time_cell,
    two_lines,
)
from patriot_app.web.portal.activity.state import MyActivityState
from patriot_app.web.shell import portal_page

FILTERS = [
    Filter(
        "since",
        "Any time",
        [("day", "Last 24 hours"), ("week", "Last 7 days"), ("month", "Last 30 days")],
    )
]
COLUMNS = [
    Column("What", lambda row: two_lines(row.title, row.detail), phone="title"),
    Column("Who", lambda row: row.who),
    Column("From", lambda row: row.address),
    Column("When", lambda row: time_cell(row.at), align="end"),
]


@portal_page(routes.MY_ACTIVITY, title="Your activity", on_load=MyActivityState.load)
def my_activity_page() -> rx.Component:
    """Return the page."""
    state: Any = MyActivityState
    return layout(
        "stack",
        page_head(
            "Your activity",
            hint="When and from where you came in, what you changed, what the desk changed for you.",
            actions=[
                button("Profile", icon="arrow-left", href=routes.MY_PROFILE),
                button("Export CSV", icon="download", on_click=state.export),
            ],
        ),
        filter_bar(
            search=state.search,
            filters=FILTERS,
            values=state.filters,
            on_filter=state.set_filter,
            on_reset=state.reset_filters,
        ),
        data_table(
            label="Your activity",
            columns=COLUMNS,
            rows=state.rows,
            loading=state.loading,
            error=state.error,
            on_retry=state.load,
            filtered=state.filtered,
            on_reset=state.reset_filters,
            empty=empty_state(title="Nothing has happened yet", icon="history"),
            test_id="my-activity-table",
        ),
        pagination(page=state.page, pages=state.pages, total=state.total, on_change=state.go_to),
    )

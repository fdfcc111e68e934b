"""One act on many clients or accounts, with who is skipped and why, and a result per row."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.console.bulk.rows import ACCOUNT_ACTS, CLIENT_ACTS, RESULTS
from patriot_app.web.console.bulk.state import BulkState
from patriot_app.web.kit import (
    Column,
    Filter,
    Selection,
    button,
    card,
    confirm_dialog,
    data_table,
    empty_state,
    filter_bar,
    layout,
    notice,
    page_head,
    shown_if,
    status_badge,
    two_lines,
)
from patriot_app.web.parts.keys import ACCOUNT_STATES
from patriot_app.web.shell import console_page

COLUMNS = [
    Column("Who", lambda row: two_lines(row.name, row.why), phone="title"),
    Column("Result", lambda row: status_badge(row.result, RESULTS), align="end"),
]
CLIENT_STATUSES = [
    ("pending_verification", "Awaits approval"),
    ("active", "Active"),
    ("suspended", "Suspended"),
]
ACCOUNT_STATUSES = [(one, ACCOUNT_STATES[one][1]) for one in ("active", "suspended", "disabled")]


@console_page(routes.BULK, title="Bulk", on_load=BulkState.load)
def bulk_page() -> rx.Component:
    """Return the page."""
    state: Any = BulkState
    return layout(
        "stack",
        page_head(
            rx.cond(state.kind == "accounts", "Many accounts at once", "Many clients at once"),
            hint="Each row is carried out by itself; nothing is done before you confirm.",
            actions=[
                button("Clients", icon="users", href=f"{routes.BULK}?kind=clients"),
                button("Accounts", icon="key-round", href=f"{routes.BULK}?kind=accounts"),
            ],
        ),
        shown_if(state.error != "", notice(state.error, tone="danger")),
        rx.cond(
            state.kind == "accounts",
            _filters(ACCOUNT_ACTS, ACCOUNT_STATUSES),
            _filters(CLIENT_ACTS, CLIENT_STATUSES),
        ),
        notice(state.tally),
        _acts(),
        card(
            data_table(
                label="Rows of the bulk act",
                columns=COLUMNS,
                rows=state.rows,
                selection=Selection(state.picked, state.pick, state.pick_all),
                loading=state.loading,
                empty=empty_state(title="Nothing matches", body="Choose another status or search."),
                test_id="bulk-rows",
            ),
            flush=True,
        ),
        confirm_dialog(
            open=state.ask.act == "run",
            on_close=state.dismiss,
            title=state.ask.title,
            consequence=state.ask.consequence,
            confirm_label=state.ask.confirm_label,
            errors=state.errors,
            on_confirm=state.run,
            intent="danger",
        ),
    )


def _filters(acts: dict[str, str], statuses: list[tuple[str, str]]) -> rx.Component:
    state: Any = BulkState
    values = rx.Var.create({"act": state.act, "status": state.status})
    return filter_bar(
        search=state.search,
        on_search=lambda text: state.choose("q", text),
        placeholder="Name",
        filters=[
            Filter("act", "Choose an act", list(acts.items())),
            Filter("status", "Any status", statuses),
        ],
        values=values,
        on_filter=lambda name, value: state.choose(name, value),
    )


def _acts() -> rx.Component:
    state: Any = BulkState
    return layout(
        "cluster",
        rx.cond(
            state.has_run,
            button(
                "Retry what failed",
                icon="rotate-cw",
                on_click=state.ask_run(True),
                disabled_reason=rx.cond(state.failed > 0, state.blocked, "Nothing has failed"),
            ),
            button(
                f"Do it to {state.picked.length()}",
                icon="play",
                intent="primary",
                on_click=state.ask_run(False),
                disabled_reason=state.blocked,
            ),
        ),
        button("CSV", icon="download", intent="quiet", on_click=state.export),
    )

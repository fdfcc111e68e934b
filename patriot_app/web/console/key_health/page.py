"""Key health: every account's key at a glance, and what is to be done about it."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.console.key_health.rows import ISSUES, LOCKED, OUTCOMES
from patriot_app.web.console.key_health.state import KeyHealthState
from patriot_app.web.kit import (
    Column,
    Field,
    Filter,
    badge,
    bulk_bar,
    button,
    confirm_dialog,
    data_table,
    description_list,
    detail_drawer,
    empty_state,
    form_dialog,
    layout,
    notice,
    page_head,
    pagination,
    shown_if,
    stat_card,
    status_badge,
    time_cell,
    timeline,
    two_lines,
)
from patriot_app.web.kit.data_table import Selection
from patriot_app.web.kit.filter_bar import filter_bar
from patriot_app.web.parts.key_panel import key_chips
from patriot_app.web.parts.keys import EXCHANGES, KEY_STATES, MODES
from patriot_app.web.shell import console_page

FILTERS = [
    Filter("exchange", "Any exchange", list(EXCHANGES.items())),
    Filter("mode", "Any mode", list(MODES.items())),
    Filter("state", "Any state", [(key, text) for key, (_, text) in KEY_STATES.items()]),
    Filter("issue", "Any finding", list(ISSUES.items())),
    Filter(
        "age_over",
        "Any age",
        [(str(days), f"Older than {days} days") for days in (30, 90, 180, 365)],
    ),
    Filter("locked", "Locked down or not", [("yes", "Locked down"), ("no", "Not locked down")]),
    Filter("bound", "Bound or not", [("yes", "Bound to addresses"), ("no", "Any address")]),
]
COLUMNS = [
    Column("Account", lambda row: two_lines(row.label, row.client), "account", phone="title"),
    Column("Exchange", lambda row: two_lines(row.exchange, row.mode), "exchange", phone="hide"),
    Column("Key", lambda row: _state(row), "state"),
    Column("Found", lambda row: two_lines(row.issues, row.error)),
    Column("Age", lambda row: row.age, "age", align="end"),
    Column("Ends", lambda row: _expiry(row), "expires_at"),
    Column("Last check", lambda row: time_cell(row.checked), "checked_at", align="end"),
    Column("Result", lambda row: row.result, phone="show"),
]
CHECKS = [
    Column("Came to", lambda row: status_badge(row.outcome, OUTCOMES), phone="title"),
    Column("Found", lambda row: row.found),
    Column("Looks", lambda row: row.times, align="end"),
    Column("Last", lambda row: time_cell(row.last), align="end"),
]
FIGURES = [
    ("accounts", "Accounts"),
    ("verified", "Verified"),
    ("waiting", "Being verified"),
    ("quarantined", "Quarantined"),
    ("locked_down", "Locked down"),
    ("ending", "End within 14 days"),
    ("unbound", "Any address"),
    ("without", "Without a key"),
]


@console_page(
    routes.KEY_HEALTH,
    title="Key health",
    on_load=KeyHealthState.load,
    topics="accounts commands",
)
def key_health_page() -> rx.Component:
    """Return the page."""
    state: Any = KeyHealthState
    return layout(
        "stack",
        page_head(
            "Key health",
            hint="Every key is checked each hour. The troubled ones come first.",
            actions=[button("Export CSV", icon="download", on_click=state.export)],
        ),
        layout(
            "stats",
            *[stat_card(label=label, value=state.figures[name]) for name, label in FIGURES],
        ),
        shown_if(state.progress != "", notice(state.progress)),
        filter_bar(
            search=state.search,
            on_search=state.search_for,
            placeholder="Account, client or the shown part of a key",
            filters=FILTERS,
            values=state.filters,
            on_filter=state.set_filter,
            on_reset=state.reset_filters,
        ),
        bulk_bar(
            selected=state.selected,
            total=state.total,
            on_clear=state.clear_selection,
            on_all_matching=state.select_all,
            acts=[
                button(
                    "Check again",
                    icon="rotate-cw",
                    on_click=state.check_selected,
                    disabled_reason=state.blocked,
                )
            ],
            preflight="Accounts without a key are passed over.",
        ),
        _table(),
        pagination(page=state.page, pages=state.pages, total=state.total, on_change=state.go_to),
        _drawer(),
        _dialogs(),
    )


def _table() -> rx.Component:
    state: Any = KeyHealthState
    return data_table(
        label="Keys",
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
            title="No accounts yet",
            body="Connect a client's exchange key under Accounts.",
            icon="heart-pulse",
        ),
        test_id="keys-table",
    )


def _state(row: Any) -> rx.Component:
    return layout(
        "cluster",
        status_badge(row.state, KEY_STATES),
        rx.cond(row.locked != "", status_badge(row.locked, LOCKED)),
        rx.el.code(row.masked),
    )


def _expiry(row: Any) -> rx.Component:
    return rx.cond(row.expires != "", badge(row.expires, tone=row.expires_tone))


def _drawer() -> rx.Component:
    state: Any = KeyHealthState
    key: Any = KeyHealthState.key
    return detail_drawer(
        open=state.open_id != "",
        on_close=state.close_row,
        title=key.label,
        subtitle=f"{key.client} · {key.exchange} · {key.mode}",
        status=_state(key),
        sections=[
            ("Key", _findings(key)),
            ("Checks", _checks()),
            ("Investigation", timeline(state.inquiry)),
        ],
        actions=[
            button(
                "Check again",
                icon="rotate-cw",
                on_click=state.check_open,
                disabled_reason=state.blocked,
            ),
            _while_locked("Note", "pencil", state.note_form, state.blocked_notes),
            _while_locked("Restore", "lock-open", state.ask_restore, state.blocked_restore),
            _while_locked("Terminate", "octagon-x", state.ask_terminate, state.blocked_terminate),
            button("Account", icon="key-round", href=f"{routes.ACCOUNTS}?id={key.id}"),
        ],
    )


def _while_locked(label: str, icon: str, handler: Any, blocked: Any) -> rx.Component:
    return shown_if(
        KeyHealthState.key.locked != "",
        button(label, icon=icon, on_click=handler, disabled_reason=blocked),
    )


def _findings(key: Any) -> rx.Component:
    return layout(
        "stack-small",
        shown_if(
            key.locked != "", notice(f"Locked down: {key.rule}. {key.ask_about}", tone="danger")
        ),
        rx.foreach(key.advice, lambda advice: notice(advice, tone="warning")),
        shown_if(key.error != "", notice(key.error, tone="danger")),
        key_chips(key.rights),
        description_list(
            [
                ("In use for", key.age),
                ("Last check", time_cell(key.checked)),
                ("Ends", _expiry(key)),
            ]
        ),
    )


def _checks() -> rx.Component:
    return data_table(
        label="Checks",
        columns=CHECKS,
        rows=KeyHealthState.checks,
        empty=empty_state(title="Not looked at yet", body="The first look takes a few seconds."),
        test_id="key-checks",
    )


def _dialogs() -> rx.Component:
    state: Any = KeyHealthState
    return rx.fragment(
        form_dialog(
            open=state.form == "note",
            on_close=state.dismiss,
            title="Note",
            hint="Kept with the lockdown for good; the client does not see it.",
            fields=[Field("note", "What you found out", "textarea", required=True)],
            on_submit=state.save_note,
            errors=state.errors,
            submit_label="Keep note",
        ),
        *[
            confirm_dialog(
                open=state.ask.act == act,
                on_close=state.dismiss,
                title=state.ask.title,
                consequence=state.ask.consequence,
                confirm_label=state.ask.confirm_label,
                errors=state.errors,
                on_confirm=handler,
                intent="danger" if act == "terminate" else "primary",
            )
            for act, handler in (("restore", state.restore), ("terminate", state.terminate))
        ],
    )

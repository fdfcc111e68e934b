"""Webhooks: the desk's programs that hear what its staff hears."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.console.webhooks.rows import STATES
from patriot_app.web.console.webhooks.state import TOPICS, WebhooksState
from patriot_app.web.kit import (
    Column,
    Filter,
    button,
    confirm_dialog,
    description_list,
    detail_drawer,
    empty_state,
    layout,
    listing,
    page_head,
    shown_if,
    status_badge,
    time_cell,
    two_lines,
)
from patriot_app.web.shell import console_page

FILTERS = [
    Filter(
        "status",
        "Any state",
        [("active", "Active"), ("paused", "Paused"), ("off", "Switched off")],
    )
]
COLUMNS = [
    Column("Program", lambda row: two_lines(row.name, row.url), "name", phone="title"),
    Column("Is told", lambda row: row.kinds),
    Column("State", lambda row: status_badge(row.state, STATES)),
    Column("Last call", lambda row: two_lines(time_cell(row.last), row.result), "last_at"),
    Column("Waiting", lambda row: row.waiting, align="end", phone="hide"),
    Column("Given up", lambda row: row.given_up, align="end", phone="hide"),
]


@console_page(routes.WEBHOOKS, title="Webhooks", on_load=WebhooksState.load, topics=TOPICS)
def webhooks_page() -> rx.Component:
    """Return the page."""
    state: Any = WebhooksState
    return layout(
        "stack",
        page_head(
            "Webhooks",
            hint="Programs of the desk's that are called when staff is told something. Each call is"
            " signed; it says what happened to which account or client, and no more.",
            actions=[
                button("Delivery", icon="arrow-left", href=routes.DELIVERY),
                button("Export CSV", icon="download", on_click=state.export),
                button(
                    "Register a webhook",
                    icon="webhook",
                    href=routes.NEW_WEBHOOK,
                    is_plain=True,
                ),
            ],
        ),
        listing(
            state,
            label="Webhooks",
            columns=COLUMNS,
            placeholder="Name, address or result",
            filters=FILTERS,
            empty=empty_state(
                title="No program is told anything",
                body="Register an address, and it is called when staff is told something.",
                icon="webhook",
            ),
            test_id="webhooks-table",
        ),
        _drawer(state),
        confirm_dialog(
            open=state.ask.act != "",
            on_close=state.dismiss,
            title=state.ask.title,
            consequence=state.ask.consequence,
            confirm_label=state.ask.confirm_label,
            errors=state.errors,
            on_confirm=state.change,
            intent="danger",
        ),
    )


def _drawer(state: Any) -> rx.Component:
    hook: Any = WebhooksState.hook
    return detail_drawer(
        open=state.open_id != "",
        on_close=state.close_row,
        title=hook.name,
        subtitle=hook.url,
        sections=[
            (
                "Endpoint",
                description_list(
                    [
                        ("State", status_badge(hook.state, STATES)),
                        ("Is told", hook.kinds),
                        ("Last call", time_cell(hook.last)),
                        ("Result", hook.result),
                        ("Fails since", time_cell(hook.failing)),
                        ("Waiting", hook.waiting),
                        ("Given up", hook.given_up),
                        ("Secret made", time_cell(hook.secret_made)),
                        ("Registered", time_cell(hook.made)),
                    ]
                ),
            )
        ],
        actions=_acts(state, hook),
    )


def _acts(state: Any, hook: Any) -> list[rx.Component]:
    def act(label: str, name: str, icon: str) -> rx.Component:
        return button(
            label, icon=icon, on_click=state.ask_change(name), disabled_reason=state.blocked
        )

    return [
        shown_if(
            hook.is_active != "",
            button(
                "Send a test", icon="send", on_click=state.send_test, disabled_reason=state.blocked
            ),
        ),
        shown_if(hook.is_active != "", act("Pause", "pause", "pause")),
        shown_if(hook.may_resume != "", act("Resume", "resume", "play")),
        button(
            "New secret",
            icon="key-round",
            href=f"{routes.WEBHOOK_SECRET}?webhook={hook.id}",
            is_plain=True,
        ),
        act("Delete", "delete", "trash-2"),
    ]

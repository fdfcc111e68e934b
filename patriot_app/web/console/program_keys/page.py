"""API keys of people's programs: which there are, what they may, when they were used."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.console.program_keys.rows import STATES
from patriot_app.web.console.program_keys.state import TOPICS, ProgramKeysState
from patriot_app.web.kit import (
    Column,
    Filter,
    button,
    confirm_dialog,
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

FILTERS = [Filter("state", "Any state", [("good", "In use"), ("over", "Revoked or expired")])]
COLUMNS = [
    Column("Person", lambda row: two_lines(row.person, row.name), "person", phone="title"),
    Column("Key", lambda row: row.prefix),
    Column("State", lambda row: status_badge(row.state, STATES)),
    Column("May", lambda row: two_lines(row.rights, row.limits)),
    Column("Last used", lambda row: time_cell(row.used), "last_used_at", align="end"),
    Column("From", lambda row: row.used_from),
    Column("Ends", lambda row: time_cell(row.ends), "expires_at", align="end"),
    Column(
        "",
        lambda row: shown_if(
            row.state == "good",
            button("Revoke", on_click=ProgramKeysState.ask_revoke(row.id, row.name)),
        ),
        align="end",
    ),
]


@console_page(routes.PROGRAM_KEYS, title="API keys", on_load=ProgramKeysState.load, topics=TOPICS)
def program_keys_page() -> rx.Component:
    """Return the page."""
    state: Any = ProgramKeysState
    return layout(
        "stack",
        page_head(
            "API keys",
            hint="Keys that people made for programs of theirs; everybody makes his own.",
            actions=[
                button("Sign-ins", href=routes.SIGN_INS),
                button("Sessions", href=routes.SESSIONS),
            ],
        ),
        listing(
            state,
            label="API keys",
            columns=COLUMNS,
            placeholder="Person, name or key",
            filters=FILTERS,
            has_drawer=False,
            empty=empty_state(
                title="Nobody has made a key yet",
                body="People find “Your API keys” in their own menu.",
                icon="key-round",
            ),
            test_id="program-keys-table",
        ),
        confirm_dialog(
            open=state.ask.act == "revoke",
            on_close=state.dismiss,
            title=state.ask.title,
            consequence=state.ask.consequence,
            confirm_label=state.ask.confirm_label,
            errors=state.errors,
            on_confirm=state.revoke,
            intent="danger",
        ),
    )

"""The dialogs of the clients page."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.console.clients.rows import PROFILES
from patriot_app.web.console.clients.state import ClientsState
from patriot_app.web.kit import (
    Column,
    Field,
    Selection,
    confirm_dialog,
    data_table,
    empty_state,
    form_dialog,
    money_cell,
    notice,
    secret_field,
    secret_form,
    two_lines,
)
from patriot_app.web.kit.dialog import dialog_frame
from patriot_app.web.parts.addresses_wished import address_dialog
from patriot_app.web.parts.terms import REASON, TermValues, term_fields
from patriot_app.web.shell import ShellState

NEW_CLIENT = [
    Field("name", "Name", required=True),
    Field("email", "E-mail", "email", required=True, hint="He signs in with it"),
    Field("risk_profile", "Risk profile", "select", value="medium", options=list(PROFILES.items())),
]
MANDATE = [
    Field("name", "Name", required=True, value="Mandate", hint="As it stands on statements"),
    *term_fields(TermValues()),
    Field(
        "time_zone",
        "Billing time zone",
        value="UTC",
        hint="Months begin by its clocks; it never changes",
    ),
    Field(
        "opening",
        "Profit that is open at the start",
        "select",
        value="mark",
        options=[
            ("mark", "Becomes the first high-water mark"),
            ("flat", "There is none: refused while a position is open"),
        ],
    ),
    REASON,
]
PICK_COLUMNS = [
    Column("Account", lambda row: two_lines(row.label, row.exchange), phone="title"),
    Column("Equity", lambda row: money_cell(row.equity), align="end"),
]


def client_dialogs() -> rx.Component:
    """Return the forms and questions of the page."""
    state: Any = ClientsState
    return rx.fragment(
        _new_client(),
        _mandate(),
        form_dialog(
            open=state.form == "profile",
            on_close=state.dismiss,
            title="Change the risk profile",
            hint="What the client can bear; limits themselves are set under Risk. He is told.",
            fields=[
                Field("profile", "Risk profile", "select", options=list(PROFILES.items())),
                Field(
                    "justification",
                    "Justification",
                    "textarea",
                    required=True,
                    hint="Kept in the audit log; the client reads it",
                ),
            ],
            on_submit=state.change_profile,
            errors=state.errors,
            submit_label="Change profile",
        ),
        address_dialog(state),
        *_questions(),
    )


def _new_client() -> rx.Component:
    state: Any = ClientsState
    return dialog_frame(
        secret_form(
            action=routes.API_CLIENTS,
            csrf=ShellState.csrf,
            fields=NEW_CLIENT,
            secrets=[
                secret_field(
                    name="password",
                    label="First password",
                    hint="Optional: without one he cannot sign in yet. At least 12 characters.",
                    autocomplete="new-password",
                    required=False,
                )
            ],
            submit_label="Enter client",
        ),
        open=state.form == "client",
        on_close=state.dismiss,
        title="New client",
        hint="He trades nothing until somebody approves him.",
    )


def _mandate() -> rx.Component:
    state: Any = ClientsState
    return form_dialog(
        open=state.form == "mandate",
        on_close=state.dismiss,
        title="Sign a mandate",
        hint="Its accounts are netted against each other; profit made before is never charged."
        " Another person approves it.",
        fields=MANDATE,
        extra=[
            rx.cond(
                state.errors.contains("accounts"),
                notice(state.errors["accounts"], tone="danger"),
            ),
            data_table(
                label="Accounts of the mandate",
                columns=PICK_COLUMNS,
                rows=state.accounts,
                selection=Selection(state.picked, state.pick, state.pick_all),
                empty=empty_state(title="This client has no accounts yet"),
            ),
        ],
        on_submit=state.sign_mandate,
        errors=state.errors,
        submit_label="Sign mandate",
    )


def _questions() -> list[rx.Component]:
    state: Any = ClientsState
    lets_in = (state.ask.act == "approve") | (state.ask.act == "reactivate")
    shuts = (state.ask.act == "suspend") | (state.ask.act == "close") | (state.ask.act == "refuse")
    return [
        confirm_dialog(
            open=is_open,
            on_close=state.dismiss,
            title=state.ask.title,
            consequence=state.ask.consequence,
            confirm_label=state.ask.confirm_label,
            phrase=state.ask.phrase,
            errors=state.errors,
            on_confirm=handler,
            intent="primary" if admits else "danger",
        )
        for is_open, handler, admits in (
            (lets_in, state.confirm, True),
            (shuts, state.confirm, False),
        )
    ]

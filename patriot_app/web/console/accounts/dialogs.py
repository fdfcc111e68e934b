"""The dialogs of the accounts page; keys go by a plain form and never through Reflex."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.console.accounts.state import AccountsState
from patriot_app.web.kit import Field, confirm_dialog, layout, notice, secret_field, secret_form
from patriot_app.web.kit.dialog import dialog_frame
from patriot_app.web.parts.keys import EXCHANGES, MODES
from patriot_app.web.shell import ShellState

RIGHTS = (
    "Give the key reading and futures trading only, and bind it to addresses. One that can "
    "withdraw or transfer is refused and destroyed."
)
CONSENT = Field(
    "consent",
    "Consent on record",
    hint="Needed for a live account: how and when the client agreed that you connect it",
)


def account_dialogs() -> rx.Component:
    """Return the forms and questions of the page."""
    state: Any = AccountsState
    return rx.fragment(
        _connect(),
        _replace(),
        *[
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
                (state.ask.act == "activate", state.confirm, True),
                (
                    (state.ask.act == "suspend") | (state.ask.act == "disable"),
                    state.confirm,
                    False,
                ),
                (state.ask.act == "revoke", state.revoke, False),
                (state.ask.act == "unlink", state.unlink, False),
            )
        ],
    )


def secrets() -> list[rx.Component]:
    """Return the two inputs that nobody ever reads back."""
    return [
        secret_field(name="api_key", label="API key"),
        secret_field(
            name="api_secret",
            label="API secret",
            hint="Sealed at once; the console cannot read it back",
        ),
    ]


def _connect() -> rx.Component:
    state: Any = AccountsState
    fields = [
        Field("client_id", "Client", "select", options=state.clients, required=True),
        Field("label", "Name of the account", required=True, placeholder="Main"),
        Field("exchange", "Exchange", "select", options=list(EXCHANGES.items()), value="binance"),
        Field("mode", "Mode", "select", options=list(MODES.items()), value="paper"),
        CONSENT,
        Field("next", "", "hidden", value=routes.ACCOUNTS),
    ]
    return dialog_frame(
        layout(
            "stack",
            notice(RIGHTS),
            notice(state.bind_to),
            secret_form(
                action=routes.API_ACCOUNTS,
                csrf=ShellState.csrf,
                fields=fields,
                secrets=secrets(),
                submit_label="Connect and verify",
            ),
        ),
        open=state.form == "connect",
        on_close=state.dismiss,
        title="Connect an account",
    )


def _replace() -> rx.Component:
    state: Any = AccountsState
    fields = [
        Field("account_id", "", "hidden", value=state.account.id),
        Field("next", "", "hidden", value=routes.ACCOUNTS),
        CONSENT,
    ]
    return dialog_frame(
        layout(
            "stack",
            notice(state.bind_to),
            secret_form(
                action=routes.API_ACCOUNTS,
                csrf=ShellState.csrf,
                fields=fields,
                secrets=secrets(),
                submit_label="Connect and verify",
            ),
        ),
        open=state.form == "replace",
        on_close=state.dismiss,
        title=f"Key of {state.account.label}",
        hint="The key in use keeps working until the new one is verified.",
    )

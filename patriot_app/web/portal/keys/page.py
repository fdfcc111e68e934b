"""A client's own keys: what each may do, and connecting another."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.kit import (
    Field,
    button,
    card,
    confirm_dialog,
    description_list,
    empty_state,
    layout,
    notice,
    page_head,
    secret_field,
    secret_form,
    shown_if,
)
from patriot_app.web.kit.dialog import dialog_frame
from patriot_app.web.parts.key_panel import key_panel, key_times
from patriot_app.web.parts.keys import EXCHANGES, MODES
from patriot_app.web.portal.keys.state import MyKeysState
from patriot_app.web.shell import ShellState, portal_page

RIGHTS = (
    "Give the key reading and futures trading only. One that can withdraw or transfer is refused "
    "and destroyed: your money cannot leave your exchange through us."
)


@portal_page(
    routes.MY_KEYS,
    title="Keys",
    on_load=MyKeysState.load,
    topics="accounts commands",
)
def my_keys_page() -> rx.Component:
    """Return the page."""
    state: Any = MyKeysState
    return layout(
        "stack",
        page_head(
            "Your keys",
            hint="Your money stays on your exchange; a key lets us trade it there, nothing else.",
            actions=[
                button(
                    "Connect account", icon="plus", intent="primary", on_click=state.open_connect
                )
            ],
        ),
        shown_if(state.error != "", notice(state.error, tone="danger")),
        rx.cond(
            state.accounts.length() > 0,
            layout("grid", rx.foreach(state.accounts, _account)),
            shown_if(
                ~state.loading,
                card(
                    empty_state(
                        title="No account is connected",
                        body="Create a key at your exchange and connect it here.",
                        icon="key-round",
                    )
                ),
            ),
        ),
        _connect(),
        _replace(),
        confirm_dialog(
            open=state.ask.act == "revoke",
            on_close=state.dismiss,
            title=state.ask.title,
            consequence=state.ask.consequence,
            confirm_label=state.ask.confirm_label,
            errors=state.errors,
            on_confirm=state.revoke,
        ),
    )


def _account(row: Any) -> rx.Component:
    state: Any = MyKeysState
    return card(
        shown_if(row.locked != "", notice(row.locked, tone="danger")),
        key_panel(row.key),
        shown_if(row.key.id != "", description_list(key_times(row.key))),
        layout(
            "cluster",
            button(
                rx.cond(row.key.id != "", "Replace key", "Connect key"),
                icon="key-round",
                on_click=state.open_replace(row.id),
            ),
            rx.cond(
                row.can_revoke,
                button("Revoke", intent="danger", on_click=state.ask_revoke(row.id)),
            ),
        ),
        title=row.label,
        hint=row.exchange,
    )


def _secrets() -> list[rx.Component]:
    return [
        secret_field(name="api_key", label="API key"),
        secret_field(
            name="api_secret", label="API secret", hint="Sealed at once; nobody reads it back"
        ),
    ]


def _connect() -> rx.Component:
    state: Any = MyKeysState
    fields = [
        Field("label", "Name of the account", required=True, placeholder="Main"),
        Field("exchange", "Exchange", "select", options=list(EXCHANGES.items()), value="binance"),
        Field("mode", "Mode", "select", options=list(MODES.items()), value="live"),
        Field("next", "", "hidden", value=routes.MY_KEYS),
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
                secrets=_secrets(),
                submit_label="Connect and verify",
            ),
        ),
        open=state.form == "connect",
        on_close=state.dismiss,
        title="Connect an account",
    )


def _replace() -> rx.Component:
    state: Any = MyKeysState
    fields = [
        Field("account_id", "", "hidden", value=state.replaced.id),
        Field("next", "", "hidden", value=routes.MY_KEYS),
    ]
    return dialog_frame(
        layout(
            "stack",
            notice(state.replaced.bind_to),
            secret_form(
                action=routes.API_ACCOUNTS,
                csrf=ShellState.csrf,
                fields=fields,
                secrets=_secrets(),
                submit_label="Connect and verify",
            ),
        ),
        open=state.form == "replace",
        on_close=state.dismiss,
        title=f"Key of {state.replaced.label}",
        hint="The key in use keeps working until the new one is verified.",
    )

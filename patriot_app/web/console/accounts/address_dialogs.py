"""The dialogs around the address that an account leaves from."""

from typing import Any

import reflex as rx

from patriot_app.web.console.accounts.address_state import AddressState
from patriot_app.web.console.accounts.state import AccountsState
from patriot_app.web.kit import Field, button, confirm_dialog, form_dialog, shown_if


def move_button() -> rx.Component:
    """Return the button that begins to move the open account."""
    page: Any = AccountsState
    state: Any = AddressState
    return shown_if(
        page.account.status != "disabled",
        button(
            "Change address",
            intent="quiet",
            on_click=state.open_move(page.account.id),
            disabled_reason=page.blocked_move,
        ),
    )


def address_dialogs() -> rx.Component:
    """Return the form and the question of a move."""
    state: Any = AddressState
    return rx.fragment(
        form_dialog(
            open=state.form == "address",
            on_close=state.dismiss,
            title="Move " + state.label.to(str),
            hint="Exchanges count weight and connections by address.",
            fields=[Field("address", "Leaves from", "select", options=state.choices)],
            on_submit=state.review,
            errors=state.errors,
            submit_label="Review",
        ),
        confirm_dialog(
            open=state.ask.act == "address",
            on_close=state.dismiss,
            title=state.ask.title,
            consequence=state.ask.consequence,
            confirm_label=state.ask.confirm_label,
            errors=state.errors,
            on_confirm=state.move,
        ),
    )

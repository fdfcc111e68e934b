"""An address that a person asked for, confirmed by the desk where it sends no e-mail."""

from typing import Any

import pydantic
import reflex as rx

from patriot_app.web.kit import Field, form_dialog


class AddressForm(pydantic.BaseModel):
    """The address as the person told it, and why the desk believes him."""

    email: str = pydantic.Field(min_length=3, max_length=254)
    reason: str = pydantic.Field(min_length=1, max_length=500)


def address_dialog(state: Any) -> rx.Component:
    """Return the form; the page's state has `confirm_address` and opens it as "address"."""
    return form_dialog(
        open=state.form == "address",
        on_close=state.dismiss,
        title="Confirm the new address",
        hint="The person signs in with it from then on. Let him tell it by a way by which you know"
        " him; it must be the one that he asked for.",
        fields=[
            Field("email", "New e-mail, as he told it", "email", required=True),
            Field("reason", "Reason", "textarea", required=True, hint="Kept in the audit log"),
        ],
        on_submit=state.confirm_address,
        errors=state.errors,
        submit_label="Confirm address",
    )


def wished_text(email: str | None) -> str:
    """Say which address waits; "" if none does."""
    return "" if email is None else f"Asks for the address {email}"

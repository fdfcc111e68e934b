"""Forms that carry secrets: they post to plain routes and never pass through Reflex."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from patriot_app.web.kit.button import button
from patriot_app.web.kit.form_field import Field, fields_of, form_field
from patriot_app.web.kit.plain_form import plain_form
from patriot_app.web.kit.types import Child, Text


def secret_field(
    *,
    name: str,
    label: Text,
    hint: Text = "",
    error: Any = "",
    autocomplete: str = "off",
    visible: bool = False,
    required: bool = True,
) -> rx.Component:
    """Return a write-only input: uncontrolled, never prefilled, unknown to any state.

    Args:
        autocomplete: "current-password", "new-password", "one-time-code" or "off".
        visible: a one-time code: shown while it is typed.
    """
    return form_field(
        label=label,
        name=name,
        hint=hint,
        error=error,
        required=required,
        control=rx.el.input(
            id=name,
            name=name,
            type="text" if visible else "password",
            auto_complete=autocomplete,
            required=required,
            spell_check=False,
            class_name="input",
            aria_describedby=f"{name}-note",
        ),
    )


def secret_form(
    *,
    action: str,
    secrets: Sequence[rx.Component],
    submit_label: Text,
    csrf: Any = "",
    fields: Sequence[Field] = (),
    errors: Any = None,
    extra: Sequence[Child] = (),
) -> rx.Component:
    """Return an ordinary HTML form; the page's script sends it and shows problems at the fields.

    The form never touches Reflex. After a success the page that the route names is loaded anew.

    Args:
        action: the plain route.
        csrf: var of the session's token (`ShellState.csrf`); the route also checks the Origin.
    """
    return plain_form(
        rx.el.input(type="hidden", name="csrf", value=csrf, read_only=True),
        *fields_of(fields, errors if errors is not None else {}),
        *secrets,
        *extra,
        rx.el.div(button(submit_label, intent="primary", submit=True), class_name="form-foot"),
        action=action,
        class_name="form",
    )

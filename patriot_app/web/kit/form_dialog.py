"""One dialog for adding and for editing."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from patriot_app.web.kit.button import button
from patriot_app.web.kit.dialog import dialog_frame
from patriot_app.web.kit.form_field import Field, fields_of
from patriot_app.web.kit.types import Child, Flag, Handler, Text
from patriot_app.web.theme import Intent


def form_dialog(
    *,
    open: Any,
    on_close: Handler,
    title: Text,
    fields: Sequence[Field],
    on_submit: Handler,
    errors: Any,
    hint: Text = "",
    submit_label: Text = "Save",
    intent: Intent = "primary",
    pending: Flag = False,
    extra: Sequence[Child] = (),
    wide: bool = False,
) -> rx.Component:
    """Return a form whose fields are data.

    Args:
        on_submit: receives the form as a dict; its handler names a pydantic model in `@requires`.
        errors: dict var of message per field name; the empty name is the form as a whole.
        extra: further controls under the fields, such as parameters made from a specification.
    """
    return dialog_frame(
        rx.el.form(
            form_problem(errors),
            *fields_of(fields, errors),
            *extra,
            rx.el.div(
                button("Cancel", intent="quiet", on_click=on_close),
                button(submit_label, intent=intent, solid=True, submit=True, loading=pending),
                class_name="form-foot",
            ),
            on_submit=on_submit,
            class_name="form",
            no_validate=True,
        ),
        open=open,
        on_close=on_close,
        title=title,
        hint=hint,
        wide=wide,
    )


def form_problem(errors: Any) -> rx.Component:
    """Show what is wrong with a form as a whole."""
    return rx.cond(
        errors.contains(""), rx.el.div(errors[""], class_name="form-problem", role="alert")
    )

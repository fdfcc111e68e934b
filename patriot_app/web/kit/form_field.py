"""Labelled controls with hint and error."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import reflex as rx

from patriot_app.web.kit.types import Text

Kind = Literal[
    "text", "email", "number", "date", "password", "textarea", "select", "checkbox", "hidden"
]


@dataclass(frozen=True, slots=True)
class Field:
    """One control as data.

    Attributes:
        name: key in the submitted form.
        options: of a select: (value, label) pairs, or a var of rows with `value` and `label`.
        value: what it starts with; a var, when editing.
        unit: shown at the right edge, such as "USDT".
    """

    name: str
    label: Text
    kind: Kind = "text"
    hint: Text = ""
    required: bool = False
    value: Any = ""
    options: Any = field(default=())
    placeholder: Text = ""
    unit: str = ""
    autocomplete: str = "off"


def form_field(
    *,
    label: Text,
    name: str,
    control: rx.Component,
    hint: Text = "",
    error: Any = "",
    required: bool = False,
) -> rx.Component:
    """Wrap a control: label above, hint and error below, tied together for screen readers.

    The note stands there without a hint, too: the script of plain forms writes problems into it.
    """
    has_error = error != "" if isinstance(error, rx.Var) else rx.Var.create(bool(error))
    return rx.el.div(
        rx.el.label(label, html_for=name, class_name="field-required" if required else ""),
        control,
        rx.cond(
            has_error,
            rx.el.span(error, id=f"{name}-note", class_name="field-error", role="alert"),
            rx.el.span(hint, id=f"{name}-note", class_name="field-hint"),
        ),
        class_name="field",
    )


def fields_of(fields: Sequence[Field], errors: Any) -> list[rx.Component]:
    """Return the controls of a form.

    Args:
        errors: dict var of message per field name.
    """
    return [_field(item, errors) for item in fields]


def _field(item: Field, errors: Any) -> rx.Component:
    if item.kind == "hidden":
        return rx.el.input(type="hidden", name=item.name, value=item.value, read_only=True)
    error, invalid = _problem(errors, item.name)
    return form_field(
        label=item.label,
        name=item.name,
        control=_control(item, invalid),
        hint=item.hint,
        error=error,
        required=item.required,
    )


def _problem(errors: Any, name: str) -> tuple[Any, Any]:
    """Return a field's message and whether there is one; a var's missing key is undefined."""
    if not isinstance(errors, rx.Var):
        text = errors.get(name, "")
        return text, bool(text)
    messages: Any = errors
    return rx.cond(messages.contains(name), messages[name], ""), messages.contains(name)


def _control(item: Field, invalid: Any) -> rx.Component:
    common: dict[str, Any] = {
        "id": item.name,
        "name": item.name,
        "required": item.required,
        "aria_invalid": rx.cond(invalid, "true", "false"),
        "aria_describedby": f"{item.name}-note",
    }
    if item.kind == "select":
        return rx.el.select(
            *_options(item.options), default_value=item.value, class_name="select", **common
        )
    if item.kind == "textarea":
        return rx.el.textarea(
            default_value=item.value,
            placeholder=item.placeholder,
            class_name="textarea",
            **common,
        )
    if item.kind == "checkbox":
        is_on = item.value if isinstance(item.value, rx.Var) else bool(item.value)
        return rx.el.input(type="checkbox", default_checked=is_on, **common)
    control = rx.el.input(
        type="text" if item.kind == "number" else item.kind,
        input_mode="decimal" if item.kind == "number" else None,
        default_value=item.value,
        placeholder=item.placeholder,
        auto_complete=item.autocomplete,
        class_name="input",
        **common,
    )
    if not item.unit:
        return control
    return rx.el.div(control, rx.el.span(item.unit), class_name="field-affix")


def _options(options: Any) -> list[Any]:
    if isinstance(options, rx.Var):
        return [rx.foreach(options, lambda row: rx.el.option(row.label, value=row.value))]
    return [rx.el.option(text, value=value) for value, text in options]

"""Forms made from a strategy's specification: one per catalogue entry, at compile time."""

from collections.abc import Callable, Mapping
from typing import Any

import reflex as rx

from patriot_app.core.strategies.catalogue import CATALOGUE
from patriot_app.core.strategies.parameters import ParameterKind, ParameterSpec
from patriot_app.web.kit import Field, layout
from patriot_app.web.kit.form_field import fields_of

PREFIX = "parameter_"
"""Keeps settings apart from the form's own fields, whatever a strategy calls them."""

KIND = "kind"
"""Says of which strategy the sent settings are: another may have been chosen meanwhile."""


def parameter_form(
    kind: Any, errors: Any, *, value: Callable[[ParameterSpec], Any] | None = None
) -> rx.Component:
    """Show the settings of the strategy that a var names.

    Args:
        value: what a setting starts with, as text or a var of it; None: its default.
    """
    forms = [
        (
            name,
            rx.fragment(
                rx.el.input(type="hidden", name=KIND, value=name),
                rx.el.p(strategy.description),
                layout(
                    "form-columns",
                    *fields_of([field_of(spec, value) for spec in strategy.parameters], errors),
                ),
            ),
        )
        for name, strategy in CATALOGUE.items()
    ]
    return rx.match(kind, *forms, rx.fragment())


def field_of(spec: ParameterSpec, value: Callable[[ParameterSpec], Any] | None = None) -> Field:
    """Return the control of one setting."""
    start: Any = spec.default if value is None else value(spec)
    name = f"{PREFIX}{spec.name}"
    if spec.kind is ParameterKind.CHOICE:
        options = [(choice, choice) for choice in spec.choices]
        return Field(name, spec.label, "select", value=start, options=options, hint=spec.help)
    if spec.kind is ParameterKind.BOOL:
        options = [("true", "Yes"), ("false", "No")]
        return Field(name, spec.label, "select", value=start, options=options, hint=spec.help)
    return Field(name, spec.label, "number", value=start, hint=f"{spec.help} {_range(spec)}")


def parameters_of(form: Mapping[str, Any]) -> dict[str, str]:
    """Return the settings that a submitted form holds."""
    return {
        name.removeprefix(PREFIX): str(value)[:100]
        for name, value in form.items()
        if name.startswith(PREFIX)
    }


def prefixed(kind: str, fields: Mapping[str, str]) -> dict[str, str]:
    """Return messages under the names that the form's settings have."""
    strategy = CATALOGUE.get(kind)
    known = {spec.name for spec in strategy.parameters} if strategy is not None else set()
    return {f"{PREFIX}{name}" if name in known else name: text for name, text in fields.items()}


def _range(spec: ParameterSpec) -> str:
    if spec.minimum is None or spec.maximum is None:
        return ""
    return f"{spec.minimum:f} to {spec.maximum:f}."

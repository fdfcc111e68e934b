"""One badge; each enum has one mapping of its values to tone and label."""

from collections.abc import Mapping
from typing import Any

import reflex as rx

from patriot_app.web.kit.types import Text
from patriot_app.web.theme import Tone

Statuses = Mapping[str, tuple[Tone, str]]
"""Enum value to (tone, label)."""


def status_badge(status: Any, mapping: Statuses) -> rx.Component:
    """Show an enum's value; an unknown value is shown as it is, neutral.

    Args:
        status: the value as text, or a var of it.
    """
    if isinstance(status, str):
        tone, text = mapping.get(status, ("neutral", status))
        return badge(text, tone=tone)
    return rx.match(
        status,
        *[(value, badge(text, tone=tone)) for value, (tone, text) in mapping.items()],
        badge(status, tone="neutral"),
    )


def badge(text: Text, *, tone: Tone | rx.Var[str] = "neutral", title: Text = "") -> rx.Component:
    """Show a short word with a tone; its mark differs by tone too, not by colour alone."""
    return rx.el.span(text, class_name="badge badge-" + tone, title=title)

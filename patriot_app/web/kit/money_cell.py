"""Figures as they stand in cells and cards."""

from typing import Any

import reflex as rx


def money_cell(figure: Any) -> rx.Component:
    """Show a `format.Figure`: sign, grouped digits, unit, and a tone beside the sign."""
    return rx.el.span(
        figure.text,
        rx.cond(figure.unit != "", rx.el.small(figure.unit)),
        class_name="figure tone-" + figure.tone,
    )


def amount_cell(text: Any) -> rx.Component:
    """Show digits without sign or unit (a quantity, a price): tabular."""
    return rx.el.span(text, class_name="figure")

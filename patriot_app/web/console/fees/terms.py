"""Amending a mandate: other terms, another mark, its end; each asks, and takes a second person."""

from typing import Any

import reflex as rx

from patriot_app.web.console.fees.state import FeesState
from patriot_app.web.kit import (
    Column,
    Field,
    amount_cell,
    button,
    confirm_dialog,
    data_table,
    form_dialog,
    layout,
    shown_if,
    two_lines,
)
from patriot_app.web.parts.terms import REASON, term_fields

AGREED = [
    Column("From", lambda row: amount_cell(row.valid_from), phone="title"),
    Column("Agreed", lambda row: two_lines(row.what, row.note)),
]


def terms_section() -> rx.Component:
    """Show what was agreed over time, and offer to amend it."""
    state: Any = FeesState
    return layout(
        "stack-small",
        data_table(label="Terms", columns=AGREED, rows=state.agreed),
        shown_if(
            state.is_running,
            layout(
                "cluster",
                button(
                    "Change terms",
                    icon="signature",
                    on_click=state.open_form("terms"),
                    disabled_reason=state.blocked_terms,
                ),
                button(
                    "Reset mark",
                    on_click=state.open_form("mark"),
                    disabled_reason=state.blocked_terms,
                ),
                button(
                    "End mandate",
                    intent="quiet",
                    on_click=state.ask_end,
                    disabled_reason=state.blocked_terms,
                ),
            ),
        ),
    )


def terms_dialogs() -> rx.Component:
    """Return the forms and the question of the page."""
    state: Any = FeesState
    return rx.fragment(
        form_dialog(
            open=state.form == "terms",
            on_close=state.dismiss,
            title="Change terms",
            hint="They hold from the first day of the next month; the month in progress keeps its"
            " own. Another person approves it.",
            fields=[*term_fields(state.values), REASON],
            on_submit=state.change_terms,
            errors=state.errors,
            submit_label="Change terms",
        ),
        form_dialog(
            open=state.form == "mark",
            on_close=state.dismiss,
            title="Reset the high-water mark",
            hint="From the first day of the next month fees are charged above it, whatever was"
            " charged before. A lower mark charges profit again. Another person approves it.",
            fields=[
                Field(
                    "mark",
                    "High-water mark",
                    "number",
                    unit="USDT",
                    value=state.mandate.mark.text,
                    required=True,
                    hint="Net profit above which a fee is due",
                ),
                REASON,
            ],
            on_submit=state.reset_mark,
            errors=state.errors,
            submit_label="Reset mark",
            intent="danger",
        ),
        confirm_dialog(
            open=state.ask.act == "end",
            on_close=state.dismiss,
            title=state.ask.title,
            consequence=state.ask.consequence,
            confirm_label=state.ask.confirm_label,
            phrase=state.ask.phrase,
            errors=state.errors,
            on_confirm=state.end_mandate,
        ),
    )

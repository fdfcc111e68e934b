"""What of a held month a person may decide: a value with evidence, or an account left out."""

from typing import Any

import reflex as rx

from patriot_app.web.console.months.state import MonthsState
from patriot_app.web.kit import (
    Column,
    Field,
    button,
    confirm_dialog,
    data_table,
    form_dialog,
    layout,
    shown_if,
    two_lines,
)
from patriot_app.web.parts.terms import REASON


def release_section() -> rx.Component:
    """Show the accounts that hold the open month for want of something that is gone."""
    state: Any = MonthsState
    return shown_if(
        state.held.length() > 0,
        data_table(
            label="Accounts that hold it",
            columns=[
                Column("Account", lambda row: two_lines(row.label, row.lacks), phone="title"),
                Column("Last measured", lambda row: row.last_value),
                Column("Decide", lambda row: _acts(state, row), align="end"),
            ],
            rows=state.held,
            test_id="held-accounts",
        ),
    )


def _acts(state: Any, row: Any) -> rx.Component:
    return layout(
        "cluster",
        shown_if(
            row.may_value,
            button(
                "Value positions",
                on_click=state.ask_value(row.id),
                disabled_reason=state.blocked_release,
            ),
        ),
        shown_if(
            row.may_leave,
            button(
                "Leave out",
                intent="quiet",
                on_click=state.ask_leave(row.id),
                disabled_reason=state.blocked_release,
            ),
        ),
    )


def release_dialogs() -> rx.Component:
    """Return the form and the question."""
    state: Any = MonthsState
    return rx.fragment(
        form_dialog(
            open=state.form == "value",
            on_close=state.dismiss,
            title=f"What was open on {state.held_account.label} at the end?",
            hint="Take it from the exchange's own statement, or from the positions and the mark"
            " prices at that moment. It stands in the client's statement with your evidence and"
            " cannot be changed. Another person approves it.",
            fields=[
                Field(
                    "unrealised_pnl",
                    "Open profit at the end",
                    "number",
                    unit="USDT",
                    required=True,
                    hint="Negative: an open loss; 0: nothing was open",
                ),
                Field(
                    "evidence",
                    "Evidence",
                    "textarea",
                    required=True,
                    hint="What anybody can check it with, such as a statement and its date",
                ),
                REASON,
            ],
            on_submit=state.value_account,
            errors=state.errors,
            submit_label="Value positions",
        ),
        confirm_dialog(
            open=state.ask.act == "leave",
            on_close=state.dismiss,
            title=state.ask.title,
            consequence=state.ask.consequence,
            confirm_label=state.ask.confirm_label,
            phrase=state.ask.phrase,
            errors=state.errors,
            on_confirm=state.leave_out,
        ),
    )

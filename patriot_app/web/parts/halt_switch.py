"""The halt switch as it stands on a page: always there, with the halts in force."""

from typing import Any

import reflex as rx

from patriot_app.web.kit import (
    Column,
    Field,
    badge,
    button,
    card,
    confirm_dialog,
    data_table,
    form_dialog,
    layout,
    progress_bar,
    shown_if,
    status_badge,
    time_cell,
    two_lines,
)
from patriot_app.web.parts.halt_rows import HOW_FAR, LEVELS, STATES


def halt_actions(state: Any) -> list[rx.Component]:
    """Return the switch for the head of a page: whether trading runs, and the way to halt it.

    Args:
        state: a state with `HaltMixin`.
    """
    return [
        rx.cond(
            state.halts.length() == 0,
            badge("Trading runs", tone="positive"),
            badge("Halted", tone="danger"),
        ),
        button(
            "Halt trading", intent="danger", solid=True, icon="octagon-x", on_click=state.halt_form
        ),
    ]


def halt_hint(state: Any) -> rx.Var[str]:
    """Say what the switch does."""
    return rx.cond(
        state.halts.length() == 0,
        "No halt is in force. A halt binds at once; stops stay at the exchanges.",
        "Trading is halted in part or in whole. The strictest halt of an account counts.",
    )


def halts_in_force(state: Any) -> rx.Component:
    """Show the halts, each with the way to lift it."""
    return shown_if(
        state.halts.length() > 0, card(_table(state), title="Halts in force", flush=True)
    )


def halt_dialogs(state: Any) -> rx.Component:
    """Return the dialogs of the switch."""
    return rx.fragment(
        form_dialog(
            open=state.form == "halt",
            on_close=state.dismiss,
            title="Halt trading",
            hint="You see what it stops before it is raised.",
            fields=_fields(state),
            on_submit=state.review_halt,
            errors=state.errors,
            submit_label="Review",
        ),
        form_dialog(
            open=state.form == "lower",
            on_close=state.dismiss,
            title="Lower the halt",
            hint="From K2 on another person must confirm it, except on a desk of one person.",
            fields=[
                Field("to_level", "To", "select", options=state.lower_levels, required=True),
                Field("reason", "Reason", "textarea", required=True, hint="Kept in the audit log"),
            ],
            on_submit=state.lower_halt,
            errors=state.errors,
            submit_label="Lower",
        ),
        *[
            confirm_dialog(
                open=state.ask.act == act,
                on_close=state.dismiss,
                title=state.ask.title,
                consequence=state.ask.consequence,
                confirm_label=state.ask.confirm_label,
                phrase=state.ask.phrase,
                errors=state.errors,
                on_confirm=handler,
            )
            for act, handler in (
                ("halt", state.raise_halt),
                ("flatten", state.raise_and_flatten),
                ("lift", state.lift_halt),
            )
        ],
    )


def _table(state: Any) -> rx.Component:
    columns = [
        Column("What", lambda row: two_lines(row.subject, row.scope), phone="title"),
        Column("Level", lambda row: status_badge(row.level, LEVELS)),
        Column("State", lambda row: status_badge(row.state, STATES), phone="hide"),
        Column("Cleared up", lambda row: _progress(row)),
        Column("Reason", lambda row: two_lines(row.reason, row.proposal)),
        Column("By", lambda row: row.raised_by, phone="hide"),
        Column("Since", lambda row: time_cell(row.at), align="end"),
        Column(
            "", lambda row: button(row.lift_label, on_click=state.ask_lift(row.id)), align="end"
        ),
    ]
    return data_table(label="Halts in force", columns=columns, rows=state.halts, test_id="halts")


def _progress(row: Any) -> rx.Component:
    return rx.cond(
        row.progress != "",
        layout("stack-small", row.progress, progress_bar(row.shares, label=row.progress)),
        "",
    )


def _fields(state: Any) -> list[Field]:
    return [
        Field(
            "target",
            "What",
            "select",
            options=state.halt_targets,
            value=state.halt_target,
            required=True,
        ),
        Field(
            "name",
            "Which client or account",
            value=state.halt_name,
            hint="Only for one client or one account: name, e-mail, label or id.",
        ),
        Field(
            "how_far",
            "How far",
            "select",
            value="2",
            options=[(key, text) for key, (_, _, text) in HOW_FAR.items()],
            hint="K3 asks for your password if you gave it longer than five minutes ago.",
        ),
    ]

"""Off-board a client: what would happen, then one step after the other."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.console.off_boarding.rows import STEP_STATES
from patriot_app.web.console.off_boarding.state import OffBoardingPageState
from patriot_app.web.kit import (
    Column,
    button,
    card,
    confirm_dialog,
    data_table,
    layout,
    notice,
    page_head,
    shown_if,
    status_badge,
    two_lines,
)
from patriot_app.web.shell import console_page

COLUMNS = [
    Column("Step", lambda row: two_lines(row.title, row.what), phone="title"),
    Column("State", lambda row: status_badge(row.state, STEP_STATES), align="end"),
]


@console_page(
    routes.OFF_BOARDING,
    title="Off-boarding",
    on_load=OffBoardingPageState.load,
    topics="clients halts positions orders",
)
def off_boarding_page() -> rx.Component:
    """Return the page."""
    state: Any = OffBoardingPageState
    return layout(
        "stack",
        page_head(
            rx.cond(state.name != "", f"Off-board {state.name}", "Off-board a client"),
            hint=state.standing,
            actions=[button("Client", icon="user", href=f"{routes.CLIENTS}?id={state.client_id}")],
        ),
        shown_if(state.error != "", notice(state.error, tone="danger")),
        shown_if(state.clearing != "", notice(state.clearing)),
        card(
            data_table(
                label="Steps of the off-boarding",
                columns=COLUMNS,
                rows=state.steps,
                row_key=lambda row: row.step,
                loading=state.loading,
                test_id="off-boarding-steps",
            ),
            flush=True,
        ),
        shown_if(state.due != "", _acts()),
        confirm_dialog(
            open=state.ask.act != "",
            on_close=state.dismiss,
            title=state.ask.title,
            consequence=state.ask.consequence,
            confirm_label=state.ask.confirm_label,
            phrase=state.ask.phrase,
            errors=state.errors,
            on_confirm=state.confirm,
            intent="danger",
        ),
    )


def _acts() -> rx.Component:
    state: Any = OffBoardingPageState
    has_choice = (state.due == "flat") & (state.rest > 0)
    return layout(
        "cluster",
        rx.cond(
            has_choice,
            button(
                "Leave the rest to the client",
                intent="primary",
                on_click=state.ask_step(True),
                disabled_reason=state.blocked,
            ),
            button(
                state.due_title,
                intent="primary",
                icon="arrow-right",
                on_click=state.ask_step(False),
                disabled_reason=state.blocked,
            ),
        ),
        shown_if(
            state.may_abandon,
            button(
                "Keep the client",
                intent="quiet",
                on_click=state.ask_abandon,
                disabled_reason=state.blocked,
            ),
        ),
        shown_if(
            state.clearing != "",
            button("See the clearing", icon="octagon-x", href=routes.KILL_SWITCH),
        ),
    )

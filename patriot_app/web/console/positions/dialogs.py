"""The dialogs of the positions page: stop and target, and the questions before dangerous acts."""

from typing import Any

import reflex as rx

from patriot_app.web.console.positions.state import PositionsState
from patriot_app.web.kit import Field, confirm_dialog, form_dialog


def position_dialogs() -> rx.Component:
    """Return the form and the questions of the page."""
    state: Any = PositionsState
    return rx.fragment(
        form_dialog(
            open=state.form == "levels",
            on_close=state.dismiss,
            title="Move stop and target",
            hint=state.levels_of,
            fields=[
                Field(
                    "stop_loss",
                    "Stop",
                    "number",
                    value=state.position.stop_text,
                    required=True,
                    unit="USDT",
                    hint="Nearer to the price, the exit plan goes on; further away, it ends",
                ),
                Field(
                    "take_profit",
                    "Target",
                    "number",
                    value=state.position.target_text,
                    unit="USDT",
                    hint="Blank: none",
                ),
                Field("reason", "Reason", "textarea", required=True, hint="Kept in the audit log"),
            ],
            on_submit=state.save_levels,
            errors=state.errors,
            submit_label="Move",
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
                ("close", state.close),
                ("flatten", state.flatten),
                ("widen", state.widen),
            )
        ],
    )

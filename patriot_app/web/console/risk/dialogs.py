"""The dialogs of the risk page: set a limit, and the question before one is taken away."""

from typing import Any

import reflex as rx

from patriot_app.core.domain.risk_limits import LimitName, LimitScope
from patriot_app.web.console.risk.rows import HINTS, LIMITS, ORIGINS
from patriot_app.web.console.risk.state import RiskState
from patriot_app.web.kit import Field, confirm_dialog, form_dialog, tabs
from patriot_app.web.kit.form_field import fields_of

REASON = Field("reason", "Reason", "textarea", required=True, hint="Kept in the audit log")
LIMIT_FIELDS = [
    Field(
        "name",
        "Limit",
        "select",
        value=LimitName.POSITION_NOTIONAL.value,
        options=[(name, f"{label}: {HINTS[name]}") for name, label in LIMITS.items()],
    ),
    Field("value", "Value", "number", required=True, hint="Orders above it are denied"),
    REASON,
]


def risk_dialogs() -> rx.Component:
    """Return the forms and questions of the page."""
    state: Any = RiskState
    return rx.fragment(
        form_dialog(
            open=state.form == "limit",
            on_close=state.dismiss,
            title="Set a limit",
            hint="A narrower scope can only tighten. It binds the next order.",
            fields=[],
            extra=[
                _scope([one.value for one in LimitScope]),
                *fields_of(LIMIT_FIELDS, state.errors),
            ],
            on_submit=state.save_limit,
            errors=state.errors,
            submit_label="Set limit",
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
            for act, handler in (("clear", state.clear),)
        ],
    )


def _scope(scopes: list[str]) -> rx.Component:
    """Choose a scope, then its subject; the desk has none."""
    state: Any = RiskState
    subject = Field(
        "subject", "Of which", "select", options=state.subjects, value=state.subject, required=True
    )
    return rx.fragment(
        tabs(
            [(scope, ORIGINS[scope][1]) for scope in scopes],
            value=state.scope,
            on_change=state.choose_scope,
        ),
        rx.cond(
            state.scope != "desk",
            rx.fragment(*fields_of([subject], state.errors), key=state.scope),
        ),
    )

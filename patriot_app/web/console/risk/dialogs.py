"""The dialogs of the risk page: set a limit, and the question before one is taken away."""

from typing import Any

import reflex as rx

from patriot_app.core.domain.risk_limits import LimitName, LimitScope
from patriot_app.web.console.risk.limit_form import ACTIONS, REACHES
from patriot_app.web.console.risk.rows import HINTS, LIMITS, ORIGINS
from patriot_app.web.console.risk.state import RiskState
from patriot_app.web.kit import Field, confirm_dialog, form_dialog, notice, tabs
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
    Field(
        "hours",
        "Override for",
        "number",
        unit="hours",
        hint="Empty sets the limit for good. An override stands in for every limit of its name,"
        " ends by itself after 1 to 168 hours, and alone may loosen.",
    ),
    Field(
        "action",
        "A breach does",
        "select",
        options=list(ACTIONS.items()),
        hint="Of measured limits only",
    ),
    Field(
        "reach",
        "And stops",
        "select",
        value="account",
        options=list(REACHES.items()),
        hint="Where it pauses or halts",
    ),
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
            hint="A narrower scope can only tighten. It is tried before it is set.",
            fields=[],
            extra=[
                _scope([one.value for one in LimitScope]),
                *fields_of(LIMIT_FIELDS, state.errors),
                rx.cond(state.trial != "", notice(state.trial)),
            ],
            on_submit=state.save_limit,
            errors=state.errors,
            submit_label=rx.cond(state.trial != "", "Set limit", "Try on the last day"),
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

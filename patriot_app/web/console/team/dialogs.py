"""The dialogs of the team page."""

from typing import Any

import reflex as rx

from patriot_app.web.console.team.rows import ROLES
from patriot_app.web.console.team.state import TeamState
from patriot_app.web.kit import Field, confirm_dialog, form_dialog
from patriot_app.web.parts.addresses_wished import address_dialog


def team_dialogs() -> rx.Component:
    """Return the form of roles and the questions."""
    state: Any = TeamState
    return rx.fragment(
        form_dialog(
            open=state.form == "roles",
            on_close=state.dismiss,
            title="Change roles",
            hint="They count at once, and all sessions of this person end. Who becomes or ceases to"
            " be an administrator takes a second person.",
            fields=[
                *[
                    Field(role, label, "checkbox", value=state.member.held.contains(role))
                    for role, label in ROLES.items()
                ],
                Field(
                    "access_until",
                    "An auditor's last day",
                    "date",
                    value=state.member.until,
                    hint="In UTC, a year at most; empty for everybody else",
                ),
                Field("reason", "Reason", "textarea", required=True, hint="Kept in the audit log"),
            ],
            on_submit=state.change_roles,
            errors=state.errors,
            submit_label="Change roles",
        ),
        address_dialog(state),
        *[
            confirm_dialog(
                open=is_open,
                on_close=state.dismiss,
                title=state.ask.title,
                consequence=state.ask.consequence,
                confirm_label=state.ask.confirm_label,
                errors=state.errors,
                on_confirm=state.confirm,
                intent="danger" if shuts else "primary",
            )
            for is_open, shuts in (
                ((state.ask.act == "suspend") | (state.ask.act == "factor"), True),
                (state.ask.act == "reactivate", False),
            )
        ],
    )

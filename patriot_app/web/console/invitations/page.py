"""Invitations: who was asked to register, and what became of it."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.console.invitations.rows import STATES
from patriot_app.web.console.invitations.state import InvitationsState
from patriot_app.web.kit import (
    Column,
    Filter,
    button,
    confirm_dialog,
    empty_state,
    layout,
    listing,
    page_head,
    shown_if,
    status_badge,
    time_cell,
    two_lines,
)
from patriot_app.web.shell import console_page

FILTERS = [Filter("state", "Any state", [(value, text) for value, (_, text) in STATES.items()])]


@console_page(
    routes.INVITATIONS,
    title="Invitations",
    on_load=InvitationsState.load,
    topics="clients notifications",
)
def invitations_page() -> rx.Component:
    """Return the page."""
    state: Any = InvitationsState
    return layout(
        "stack",
        page_head(
            "Invitations",
            hint="A link is good once, and shown only when it is made.",
            actions=[
                button("Referrals", icon="user-plus", href=routes.REFERRALS),
                button(
                    "Invite a client",
                    icon="mail-plus",
                    intent="primary",
                    href=routes.INVITE,
                    is_plain=True,
                ),
            ],
        ),
        listing(
            state,
            label="Invitations",
            columns=_columns(),
            placeholder="Name, e-mail or id",
            filters=FILTERS,
            has_drawer=False,
            empty=empty_state(
                title="Nobody was invited yet",
                body="Invite a client: he registers himself and then awaits your approval.",
                icon="mail-plus",
            ),
            test_id="invitations-table",
        ),
        confirm_dialog(
            open=state.ask.act == "revoke",
            on_close=state.dismiss,
            title=state.ask.title,
            consequence=state.ask.consequence,
            confirm_label=state.ask.confirm_label,
            errors=state.errors,
            on_confirm=state.revoke,
            intent="danger",
        ),
    )


def _columns() -> list[Column]:
    return [
        Column("Person", lambda row: two_lines(row.name, row.email), "name", phone="title"),
        Column("State", lambda row: status_badge(row.state, STATES)),
        Column("E-mail", lambda row: row.mail),
        Column("Invited by", lambda row: row.by, phone="hide"),
        Column("Sent", lambda row: time_cell(row.sent), "sent_at", align="end"),
        Column("Good until", lambda row: time_cell(row.expires), "expires_at", align="end"),
        Column("", _acts, align="end"),
    ]


def _acts(row: Any) -> rx.Component:
    state: Any = InvitationsState
    return layout(
        "cluster",
        shown_if(
            row.client_id != "",
            button("Open client", href=f"{routes.CLIENTS}?id={row.client_id}"),
        ),
        shown_if(
            (row.state == "open") | (row.state == "expired"),
            layout(
                "cluster",
                button(
                    "Send again",
                    icon="send",
                    href=f"{routes.INVITE}?again={row.id}",
                    is_plain=True,
                ),
                button(
                    "Withdraw",
                    intent="quiet",
                    on_click=state.ask_revoke(row.id),
                    disabled_reason=state.blocked,
                ),
            ),
        ),
    )

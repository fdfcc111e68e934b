"""Who a client is, and what happened to him: sections of his drawer."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.console.clients.state import ClientsState
from patriot_app.web.kit import (
    badge,
    button,
    description_list,
    exact_time,
    layout,
    notice,
    shown_if,
    time_cell,
    timeline,
)


def history_section() -> rx.Component:
    """Return what happened to the client, and the way to all that he did."""
    state: Any = ClientsState
    return layout(
        "stack-small",
        timeline(state.history),
        button(
            "All that he did",
            icon="history",
            href=f"{routes.ACTIVITY}?person_id={state.client.id}",
        ),
    )


def person_section() -> rx.Component:
    """Return who the client is and what he agreed to."""
    client: Any = ClientsState.client
    facts: Any = ClientsState.facts
    return layout(
        "stack-small",
        shown_if(client.reason != "", notice(client.reason)),
        shown_if(facts.wish != "", notice(facts.wish, tone="warning")),
        shown_if(facts.address != "", notice(facts.address, tone="warning")),
        description_list(
            [
                ("Money", badge(client.kind)),
                ("Risk profile", client.profile),
                ("Entered", time_cell(client.since)),
                (
                    "Approved",
                    rx.cond(facts.approved.iso != "", exact_time(facts.approved), "Not yet"),
                ),
                ("Last seen", facts.last_seen),
                ("Terms agreed to", facts.terms),
                ("Client id", rx.el.code(client.id), client.id),
            ]
        ),
        layout(
            "cluster",
            button(
                "Change risk profile",
                icon="gauge",
                on_click=ClientsState.open_form("profile"),
                disabled_reason=ClientsState.blocked,
            ),
            shown_if(
                facts.address != "",
                button(
                    "Confirm address",
                    icon="mail-check",
                    on_click=ClientsState.open_form("address"),
                    disabled_reason=ClientsState.blocked,
                ),
            ),
        ),
    )

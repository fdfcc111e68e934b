"""The delivery ledger: what left the house, for whom, and what became of it."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.console.delivery.rows import CHANNELS, STATES
from patriot_app.web.console.delivery.state import TOPICS, DeliveryState
from patriot_app.web.kit import (
    Column,
    Filter,
    button,
    empty_state,
    layout,
    listing,
    page_head,
    shown_if,
    stat_card,
    status_badge,
    time_cell,
    two_lines,
)
from patriot_app.web.parts.notices import KIND_OPTIONS
from patriot_app.web.shell import console_page

FILTERS = [
    Filter("channel", "Any channel", list(CHANNELS.items())),
    Filter("state", "Any state", [(key, text) for key, (_, text) in STATES.items()]),
    Filter("kind", "Any class", KIND_OPTIONS),
]
FIGURES = [
    ("waiting", "Waiting", "to be sent now"),
    ("held", "Held", "for quiet hours and digests"),
    ("sent", "Sent", "within 24 hours"),
    ("given_up", "Given up", "within 24 hours"),
]


@console_page(routes.DELIVERY, title="Delivery", on_load=DeliveryState.load, topics=TOPICS)
def delivery_page() -> rx.Component:
    """Return the page."""
    state: Any = DeliveryState
    return layout(
        "stack",
        page_head(
            "Delivery",
            hint="Messages to chats, mailboxes and programs, and what became of each.",
            actions=[
                button("System", icon="arrow-left", href=routes.SYSTEM),
                button("Webhooks", icon="webhook", href=routes.WEBHOOKS),
                button("Export CSV", icon="download", on_click=state.export),
            ],
        ),
        layout(
            "stats",
            *[
                stat_card(label=label, value=state.figures[name], hint=hint, loading=state.loading)
                for name, label, hint in FIGURES
            ],
        ),
        listing(
            state,
            label="Delivery",
            columns=_columns(),
            placeholder="Person, title or error",
            filters=FILTERS,
            has_drawer=False,
            empty=empty_state(
                title="Nothing has left the house yet",
                body="Messages to chats, mailboxes and programs appear here, with what became of them.",
                icon="send",
            ),
            test_id="delivery-table",
        ),
    )


def _columns() -> list[Column]:
    return [
        Column("To", lambda row: two_lines(row.who, row.channel), "name", phone="title"),
        Column("What", lambda row: two_lines(row.title, row.kind)),
        Column("State", lambda row: two_lines(status_badge(row.state, STATES), row.error)),
        Column("Tries", lambda row: row.attempts, "attempts", align="end", phone="hide"),
        Column("Put out", lambda row: time_cell(row.at), "created_at", align="end"),
        Column("Ended", lambda row: time_cell(row.ended), align="end", phone="hide"),
        Column("", _acts, align="end"),
    ]


def _acts(row: Any) -> rx.Component:
    state: Any = DeliveryState
    return shown_if(
        row.can_retry != "",
        button(
            "Send again",
            icon="send",
            on_click=state.retry(row.id),
            disabled_reason=state.blocked,
        ),
    )

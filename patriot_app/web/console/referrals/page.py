"""Referrals: who came through whom, and the way to thank for it."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.console.referrals.rows import STATUSES
from patriot_app.web.console.referrals.state import TOPICS, ReferralsState
from patriot_app.web.kit import (
    Column,
    Filter,
    button,
    empty_state,
    layout,
    listing,
    page_head,
    status_badge,
    time_cell,
    two_lines,
)
from patriot_app.web.shell import console_page

FILTERS = [Filter("status", "Any status", [(value, text) for value, (_, text) in STATUSES.items()])]
COLUMNS = [
    Column("Came", lambda row: two_lines(row.client, row.code), "client", phone="title"),
    Column("Through", lambda row: row.referrer, "referrer"),
    Column("Status", lambda row: status_badge(row.status, STATUSES)),
    Column("Has traded", lambda row: row.traded),
    Column("Registered", lambda row: time_cell(row.registered), "registered_at", align="end"),
    Column(
        "",
        lambda row: button("Open client", href=f"{routes.CLIENTS}?id={row.id}"),
        align="end",
    ),
]


@console_page(
    routes.REFERRALS,
    title="Referrals",
    on_load=ReferralsState.load,
    topics=TOPICS,
)
def referrals_page() -> rx.Component:
    """Return the page."""
    state: Any = ReferralsState
    return layout(
        "stack",
        page_head(
            "Referrals",
            hint="Who registered with a customer's code; kept from then on as it was. To thank for"
            " it, agree on a share of the mandate's fees under Partners.",
            actions=[
                button("Export CSV", icon="download", on_click=state.export),
                button("Partners", icon="handshake", href=routes.PARTNERS),
            ],
        ),
        listing(
            state,
            label="Referrals",
            columns=COLUMNS,
            placeholder="Who came, through whom, or a code",
            filters=FILTERS,
            has_drawer=False,
            empty=empty_state(
                title="Nobody came through a customer yet",
                body="Customers find their code in their profile and in the bot under /refer.",
                icon="user-plus",
            ),
            test_id="referrals-table",
        ),
    )

"""Sign-ins: how many are here, who came, who was refused and from where."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.console.sign_ins.rows import OUTCOMES
from patriot_app.web.console.sign_ins.state import TOPICS, SignInsState
from patriot_app.web.kit import (
    Column,
    Filter,
    button,
    card,
    empty_state,
    layout,
    listing,
    page_head,
    pair_list,
    stat_card,
    status_badge,
    time_cell,
)
from patriot_app.web.shell import console_page

FILTERS = [
    Filter("outcome", "Any outcome", [(key, text) for key, (_, text) in OUTCOMES.items()]),
    Filter(
        "within",
        "Any time",
        [("hour", "The last hour"), ("day", "The last 24 hours"), ("week", "The last 7 days")],
    ),
]
COLUMNS = [
    Column("Who", lambda row: row.who, "name", phone="title"),
    Column("Outcome", lambda row: status_badge(row.outcome, OUTCOMES)),
    Column("Address", lambda row: row.address, "ip"),
    Column("Device or reason", lambda row: row.detail),
    Column("When", lambda row: time_cell(row.at), "recorded_at", align="end"),
]


@console_page(routes.SIGN_INS, title="Sign-ins", on_load=SignInsState.load, topics=TOPICS)
def sign_ins_page() -> rx.Component:
    """Return the page."""
    state: Any = SignInsState
    shown = state.totals
    figures = [
        ("Open sessions", shown.sessions, shown.people),
        ("API keys in use", shown.programs, "neither revoked nor expired"),
        ("Signed in, last hour", shown.in_hour, shown.in_day),
        ("Refused, last hour", shown.failed_hour, shown.failed_day),
    ]
    return layout(
        "stack",
        page_head(
            "Sign-ins",
            hint="Who came in and who was refused, by hand or by a program's sign-in.",
            actions=[
                button("Sessions", href=routes.SESSIONS),
                button("API keys", href=routes.PROGRAM_KEYS),
                button("Export CSV", icon="download", on_click=state.export),
            ],
        ),
        layout(
            "stats",
            *[
                stat_card(label=label, value=value, hint=hint, loading=state.loading)
                for label, value, hint in figures
            ],
        ),
        layout(
            "grid",
            _facts("By day", state.days, "Nobody came or was refused within a fortnight."),
            _facts("Most refused addresses, 24 h", state.addresses, "Nobody was refused."),
        ),
        listing(
            state,
            label="Sign-ins",
            columns=COLUMNS,
            placeholder="Name or address",
            filters=FILTERS,
            has_drawer=False,
            empty=empty_state(
                title="Nobody has signed in yet",
                body="Every sign-in and every refusal appears here.",
                icon="log-in",
            ),
            test_id="sign-ins-table",
        ),
    )


def _facts(title: str, facts: Any, nothing: str) -> rx.Component:
    return card(
        pair_list(facts, nothing=nothing),
        title=title,
    )

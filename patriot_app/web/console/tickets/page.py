"""Tickets: what clients ask a person, who sees to it, and what was answered."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.console.tickets.state import TicketsState
from patriot_app.web.kit import (
    Column,
    Field,
    Filter,
    button,
    description_list,
    detail_drawer,
    empty_state,
    form_dialog,
    layout,
    listing,
    notice,
    page_head,
    shown_if,
    status_badge,
    time_cell,
    timeline,
    two_lines,
)
from patriot_app.web.parts.tickets import DESK_STATES, SURFACES
from patriot_app.web.shell import console_page

COLUMNS = [
    Column("Question", lambda row: two_lines(row.subject, row.number), "number", phone="title"),
    Column("State", lambda row: status_badge(row.state, DESK_STATES), "state"),
    Column("Client", lambda row: row.client, "client"),
    Column("Asked", lambda row: time_cell(row.asked), "asked_at"),
    Column("Seen to by", lambda row: row.assignee),
    Column("Where", lambda row: two_lines(row.surface, row.messages), phone="hide"),
]


@console_page(
    routes.TICKETS,
    title="Tickets",
    on_load=TicketsState.load,
    topics="tickets",
)
def tickets_page() -> rx.Component:
    """Return the page."""
    state: Any = TicketsState
    return layout(
        "stack",
        page_head(
            "Tickets",
            hint="What the bot and the pages could not answer. The answer goes to the client's page"
            " and wherever he wants to hear from us.",
            actions=[button("Export CSV", icon="download", on_click=state.export)],
        ),
        shown_if(
            state.waiting > 0,
            notice(f"Questions that wait for an answer: {state.waiting}.", tone="warning"),
        ),
        listing(
            state,
            label="Tickets",
            columns=COLUMNS,
            placeholder="Subject, client or number",
            filters=[
                Filter(
                    "state", "Any state", [(key, text) for key, (_, text) in DESK_STATES.items()]
                ),
                Filter("taken", "Anybody's", [("yes", "Seen to"), ("no", "Nobody's yet")]),
                Filter("surface", "Anywhere", [(key, SURFACES[key]) for key in ("bot", "portal")]),
            ],
            empty=empty_state(
                title="Nobody has asked",
                body="A client who asks for a person, in the chat or under Questions, stands here.",
                icon="message-circle",
            ),
            test_id="tickets-table",
        ),
        _drawer(),
        form_dialog(
            open=state.form == "answer",
            on_close=state.dismiss,
            title="Answer",
            hint="The client reads this as it stands. No passwords, codes or keys.",
            fields=[Field("body", "Answer", "textarea", required=True)],
            on_submit=state.send_answer,
            errors=state.errors,
            submit_label="Send answer",
        ),
    )


def _drawer() -> rx.Component:
    state: Any = TicketsState
    one = state.ticket
    facts = [
        ("Client", one.client),
        ("Where", one.surface),
        ("Asked", time_cell(one.opened)),
        ("Seen to by", one.assignee),
    ]
    return detail_drawer(
        open=state.open_id != "",
        on_close=state.close_row,
        title=one.subject,
        subtitle=one.number,
        status=status_badge(one.state, DESK_STATES),
        sections=[
            ("Question", description_list(facts)),
            ("Conversation", timeline(state.messages)),
            (
                "Spoken of before",
                rx.cond(one.context != "", timeline(state.context), "Nothing in the chat"),
            ),
        ],
        actions=[
            _act("Answer", "send", ~one.is_closed, state.answer_form),
            _act("Take or leave", "hand", ~one.is_closed, state.take),
            _act("Close", "check", ~one.is_closed, state.close_ticket),
            _act("Reopen", "rotate-ccw", one.is_closed, state.reopen_ticket),
        ],
    )


def _act(label: str, icon: str, is_offered: Any, handler: Any) -> rx.Component:
    return shown_if(
        is_offered,
        button(
            label,
            icon=icon,
            intent="primary" if label == "Answer" else "neutral",
            on_click=handler,
            disabled_reason=TicketsState.blocked,
        ),
    )

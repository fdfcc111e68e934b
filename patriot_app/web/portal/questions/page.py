"""Questions: what a client asked the desk, the answers, and the way to ask."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.kit import (
    Column,
    Field,
    button,
    data_table,
    detail_drawer,
    empty_state,
    form_dialog,
    layout,
    page_head,
    status_badge,
    time_cell,
    timeline,
    two_lines,
)
from patriot_app.web.parts.tickets import OWN_STATES
from patriot_app.web.portal.questions.state import QuestionsState
from patriot_app.web.shell import portal_page

COLUMNS = [
    Column("Question", lambda row: two_lines(row.subject, row.number), phone="title"),
    Column("State", lambda row: status_badge(row.state, OWN_STATES)),
    Column("Asked", lambda row: time_cell(row.opened)),
    Column("Messages", lambda row: two_lines(row.messages, row.surface), phone="hide"),
]


@portal_page(
    routes.MY_QUESTIONS,
    title="Questions",
    on_load=QuestionsState.load,
    topics="tickets",
)
def questions_page() -> rx.Component:
    """Return the page."""
    state: Any = QuestionsState
    ask = button("Ask the desk", icon="plus", intent="primary", on_click=state.ask_form)
    return layout(
        "stack",
        page_head(
            "Questions",
            hint="People of the desk answer here and wherever you want to hear from us. Never write"
            " a password, a code or an API key.",
            actions=[ask],
        ),
        data_table(
            label="Questions",
            columns=COLUMNS,
            rows=state.rows,
            on_row_click=state.open_row,
            open_id=state.open_id,
            loading=state.loading,
            error=state.error,
            on_retry=state.load,
            empty=empty_state(
                title="You have asked nothing yet",
                body="Ask here, or write to the bot in Telegram that you want to talk to a person.",
                icon="message-circle",
            ),
            test_id="questions-table",
        ),
        _drawer(),
        form_dialog(
            open=state.form == "ask",
            on_close=state.dismiss,
            title="Ask the desk",
            hint="Say what happened, when, and what you expected.",
            fields=[
                Field("subject", "About", required=True),
                Field("body", "Your question", "textarea", required=True),
            ],
            on_submit=state.send_question,
            errors=state.errors,
            submit_label="Ask",
        ),
        form_dialog(
            open=state.form == "more",
            on_close=state.dismiss,
            title="Write again",
            fields=[Field("body", "Message", "textarea", required=True)],
            on_submit=state.send_more,
            errors=state.errors,
            submit_label="Send",
        ),
    )


def _drawer() -> rx.Component:
    state: Any = QuestionsState
    one = state.question
    return detail_drawer(
        open=state.open_id != "",
        on_close=state.close_row,
        title=one.subject,
        subtitle=one.number,
        status=status_badge(one.state, OWN_STATES),
        sections=[("Conversation", timeline(state.messages))],
        actions=[button("Write again", icon="send", intent="primary", on_click=state.more_form)],
    )

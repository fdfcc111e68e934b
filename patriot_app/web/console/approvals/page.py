"""Approvals: what takes a second person, with before and after, and the history."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.console.approvals.rows import KINDS, STATES
from patriot_app.web.console.approvals.state import TOPICS, ApprovalsState
from patriot_app.web.kit import (
    Column,
    Filter,
    button,
    confirm_dialog,
    data_table,
    description_list,
    detail_drawer,
    empty_state,
    exact_time,
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
from patriot_app.web.shell import console_page

COLUMNS = [
    Column("What", lambda row: two_lines(row.subject, row.kind), "kind", phone="title"),
    Column("State", lambda row: status_badge(row.state, STATES), "state"),
    Column("Change", lambda row: row.summary),
    Column("Reason", lambda row: row.reason, phone="hide"),
    Column("Proposed by", lambda row: row.proposed_by),
    Column("Proposed", lambda row: time_cell(row.proposed), "proposed_at", align="end"),
    Column("Decided by", lambda row: row.decision, phone="hide"),
]


@console_page(
    routes.APPROVALS,
    title="Approvals",
    on_load=ApprovalsState.load,
    topics=TOPICS,
)
def approvals_page() -> rx.Component:
    """Return the page."""
    state: Any = ApprovalsState
    return layout(
        "stack",
        page_head(
            "Approvals",
            hint="What one person proposed and another must approve. Nobody approves his own.",
        ),
        shown_if(
            state.is_alone,
            notice(
                "Four-eyes is off: what you propose is carried out at once and marked as solo.",
                tone="warning",
            ),
        ),
        listing(
            state,
            label="Proposals",
            columns=COLUMNS,
            placeholder="What, why or who",
            filters=[
                Filter("state", "Any state", [(key, text) for key, (_, text) in STATES.items()]),
                Filter("kind", "Any kind", list(KINDS.items())),
            ],
            empty=empty_state(
                title="Nothing was proposed",
                body="A change of limits, strategies or roles of administrators, and an"
                " administrator's wish to close everything, wait here for a second person.",
                icon="circle-check",
            ),
            test_id="proposals-table",
        ),
        _drawer(),
        confirm_dialog(
            open=state.ask.act != "",
            on_close=state.dismiss,
            title=state.ask.title,
            consequence=state.ask.consequence,
            confirm_label=state.ask.confirm_label,
            errors=state.errors,
            on_confirm=state.decide,
        ),
    )


def _drawer() -> rx.Component:
    state: Any = ApprovalsState
    row = state.proposal
    return detail_drawer(
        open=state.open_id != "",
        on_close=state.close_row,
        title=row.subject,
        subtitle=row.kind,
        status=status_badge(row.state, STATES),
        actions=[
            shown_if(
                row.can_decide,
                button("Approve", intent="primary", on_click=state.ask_act("approve", row.id)),
            ),
            shown_if(row.can_decide, button("Reject", on_click=state.ask_act("reject", row.id))),
            shown_if(
                row.can_withdraw, button("Withdraw", on_click=state.ask_act("withdraw", row.id))
            ),
        ],
        sections=[
            ("What changes", _changes()),
            (
                "Proposal",
                description_list(
                    [
                        ("Reason", row.reason),
                        ("Proposed by", row.proposed_by),
                        ("Proposed", exact_time(row.proposed)),
                        ("Valid until", exact_time(row.expires)),
                        ("Decided by", row.decision),
                        ("Outcome", row.outcome),
                    ]
                ),
            ),
            ("History", timeline(state.history)),
        ],
    )


def _changes() -> rx.Component:
    state: Any = ApprovalsState
    return data_table(
        label="What changes",
        columns=[
            Column("Setting", lambda row: row.name, phone="title"),
            Column("Before", lambda row: row.before),
            Column("After", lambda row: row.after),
        ],
        rows=state.proposal.changes,
        empty=empty_state(title="Nothing", body="The proposal names no change.", icon="equal"),
        test_id="proposal-changes",
    )

"""Reconciliation: what differs from the exchanges, with evidence and proposal."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.console.reconciliation.rows import ACTS, KINDS, STATUSES
from patriot_app.web.console.reconciliation.state import ReconciliationState
from patriot_app.web.kit import (
    Column,
    Filter,
    button,
    confirm_dialog,
    description_list,
    detail_drawer,
    empty_state,
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
from patriot_app.web.parts.keys import EXCHANGES
from patriot_app.web.shell import console_page
from patriot_app.web.theme import Intent

COLUMNS = [
    Column("What", lambda row: two_lines(row.title, row.parks), "kind", phone="title"),
    Column("Account", lambda row: two_lines(row.account, row.client), "account"),
    Column("Our books", lambda row: row.local),
    Column("The exchange", lambda row: row.reported),
    Column("Status", lambda row: status_badge(row.status, STATUSES), "status"),
    Column("Proposal", lambda row: row.proposal, phone="hide"),
    Column("Found", lambda row: time_cell(row.found), "found_at", align="end"),
]
_INTENTS: dict[str, Intent] = {
    "close": "danger",
    "absent": "danger",
    "ignore": "quiet",
}


@console_page(
    routes.RECONCILIATION,
    title="Reconciliation",
    on_load=ReconciliationState.load,
    topics="reconciliation accounts orders positions",
)
def reconciliation_page() -> rx.Component:
    """Return the page."""
    state: Any = ReconciliationState
    return layout(
        "stack",
        page_head(
            "Reconciliation",
            hint="Differences from the exchanges are proposals. Nothing is traded by itself to"
            " make the sides agree.",
        ),
        shown_if(
            state.waiting > 0,
            notice(
                f"Waiting for a decision: {state.waiting}. An account with an unexplained difference"
                " opens nothing; the others trade on.",
                tone="warning",
            ),
        ),
        _cold(),
        _table(),
        _drawer(),
        confirm_dialog(
            open=(state.ask.act != "") & (state.ask.act != "leave"),
            on_close=state.dismiss,
            title=state.ask.title,
            consequence=state.ask.consequence,
            confirm_label=state.ask.confirm_label,
            errors=state.errors,
            on_confirm=state.decide,
        ),
        confirm_dialog(
            open=state.ask.act == "leave",
            on_close=state.dismiss,
            title=state.ask.title,
            consequence=state.ask.consequence,
            confirm_label=state.ask.confirm_label,
            phrase=state.ask.phrase,
            errors=state.errors,
            on_confirm=state.leave,
        ),
    )


def _cold() -> rx.Component:
    state: Any = ReconciliationState
    return shown_if(
        state.cold != "",
        notice(state.cold, tone="danger"),
        layout(
            "cluster",
            button(
                "Leave cold mode",
                intent="danger",
                on_click=state.ask_leave,
                disabled_reason=state.blocked_cold,
            ),
        ),
    )


def _table() -> rx.Component:
    return listing(
        ReconciliationState,
        label="Differences",
        columns=COLUMNS,
        placeholder="Account, client or subject",
        filters=[
            Filter("status", "Any status", [(key, text) for key, (_, text) in STATUSES.items()]),
            Filter("kind", "Any kind", list(KINDS.items())),
            Filter("exchange", "Any exchange", list(EXCHANGES.items())),
        ],
        empty=empty_state(
            title="Our books agree with the exchanges",
            body="Positions are compared every minute, wallets after every reading of a ledger.",
            icon="circle-check",
        ),
        test_id="reconciliation-table",
    )


def _drawer() -> rx.Component:
    state: Any = ReconciliationState
    item: Any = ReconciliationState.item
    return detail_drawer(
        open=state.open_id != "",
        on_close=state.close_row,
        title=item.title,
        subtitle=f"{item.client} · {item.account} · {item.exchange}",
        status=status_badge(item.status, STATUSES),
        sections=[
            (
                "Evidence",
                layout(
                    "stack",
                    shown_if(item.parks != "", notice(item.parks, tone="warning")),
                    description_list(
                        [
                            ("Subject", item.what),
                            ("Our books", item.local),
                            ("The exchange", item.reported),
                            ("Cause", item.cause),
                            ("Evidence", item.evidence),
                            ("Found", time_cell(item.found)),
                            ("Last seen", time_cell(item.seen)),
                        ]
                    ),
                ),
            ),
            (
                "Decision",
                description_list(
                    [
                        ("Proposal", item.proposal),
                        ("Decided", item.decision),
                        ("Settled", time_cell(item.resolved)),
                    ]
                ),
            ),
            ("History", timeline(state.history)),
        ],
        actions=[
            _act(item.can_adopt, "adopt", "check"),
            _act(item.can_look, "look", "search"),
            _act(item.can_unpark, "unpark", "play"),
            _act(item.can_close, "close", "x"),
            _act(item.can_give_up, "absent", "trash-2"),
            _act(item.can_ignore, "ignore", "eye-off"),
            button("Account", icon="key-round", href=f"{routes.ACCOUNTS}?id={item.account_id}"),
        ],
    )


def _act(is_offered: Any, act: str, icon: str) -> rx.Component:
    state: Any = ReconciliationState
    return shown_if(
        is_offered,
        button(
            ACTS[act],
            icon=icon,
            intent=_INTENTS.get(act, "primary"),
            on_click=state.ask_decision(act),
            disabled_reason=state.blocked,
        ),
    )

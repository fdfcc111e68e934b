"""The kill switch: how far trading is halted, by whom, and what is still to be cleared up."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.console.kill_switch.rows import STATES
from patriot_app.web.console.kill_switch.state import KillSwitchState
from patriot_app.web.kit import (
    Column,
    Filter,
    amount_cell,
    button,
    card,
    confirm_dialog,
    data_table,
    empty_state,
    layout,
    listing,
    money_cell,
    notice,
    page_head,
    progress_bar,
    shown_if,
    status_badge,
    time_cell,
    two_lines,
)
from patriot_app.web.parts.halt_rows import LEVELS
from patriot_app.web.parts.halt_switch import halt_actions, halt_dialogs, halt_hint
from patriot_app.web.parts.keys import EXCHANGES
from patriot_app.web.shell import console_page

ACCOUNTS = [
    Column("Account", lambda row: two_lines(row.account, row.client), "account", phone="title"),
    Column("Exchange", lambda row: row.exchange, phone="hide"),
    Column("State", lambda row: status_badge(row.state, STATES), "state"),
    Column("Held", lambda row: money_cell(row.notional), "notional", align="end"),
    Column("Outcome", lambda row: row.outcome),
    Column("Tries", lambda row: amount_cell(row.tries), align="end", phone="hide"),
    Column("Finished", lambda row: time_cell(row.finished), "finished_at", align="end"),
]
LIFTED = [
    Column("Halt", lambda row: two_lines(row.subject, row.reason), phone="title"),
    Column("Level", lambda row: status_badge(row.level, LEVELS)),
    Column("Raised by", lambda row: row.raised_by),
    Column("Cleared up", lambda row: row.progress, phone="hide"),
    Column("Lifted", lambda row: amount_cell(row.ended), align="end"),
]


@console_page(
    routes.KILL_SWITCH,
    title="Kill switch",
    on_load=KillSwitchState.enter,
    refresh=KillSwitchState.load,
    topics="halts risk",
)
def kill_switch_page() -> rx.Component:
    """Return the page."""
    state: Any = KillSwitchState
    return layout(
        "stack",
        page_head("Kill switch", hint=halt_hint(state), actions=halt_actions(state)),
        shown_if(
            state.is_alone,
            notice(
                "Four-eyes is off: one person may lower a halt alone. The record marks it as solo.",
                tone="warning",
            ),
        ),
        _halts(),
        _accounts(),
        _lifted(),
        halt_dialogs(state),
        confirm_dialog(
            open=state.ask.act == "retry",
            on_close=state.dismiss,
            title=state.ask.title,
            consequence=state.ask.consequence,
            confirm_label=state.ask.confirm_label,
            errors=state.errors,
            on_confirm=state.retry,
        ),
    )


def _halts() -> rx.Component:
    state: Any = KillSwitchState
    columns = [
        Column("What", lambda row: two_lines(row.subject, row.scope), phone="title"),
        Column("Level", lambda row: status_badge(row.level, LEVELS)),
        Column("Cleared up", _progress),
        Column("Reason", lambda row: two_lines(row.reason, row.proposal)),
        Column("Raised", lambda row: two_lines(time_cell(row.at), row.raised_by), align="end"),
        Column("", _acts, align="end"),
    ]
    return card(
        data_table(
            label="Halts in force",
            columns=columns,
            rows=state.halts,
            empty=empty_state(
                title="Nothing is halted",
                body="A halt binds at its commit: no order that opens anything is sent after it.",
                icon="circle-play",
            ),
            test_id="halts",
        ),
        title="In force",
        hint="The strictest halt of an account counts",
        flush=True,
    )


def _progress(row: Any) -> rx.Component:
    return rx.cond(
        row.progress != "",
        layout("stack-small", row.progress, progress_bar(row.shares, label=row.progress)),
        "Touches no order",
    )


def _acts(row: Any) -> rx.Component:
    state: Any = KillSwitchState
    return layout(
        "cluster",
        shown_if(
            row.failed > 0,
            button(
                "Retry failed",
                icon="rotate-ccw",
                on_click=state.ask_retry(row.id),
                disabled_reason=state.blocked_retry,
            ),
        ),
        shown_if(row.level != "1", button("Lower", on_click=state.open_lower(row.id))),
        button(row.lift_label, on_click=state.ask_lift(row.id)),
    )


def _accounts() -> rx.Component:
    state: Any = KillSwitchState
    return shown_if(
        (state.total > 0) | state.filtered,
        listing(
            state,
            label="Accounts behind the halts in force",
            columns=ACCOUNTS,
            placeholder="Account, client or error",
            filters=[
                Filter("state", "Any state", [(key, text) for key, (_, text) in STATES.items()]),
                Filter("exchange", "Any exchange", list(EXCHANGES.items())),
            ],
            has_drawer=False,
            empty=empty_state(title="No account is cleared up"),
            test_id="clearing-table",
        ),
    )


def _lifted() -> rx.Component:
    state: Any = KillSwitchState
    return shown_if(
        state.lifted.length() > 0,
        card(
            data_table(label="Halts that were lifted", columns=LIFTED, rows=state.lifted),
            title="Lifted lately",
            flush=True,
        ),
    )

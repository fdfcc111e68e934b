"""System: daemons and shards, warm-up, jobs, backlog, the market clock, commands."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.console.system.read_models import read_models
from patriot_app.web.console.system.rows import COMMANDS, LIFE, RUNS, TRADING
from patriot_app.web.console.system.state import SystemState
from patriot_app.web.kit import (
    Column,
    Filter,
    amount_cell,
    button,
    card,
    data_table,
    empty_state,
    layout,
    listing,
    money_cell,
    page_head,
    progress_bar,
    stat_card,
    status_badge,
    time_cell,
    two_lines,
)
from patriot_app.web.shell import console_page

FILTERS = [
    Filter("status", "Any state", [(value, text) for value, (_, text) in COMMANDS.items()]),
]
DAEMON_COLUMNS = [
    Column("Process", lambda row: two_lines(row.id, row.role), phone="title"),
    Column("State", lambda row: status_badge(row.life, LIFE)),
    Column("Last beat", lambda row: amount_cell(row.beat), align="end"),
    Column("Up since", lambda row: time_cell(row.up), align="end"),
    Column("Shards", lambda row: amount_cell(row.shards), align="end"),
    Column("Leases", lambda row: row.lease),
    Column("Version", lambda row: row.version, phone="hide"),
]
REASON_COLUMNS = [
    Column("Reason", lambda row: row.text, phone="title"),
    Column("Since", lambda row: time_cell(row.since), align="end"),
    Column("Runbook", lambda row: row.runbook),
]
JOB_COLUMNS = [
    Column("Job", lambda row: two_lines(row.id, row.error), phone="title"),
    Column("Last run", lambda row: status_badge(row.state, RUNS)),
    Column("Took", lambda row: amount_cell(row.took), align="end"),
    Column("Failed, 24 h", lambda row: money_cell(row.failures), align="end"),
    Column("Started", lambda row: time_cell(row.at), align="end"),
]
WAITING_COLUMNS = [
    Column("Waiting for", lambda row: row.id, phone="title"),
    Column("Accounts", lambda row: amount_cell(row.accounts), align="end"),
]
COMMAND_COLUMNS = [
    Column("Command", lambda row: two_lines(row.title, row.detail), "type", phone="title"),
    Column("State", lambda row: status_badge(row.status, COMMANDS), "status"),
    Column("Answer", lambda row: row.answer),
    Column("By", lambda row: row.by, "issued_by"),
    Column("Took", lambda row: amount_cell(row.took), align="end"),
    Column("Asked", lambda row: time_cell(row.at), "created_at", align="end"),
]


@console_page(
    routes.SYSTEM,
    title="System",
    on_load=SystemState.load,
    topics="system heartbeats commands accounts",
)
def system_page() -> rx.Component:
    """Return the page."""
    state: Any = SystemState
    return layout(
        "stack",
        page_head(
            "System",
            hint="What must run for the desk to trade, and how far it is.",
            actions=[button("Delivery of messages", icon="send", href=routes.DELIVERY)],
        ),
        _condition(),
        _vitals(),
        layout("grid-wide", _daemons(), _warming()),
        _jobs(),
        read_models(state.read_models, loading=state.loading),
        _commands(),
    )


def _condition() -> rx.Component:
    state: Any = SystemState
    return card(
        data_table(
            label="What is amiss",
            columns=REASON_COLUMNS,
            rows=state.reasons,
            loading=state.loading,
            empty=empty_state(title="Nothing is in the way of trading", icon="circle-check"),
            test_id="reasons-table",
        ),
        title="Does the desk trade?",
        hint="What its traders say of themselves; the same as /statusz.",
        actions=[status_badge(state.trading, TRADING)],
        flush=True,
    )


def _vitals() -> rx.Component:
    state: Any = SystemState
    vitals = state.vitals
    figures = [
        ("Accounts ready", vitals.ready, vitals.ready_hint),
        ("Commands waiting", vitals.commands, vitals.commands_hint),
        ("Fan-outs at work", vitals.fan_outs, "parts of signals, one per shard"),
        ("Live orders", vitals.orders, "stops and targets included"),
        ("Unknown orders", vitals.unknown, "looked up, never sent again"),
        ("Market time", vitals.market, vitals.market_hint),
        ("Price age", vitals.prices, "newest mark price"),
        ("Candle lag", vitals.candles, "newest closed bar, market time"),
        ("Oldest figures", vitals.figures, "of a ready account"),
        ("Quietest stream", vitals.streams, "of a ready account"),
        ("Messages to send", vitals.notifications, "notifications"),
        ("Database", vitals.database, vitals.database_hint),
    ]
    return layout(
        "stats",
        *[
            stat_card(label=label, value=value, hint=hint, loading=state.loading)
            for label, value, hint in figures
        ],
    )


def _daemons() -> rx.Component:
    state: Any = SystemState
    return card(
        data_table(
            label="Daemons",
            columns=DAEMON_COLUMNS,
            rows=state.daemons,
            loading=state.loading,
            empty=empty_state(
                title="No daemon has ever reported",
                body="Nothing trades until one runs.",
                icon="unplug",
            ),
            test_id="daemons-table",
        ),
        title="Daemons",
        hint="One process owns each shard of accounts; its lease lasts eight seconds.",
        flush=True,
    )


def _warming() -> rx.Component:
    state: Any = SystemState
    return card(
        progress_bar(state.vitals.warming, label=state.vitals.warming_text),
        rx.el.p(state.vitals.warming_text),
        data_table(
            label="What accounts wait for",
            columns=WAITING_COLUMNS,
            rows=state.waiting,
            loading=state.loading,
            empty=empty_state(title="Every account may trade", icon="circle-check"),
            test_id="waiting-table",
        ),
        title="Warming up",
        hint="An account trades once its orders, fills and positions have been read.",
    )


def _jobs() -> rx.Component:
    state: Any = SystemState
    return card(
        data_table(
            label="Jobs",
            columns=JOB_COLUMNS,
            rows=state.jobs,
            loading=state.loading,
            empty=empty_state(title="No job has run yet"),
            test_id="jobs-table",
        ),
        title="Jobs",
        hint="Jobs of a few seconds leave a line only when they fail.",
        flush=True,
    )


def _commands() -> rx.Component:
    return listing(
        SystemState,
        label="Commands",
        columns=COMMAND_COLUMNS,
        placeholder="Command, person or id",
        filters=FILTERS,
        has_drawer=False,
        empty=empty_state(title="Nobody has asked the daemon for anything yet"),
        test_id="commands-table",
    )

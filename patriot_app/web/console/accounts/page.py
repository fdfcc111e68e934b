"""Accounts and keys: the list with its health, and one account in a drawer."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.console.accounts.address_dialogs import address_dialogs, move_button
from patriot_app.web.console.accounts.address_state import AddressState
from patriot_app.web.console.accounts.dialogs import account_dialogs
from patriot_app.web.console.accounts.readings import readings
from patriot_app.web.console.accounts.rows import MONEY, READINESS
from patriot_app.web.console.accounts.state import AccountsState
from patriot_app.web.kit import (
    Column,
    Filter,
    badge,
    button,
    data_table,
    description_list,
    detail_drawer,
    empty_state,
    equity_chart,
    layout,
    listing,
    money_cell,
    notice,
    page_head,
    shown_if,
    stat_card,
    status_badge,
    time_cell,
    timeline,
    two_lines,
)
from patriot_app.web.parts.key_panel import key_panel, key_times
from patriot_app.web.parts.keys import ACCOUNT_STATES, EXCHANGES, KEY_STATES, MODES
from patriot_app.web.shell import console_page

FILTERS = [
    Filter("exchange", "Any exchange", list(EXCHANGES.items())),
    Filter("mode", "Any mode", list(MODES.items())),
    Filter(
        "status",
        "Any status",
        [(one, ACCOUNT_STATES[one][1]) for one in ("active", "suspended", "disabled")],
    ),
    Filter("key", "Any key", [(value, text) for value, (_, text) in KEY_STATES.items()]),
    Filter("ready", "Ready or not", [("yes", "Ready"), ("no", "Not ready")]),
]
COLUMNS = [
    Column("Account", lambda row: two_lines(row.label, row.client), "label", phone="title"),
    Column("Exchange", lambda row: two_lines(row.exchange, row.mode), "exchange"),
    Column("Trades", lambda row: _readiness(row), "status"),
    Column("Key", lambda row: _key(row), "key"),
    Column("Equity", lambda row: money_cell(row.equity), "equity", align="end"),
    Column("Today", lambda row: money_cell(row.day), "day_profit", align="end"),
    Column("Money read", lambda row: _money(row), "observed_at", align="end"),
]
KEY_COLUMNS = [
    Column("Key", lambda row: rx.el.code(row.masked), phone="title"),
    Column("State", lambda row: status_badge(row.status, KEY_STATES)),
    Column("Connected", lambda row: time_cell(row.connected), align="end"),
]


@console_page(
    routes.ACCOUNTS,
    title="Accounts",
    on_load=AccountsState.load,
    dialogs=(AddressState,),
    topics="accounts equity positions commands",
)
def accounts_page() -> rx.Component:
    """Return the page."""
    state: Any = AccountsState
    return layout(
        "stack",
        page_head(
            "Accounts and keys",
            hint="A key that can move money out is refused before it is kept.",
            actions=[
                button(
                    "Connect account",
                    icon="plus",
                    intent="primary",
                    on_click=state.open_connect,
                    disabled_reason=state.blocked_keys,
                )
            ],
        ),
        listing(
            state,
            label="Accounts",
            columns=COLUMNS,
            placeholder="Account, client or id",
            filters=FILTERS,
            narrowed_to="the accounts of one client",
            empty=empty_state(
                title="No accounts yet",
                body="Connect a client's exchange key; it is sealed here and opened by the daemon"
                " alone.",
                icon="key-round",
            ),
            test_id="accounts-table",
        ),
        _drawer(),
        account_dialogs(),
        address_dialogs(),
    )


def _readiness(row: Any) -> rx.Component:
    return layout(
        "cluster",
        status_badge(row.readiness, READINESS),
        rx.cond(row.unprotected != "", badge("No stop", tone="danger", title=row.unprotected)),
    )


def _key(row: Any) -> rx.Component:
    return layout(
        "cluster",
        status_badge(row.key, KEY_STATES),
        rx.cond(row.expiry != "", badge(row.expiry, tone=row.expiry_tone)),
    )


def _money(row: Any) -> rx.Component:
    return rx.cond(
        row.money == "never",
        status_badge(row.money, MONEY),
        rx.cond(
            row.money == "stale",
            layout("cluster", status_badge(row.money, MONEY), time_cell(row.observed)),
            time_cell(row.observed),
        ),
    )


def _drawer() -> rx.Component:
    state: Any = AccountsState
    account: Any = AccountsState.account
    return detail_drawer(
        open=state.open_id != "",
        on_close=state.close_row,
        title=account.label,
        subtitle=f"{account.client} · {account.exchange} · {account.mode}",
        status=status_badge(account.readiness, READINESS),
        sections=[
            ("Key", _key_section()),
            ("Money", _money_section()),
            ("Facts", _facts()),
            ("Readings", readings()),
            ("History", timeline(state.history)),
        ],
        actions=[
            rx.cond(
                account.status == "active",
                button(
                    "Suspend",
                    icon="pause",
                    on_click=state.ask_act("suspend"),
                    disabled_reason=state.blocked_pause,
                ),
                button(
                    "Activate",
                    icon="play",
                    intent="primary",
                    on_click=state.ask_act("activate"),
                    disabled_reason=state.blocked_resume,
                ),
            ),
            shown_if(
                account.status != "disabled",
                button(
                    "Disable",
                    intent="quiet",
                    on_click=state.ask_act("disable"),
                    disabled_reason=state.blocked,
                ),
            ),
            move_button(),
            _unlink(),
            button("Positions", icon="scale", href=f"{routes.POSITIONS}?account_id={account.id}"),
        ],
    )


def _unlink() -> rx.Component:
    state: Any = AccountsState
    return shown_if(
        state.account.status != "disabled",
        button("Unlink", intent="quiet", on_click=state.ask_unlink, disabled_reason=state.blocked),
    )


def _key_section() -> rx.Component:
    state: Any = AccountsState
    key: Any = AccountsState.key
    has_key = (
        (key.status == "verified")
        | (key.status == "quarantined")
        | (key.status == "submitted")
        | (key.status == "waiting")
    )
    return layout(
        "stack-small",
        key_panel(key, check_failed=state.check_failed),
        shown_if(key.id != "", description_list([*key_times(key), ("Consent", key.consent)])),
        layout(
            "cluster",
            rx.cond(
                has_key,
                button(
                    "Check again",
                    icon="rotate-cw",
                    on_click=state.check_again,
                    disabled_reason=state.blocked_keys,
                ),
            ),
            button(
                rx.cond(key.id != "", "Replace key", "Connect key"),
                icon="key-round",
                on_click=state.open_replace,
                disabled_reason=state.blocked_keys,
            ),
            rx.cond(
                has_key,
                button(
                    "Revoke",
                    intent="danger",
                    on_click=state.ask_revoke,
                    disabled_reason=state.blocked_revoke,
                ),
            ),
        ),
        shown_if(
            state.earlier.length() > 0,
            data_table(label="Other keys of the account", columns=KEY_COLUMNS, rows=state.earlier),
        ),
    )


def _money_section() -> rx.Component:
    account: Any = AccountsState.account
    return layout(
        "stack",
        shown_if(account.why != "", notice(account.why, tone="warning")),
        shown_if(account.sync_error != "", notice(account.sync_error, tone="danger")),
        shown_if(account.unprotected != "", notice(account.unprotected, tone="danger")),
        layout(
            "stats",
            stat_card(label="Equity", value=account.equity),
            stat_card(label="Today", value=account.day),
            stat_card(label="Open profit", value=account.unrealised),
            stat_card(label="Drawdown", value=account.drawdown),
        ),
        equity_chart(AccountsState.chart, label="Equity of the account"),
    )


def _facts() -> rx.Component:
    account: Any = AccountsState.account
    facts: Any = AccountsState.facts
    return description_list(
        [
            ("Available", money_cell(account.available)),
            ("Initial margin", money_cell(account.margin)),
            ("Maintenance margin", money_cell(facts.maintenance)),
            ("Peak equity", money_cell(facts.peak)),
            ("Deposits less withdrawals", money_cell(facts.flows)),
            ("Money read", time_cell(account.observed)),
            ("Stream heard", time_cell(account.stream)),
            ("Ledger read until", facts.ledger),
            ("Tie-out", facts.tie_out),
            ("Exchange account", facts.uid),
            ("Leaves from", facts.address),
            ("Shard", facts.shard),
            ("Opened", time_cell(facts.opened)),
            ("Account id", rx.el.code(account.id), account.id),
        ]
    )

"""Clients: the book of customers, and one customer in a drawer."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.console.clients.dialogs import client_dialogs
from patriot_app.web.console.clients.notes import note_dialog, notes_section
from patriot_app.web.console.clients.person import history_section, person_section
from patriot_app.web.console.clients.rows import MANDATE_STATUSES, PROFILES, STATUSES
from patriot_app.web.console.clients.state import ClientsState
from patriot_app.web.kit import (
    Column,
    Filter,
    amount_cell,
    button,
    card,
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
    two_lines,
)
from patriot_app.web.parts.keys import ACCOUNT_STATES, KEY_STATES
from patriot_app.web.shell import console_page

FILTERS = [
    Filter("status", "Any status", [(value, text) for value, (_, text) in STATUSES.items()]),
    Filter("risk_profile", "Any risk profile", list(PROFILES.items())),
    Filter(
        "entered_within",
        "Entered any time",
        [(one, f"Last {one} days") for one in ["7", "30", "90"]],
    ),
]
COLUMNS = [
    Column("Client", lambda row: two_lines(row.name, row.email), "name", phone="title"),
    Column("Status", lambda row: status_badge(row.status, STATUSES), "status"),
    Column("Money", lambda row: row.kind, phone="hide"),
    Column("Accounts", lambda row: amount_cell(row.accounts), "accounts", align="end"),
    Column("Mandates", lambda row: amount_cell(row.mandates), align="end", phone="hide"),
    Column("Equity", lambda row: money_cell(row.equity), "equity", align="end"),
    Column("Open profit", lambda row: money_cell(row.unrealised), "unrealised_pnl", align="end"),
    Column("Today", lambda row: money_cell(row.day), "day_profit", align="end"),
    Column("Drawdown", lambda row: money_cell(row.drawdown), "drawdown", align="end"),
]
ACCOUNT_COLUMNS = [
    Column("Account", lambda row: two_lines(row.label, row.exchange), phone="title"),
    Column("State", lambda row: status_badge(row.status, ACCOUNT_STATES)),
    Column("Key", lambda row: status_badge(row.key, KEY_STATES)),
    Column("Equity", lambda row: money_cell(row.equity), align="end"),
]


@console_page(
    routes.CLIENTS,
    title="Clients",
    on_load=ClientsState.load,
    topics="clients accounts equity fees",
)
def clients_page() -> rx.Component:
    """Return the page."""
    state: Any = ClientsState
    return layout(
        "stack",
        page_head(
            "Clients",
            hint="Whose money it is. Nobody trades before somebody approved him.",
            actions=[
                button("Many at once", icon="list-checks", href=f"{routes.BULK}?kind=clients"),
                button(
                    "Invite a client",
                    icon="mail-plus",
                    intent="primary",
                    href=routes.INVITE,
                    is_plain=True,
                ),
                button(
                    "New client",
                    icon="plus",
                    on_click=state.open_form("client"),
                    disabled_reason=state.blocked,
                ),
            ],
        ),
        listing(
            state,
            label="Clients",
            columns=COLUMNS,
            placeholder="Name, e-mail or id",
            filters=FILTERS,
            empty=empty_state(
                title="No clients yet",
                body="Enter the first one, approve him, then connect his exchange account.",
                icon="users",
            ),
            test_id="clients-table",
        ),
        _drawer(),
        client_dialogs(),
        note_dialog(state),
    )


def _drawer() -> rx.Component:
    state: Any = ClientsState
    client: Any = ClientsState.client
    return detail_drawer(
        open=state.open_id != "",
        on_close=state.close_row,
        title=client.name,
        subtitle=client.email,
        status=status_badge(client.status, STATUSES),
        sections=[
            ("Money", _money()),
            ("Accounts", _accounts()),
            ("Mandates", _mandates()),
            ("Person", person_section()),
            ("Notes", notes_section(state)),
            ("History", history_section()),
        ],
        actions=[
            _act("Approve", "approve", "pending_verification", icon="check", is_primary=True),
            _act("Refuse", "refuse", "pending_verification", icon="x"),
            _act("Suspend", "suspend", "active", icon="pause"),
            _act("Reactivate", "reactivate", "suspended", icon="play"),
            shown_if(
                (client.status == "active") | (client.status == "suspended"),
                button(
                    "Link to a password",
                    intent="quiet",
                    href=f"{routes.STAFF_PASSWORD_LINK}?person={client.id}",
                ),
                button(
                    "Off-board",
                    intent="quiet",
                    href=f"{routes.OFF_BOARDING}?client_id={client.id}",
                ),
            ),
        ],
    )


def _act(label: str, act: str, status: str, *, icon: str, is_primary: bool = False) -> rx.Component:
    state: Any = ClientsState
    return shown_if(
        state.client.status == status,
        button(
            label,
            icon=icon,
            intent="primary" if is_primary else "neutral",
            on_click=state.ask_act(act),
            disabled_reason=state.blocked,
        ),
    )


def _money() -> rx.Component:
    client: Any = ClientsState.client
    return layout(
        "stack",
        layout(
            "stats",
            stat_card(label="Equity", value=client.equity, hint="all accounts"),
            stat_card(label="Today", value=client.day, hint="since 00:00 UTC"),
            stat_card(label="Open profit", value=client.unrealised),
            stat_card(label="Drawdown", value=client.drawdown, hint="from the peak"),
        ),
        equity_chart(ClientsState.chart, label="Equity of the client"),
    )


def _accounts() -> rx.Component:
    state: Any = ClientsState
    return layout(
        "stack-small",
        data_table(
            label="Accounts of the client",
            columns=ACCOUNT_COLUMNS,
            rows=state.accounts,
            empty=empty_state(title="No accounts yet", body="Connect one under Accounts."),
        ),
        layout(
            "cluster",
            button(
                "Open in Accounts",
                icon="key-round",
                href=f"{routes.ACCOUNTS}?client_id={state.client.id}",
            ),
            button(
                "Positions",
                icon="scale",
                href=f"{routes.POSITIONS}?client_id={state.client.id}",
            ),
            button(
                "Trading by month",
                icon="calendar-days",
                href=f"{routes.TRADING}?client_id={state.client.id}",
            ),
        ),
    )


def _mandates() -> rx.Component:
    state: Any = ClientsState
    return layout(
        "stack-small",
        rx.cond(
            state.mandates.length() > 0,
            rx.foreach(state.mandates, _mandate),
            notice("No mandate: this client is charged no fee.", tone="info"),
        ),
        layout(
            "cluster",
            button(
                "Sign a mandate",
                icon="signature",
                on_click=state.open_mandate_form,
                disabled_reason=state.blocked_terms,
            ),
            button("Fees", icon="receipt-text", href=f"{routes.FEES}?client_id={state.client.id}"),
        ),
    )


def _mandate(item: Any) -> rx.Component:
    return card(
        description_list(
            [
                ("Accounts", item.accounts),
                ("Newest terms", item.terms),
                ("Market time", item.span),
            ]
        ),
        layout(
            "cluster",
            button("Terms and fee", icon="receipt-text", href=f"{routes.FEES}?id={item.id}"),
        ),
        title=item.name,
        actions=[status_badge(item.status, MANDATE_STATUSES)],
    )

"""Ledger: does each account's day tie, and what must a person decide."""

from typing import Any

import reflex as rx

from patriot_app.core.domain.ledger import LedgerClass
from patriot_app.web import routes
from patriot_app.web.console.ledger.rows import STATES
from patriot_app.web.console.ledger.state import LedgerState
from patriot_app.web.kit import (
    Column,
    Field,
    Filter,
    amount_cell,
    button,
    card,
    confirm_dialog,
    data_table,
    empty_state,
    form_dialog,
    layout,
    listing,
    money_cell,
    page_head,
    shown_if,
    status_badge,
    two_lines,
)
from patriot_app.web.parts.keys import EXCHANGES
from patriot_app.web.parts.terms import REASON
from patriot_app.web.shell import console_page

FILTERS = [
    Filter("state", "Any state", [(key, text) for key, (_, text) in STATES.items()]),
    Filter("exchange", "Both exchanges", list(EXCHANGES.items())),
]
DAYS = [
    Column("Account", lambda row: two_lines(row.account, row.client), "account", phone="title"),
    Column("Day", lambda row: amount_cell(row.day), "day"),
    Column("State", lambda row: status_badge(row.state, STATES)),
    Column("Rows", lambda row: amount_cell(row.rows), align="end", phone="hide"),
    Column("Sum of rows", lambda row: money_cell(row.total), align="end"),
    Column("Wallet", lambda row: money_cell(row.wallet), align="end", phone="hide"),
    Column("Difference", lambda row: amount_cell(row.difference), "difference", align="end"),
    Column("Compared", lambda row: amount_cell(row.compared), align="end", phone="hide"),
]
CLASSES = [
    (LedgerClass.PERFORMANCE.value, "Result of trading: counts for the fee"),
    (LedgerClass.EXTERNAL_FLOW.value, "Deposit or withdrawal: never counts"),
    (LedgerClass.NEUTRAL.value, "Credit, such as a bonus: never counts"),
]


@console_page(
    routes.LEDGER,
    title="Ledger",
    on_load=LedgerState.load,
    topics="ledger fees",
)
def ledger_page() -> rx.Component:
    """Return the page."""
    state: Any = LedgerState
    return layout(
        "stack",
        page_head(
            "Ledger",
            hint="Each account's money rows of a day must explain the change of its wallet, within"
            " 0.01 and a millionth of the turnover. Days are UTC, market time.",
            actions=[button("Export CSV", icon="download", on_click=state.export)],
        ),
        shown_if(state.types.length() > 0, _types(state)),
        shown_if(state.troubles.length() > 0, _troubles(state)),
        listing(
            state,
            label="Days",
            columns=DAYS,
            placeholder="Account or client",
            filters=FILTERS,
            has_drawer=False,
            empty=empty_state(
                title="No day was compared yet",
                body="Wallets are compared with their rows every quarter of an hour; a day is"
                " settled once it is over.",
                icon="scale",
            ),
            test_id="ledger-table",
        ),
        *_dialogs(state),
    )


def _types(state: Any) -> rx.Component:
    return card(
        data_table(
            label="Types that nobody classified",
            columns=[
                Column("Type", lambda row: two_lines(row.row_type, row.exchange), phone="title"),
                Column("Rows", lambda row: amount_cell(row.rows), align="end"),
                Column("Sum", lambda row: money_cell(row.amount), align="end"),
                Column("Since", lambda row: amount_cell(row.since), align="end"),
                Column(
                    "What it means",
                    lambda row: button(
                        "Classify",
                        on_click=state.open_type(row.id),
                        disabled_reason=state.blocked,
                    ),
                    align="end",
                ),
            ],
            rows=state.types,
            test_id="unknown-types",
        ),
        title="Types that nobody classified",
        hint="They hold the months of their accounts until somebody says what they mean.",
    )


def _troubles(state: Any) -> rx.Component:
    return card(
        data_table(
            label="Ledgers with trouble",
            columns=[
                Column("Account", lambda row: two_lines(row.account, row.client), phone="title"),
                Column("What", lambda row: two_lines(row.what, row.note)),
                Column(
                    "Decide",
                    lambda row: rx.cond(
                        row.has_gap,
                        button(
                            "Accept gap",
                            on_click=state.ask_gap(row.id),
                            disabled_reason=state.blocked,
                        ),
                        button("Key health", href=f"{routes.KEY_HEALTH}?id={row.id}"),
                    ),
                    align="end",
                ),
            ],
            rows=state.troubles,
        ),
        title="Ledgers with trouble",
    )


def _dialogs(state: Any) -> list[rx.Component]:
    return [
        form_dialog(
            open=state.form == "type",
            on_close=state.dismiss,
            title=f"What does {state.chosen.row_type} mean?",
            hint=f"{state.chosen.rows} of {state.chosen.exchange}, and all that come. It cannot be"
            " changed later.",
            fields=[Field("classification", "Meaning", "select", options=CLASSES), REASON],
            on_submit=state.classify,
            errors=state.errors,
            submit_label="Classify",
        ),
        confirm_dialog(
            open=state.ask.act == "gap",
            on_close=state.dismiss,
            title=state.ask.title,
            consequence=state.ask.consequence,
            confirm_label=state.ask.confirm_label,
            phrase=state.ask.phrase,
            errors=state.errors,
            on_confirm=state.accept_gap,
        ),
    ]

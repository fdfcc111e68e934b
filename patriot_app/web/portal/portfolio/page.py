"""The portal's first page: what a client owns and how it went."""

from typing import Any

import reflex as rx

from patriot_app.core.queries.portfolio import Span
from patriot_app.web import routes
from patriot_app.web.kit import (
    Column,
    button,
    card,
    data_table,
    empty_state,
    equity_chart,
    layout,
    money_cell,
    notice,
    page_head,
    shown_if,
    stat_card,
    status_badge,
    tabs,
    two_lines,
)
from patriot_app.web.kit.types import Text
from patriot_app.web.parts.fees import KINDS
from patriot_app.web.parts.sides import SIDES
from patriot_app.web.portal.portfolio.rows import STATES, STEPS
from patriot_app.web.portal.portfolio.state import PortfolioState
from patriot_app.web.shell import portal_page

SPANS: list[tuple[str, Text]] = [
    (Span.DAY.value, "Day"),
    (Span.WEEK.value, "Week"),
    (Span.MONTH.value, "Month"),
    (Span.YEAR.value, "Year"),
]
ACCOUNTS = [
    Column("Account", lambda row: two_lines(row.label, row.exchange), phone="title"),
    Column("State", lambda row: status_badge(row.state, STATES)),
    Column("Today", lambda row: money_cell(row.day), align="end"),
    Column("Equity", lambda row: money_cell(row.equity), align="end"),
]
HOLDINGS = [
    Column("Contract", lambda row: two_lines(row.symbol, row.account), phone="title"),
    Column("Side", lambda row: status_badge(row.side, SIDES)),
    Column("Size", lambda row: money_cell(row.notional), align="end"),
    Column("Open profit", lambda row: money_cell(row.profit), align="end"),
]


@portal_page(
    routes.PORTFOLIO,
    title="Portfolio",
    on_load=PortfolioState.load,
    topics="equity positions accounts clients strategies fees ledger",
)
def portfolio_page() -> rx.Component:
    """Return the page."""
    state: Any = PortfolioState
    return layout(
        "stack",
        page_head("Your portfolio", hint="All your accounts together, as they stand now."),
        shown_if(state.error != "", notice(state.error, tone="danger")),
        shown_if(state.steps.length() > 0, _first_steps()),
        _figures(),
        card(
            tabs(SPANS, value=state.span, on_change=state.choose_span),
            equity_chart(
                state.chart,
                label="Your equity",
                empty="Your curve begins with the first reading of your accounts.",
            ),
            title="Equity",
            hint="Market time, UTC",
            actions=[_legend()],
        ),
        layout("grid", _accounts(), _positions()),
        _fees(),
    )


def _first_steps() -> rx.Component:
    columns = [
        Column("Step", lambda row: two_lines(row.title, row.words), phone="title"),
        Column("State", lambda row: status_badge(row.state, STEPS), align="end"),
    ]
    return card(
        data_table(label="Your first steps", columns=columns, rows=PortfolioState.steps),
        title="Your first steps",
        hint="From your registration to the first trade",
        actions=[button("Keys", icon="key-round", intent="quiet", href=routes.MY_KEYS)],
        flush=True,
    )


def _figures() -> rx.Component:
    state: Any = PortfolioState
    figures: Any = PortfolioState.summary
    return layout(
        "stats",
        stat_card(
            label="Equity", value=figures.equity, hint=figures.accounts, loading=state.loading
        ),
        stat_card(label="Today", value=figures.day, hint="since 00:00 UTC", loading=state.loading),
        stat_card(label="This month", value=figures.month, hint="booked", loading=state.loading),
        stat_card(
            label="Profit", value=figures.profit, hint="booked in all", loading=state.loading
        ),
        stat_card(
            label="Open profit",
            value=figures.open_profit,
            hint="not booked yet",
            loading=state.loading,
        ),
        stat_card(
            label="Drawdown",
            value=figures.drawdown,
            hint="below your peak",
            loading=state.loading,
        ),
    )


def _legend() -> rx.Component:
    return layout("cluster", rx.el.small("Shaded: below the peak so far"))


def _accounts() -> rx.Component:
    return card(
        data_table(
            label="Your accounts",
            columns=ACCOUNTS,
            rows=PortfolioState.accounts,
            loading=PortfolioState.loading,
            empty=empty_state(
                title="No account is connected",
                body="Connect your exchange account; your money stays there.",
                action=button("Connect", intent="primary", href=routes.MY_KEYS),
                icon="wallet",
            ),
            test_id="own-accounts",
        ),
        title="Your accounts",
        actions=[button("Keys", icon="key-round", intent="quiet", href=routes.MY_KEYS)],
        flush=True,
    )


def _positions() -> rx.Component:
    state: Any = PortfolioState
    return card(
        data_table(
            label="Your largest positions",
            columns=HOLDINGS,
            rows=state.holdings,
            loading=state.loading,
            empty=empty_state(title="Nothing is open", body="You hold no position now."),
        ),
        title="Largest positions",
        actions=[
            button(
                rx.cond(state.open_positions > 0, f"All {state.open_positions}", "Trades"),
                icon="scale",
                intent="quiet",
                href=routes.MY_POSITIONS,
            )
        ],
        flush=True,
    )


def _fees() -> rx.Component:
    columns = [
        Column("Mandate", lambda row: two_lines(row.name, row.period), phone="title"),
        Column("Kind", lambda row: status_badge(row.kind, KINDS)),
        Column("Net profit", lambda row: money_cell(row.net_profit), align="end"),
        Column("Above the mark", lambda row: money_cell(row.base), align="end"),
        Column("Rate", lambda row: money_cell(row.rate), align="end"),
        Column("Fee so far", lambda row: money_cell(row.fee), align="end"),
    ]
    return card(
        data_table(
            label="Fee so far",
            columns=columns,
            rows=PortfolioState.fees,
            loading=PortfolioState.loading,
            empty=empty_state(title="No fee", body="You have no mandate that charges one."),
            test_id="own-fees",
        ),
        title="Fee so far",
        hint="An estimate if the month ended now; never a bill",
        actions=[
            button("How it is made", icon="chart-line", intent="quiet", href=routes.MY_PERFORMANCE)
        ],
        flush=True,
    )

"""Positions: exposure per symbol, every position with its stop, its plan and what to do with it."""

from typing import Any

import reflex as rx

from patriot_app.core.domain.accounts import Exchange
from patriot_app.web import routes
from patriot_app.web.console.positions.dialogs import position_dialogs
from patriot_app.web.console.positions.plans import PLANS
from patriot_app.web.console.positions.rows import COVER
from patriot_app.web.console.positions.state import PositionsState
from patriot_app.web.kit import (
    Column,
    Filter,
    amount_cell,
    badge,
    button,
    card,
    data_table,
    description_list,
    detail_drawer,
    empty_state,
    layout,
    listing,
    money_cell,
    page_head,
    shown_if,
    status_badge,
    time_cell,
    timeline,
    two_lines,
)
from patriot_app.web.parts.sides import SIDES
from patriot_app.web.shell import console_page

FILTERS = [
    Filter("side", "Long and short", [("long", "Long"), ("short", "Short")]),
    Filter("unprotected", "Any stop", [("yes", "Without a stop"), ("no", "Stop as wanted")]),
    Filter(
        "exchange", "Any exchange", [(item.value, item.value.capitalize()) for item in Exchange]
    ),
]
COLUMNS = [
    Column("Client", lambda row: two_lines(row.client, row.account), "client", phone="title"),
    Column("Symbol", lambda row: two_lines(row.symbol, row.deployment), "symbol"),
    Column("Side", lambda row: status_badge(row.side, SIDES), "quantity"),
    Column("Held", lambda row: _held(row), "notional", align="end"),
    Column("Mark, entry", lambda row: _mark(row), align="end"),
    Column("Unrealised", lambda row: _result_cell(row), "unrealised_pnl", align="end"),
    Column("Stop", lambda row: _cover(row), "unprotected_since", align="end"),
    Column("To liquidation", lambda row: _distance(row), "liquidation_distance", "end"),
]
EXPOSURE_COLUMNS = [
    Column("Symbol", lambda row: two_lines(row.id, row.accounts), phone="title"),
    Column("Long", lambda row: money_cell(row.long), align="end"),
    Column("Short", lambda row: money_cell(row.short), align="end"),
    Column("Net", lambda row: money_cell(row.net), align="end"),
    Column("Unrealised", lambda row: money_cell(row.profit), align="end"),
    Column("Without a stop", lambda row: badge(row.unprotected, tone=row.tone), align="end"),
]


@console_page(
    routes.POSITIONS, title="Positions", on_load=PositionsState.load, topics="positions equity"
)
def positions_page() -> rx.Component:
    """Return the page."""
    state: Any = PositionsState
    return layout(
        "stack",
        page_head(
            "Positions",
            hint="Quantities follow from fills alone; prices are the exchanges' mark prices.",
            actions=[button("Export CSV", icon="download", on_click=state.export)],
        ),
        _exposure(),
        listing(
            state,
            label="Positions",
            columns=COLUMNS,
            placeholder="Client, account or symbol",
            filters=FILTERS,
            narrowed_to="the positions of what you came from",
            empty=empty_state(
                title="Nothing is open",
                body="Positions appear with the first fill of a deployment.",
                action=button("Signals", href=routes.SIGNALS),
            ),
            test_id="positions-table",
        ),
        _drawer(),
        position_dialogs(),
    )


def _exposure() -> rx.Component:
    state: Any = PositionsState
    return shown_if(
        state.exposure.length() > 0,
        card(
            data_table(
                label="Exposure per symbol",
                columns=EXPOSURE_COLUMNS,
                rows=state.exposure,
                on_row_click=state.show_symbol,
                open_id=state.filters["symbol"],
                test_id="exposure-table",
            ),
            title="Exposure",
            hint="Over all accounts. Choose a symbol to see its positions.",
            flush=True,
        ),
    )


def _distance(row: Any) -> rx.Component:
    return two_lines(money_cell(row.distance), row.distance_note)


def _mark(row: Any) -> rx.Component:
    below = rx.cond(row.warning != "", badge(row.warning, tone="warning"), amount_cell(row.entry))
    return two_lines(amount_cell(row.mark), below)


def _held(row: Any) -> rx.Component:
    return two_lines(amount_cell(row.quantity), money_cell(row.notional))


def _result_cell(row: Any) -> rx.Component:
    return two_lines(money_cell(row.profit), money_cell(row.change))


def _cover(row: Any) -> rx.Component:
    below = rx.cond(row.cover == "missing", time_cell(row.unprotected), amount_cell(row.stop))
    return two_lines(status_badge(row.cover, COVER), below)


def _drawer() -> rx.Component:
    state: Any = PositionsState
    position = state.position
    return detail_drawer(
        open=state.open_id != "",
        on_close=state.close_row,
        title=f"{position.symbol} · {position.client}",
        subtitle=position.account,
        status=status_badge(position.side, SIDES),
        sections=[
            ("Result", _result()),
            ("Protection", _protection()),
            ("Exit plan", _plan()),
            ("History", timeline(state.history)),
        ],
        actions=[
            button("Move stop and target", icon="move-vertical", on_click=state.open_levels),
            button("Close position", intent="danger", icon="x", on_click=state.ask_close),
            button(
                "Flatten account", intent="danger", icon="octagon-x", on_click=state.ask_flatten
            ),
            button(
                "Its orders",
                icon="list-ordered",
                on_click=rx.redirect(routes.ORDERS + "?account_id=" + position.account_id),
            ),
        ],
    )


def _result() -> rx.Component:
    position: Any = PositionsState.position
    return description_list(
        [
            ("Quantity", position.quantity),
            ("At the exchange", position.exchange_quantity),
            ("Notional", money_cell(position.notional)),
            ("Entry price", position.entry),
            (
                "Mark price",
                layout(
                    "cluster",
                    position.mark,
                    time_cell(position.priced),
                    shown_if(position.warning != "", badge(position.warning, tone="warning")),
                ),
            ),
            (
                "Unrealised",
                layout("cluster", money_cell(position.profit), money_cell(position.change)),
            ),
            ("Realised", money_cell(position.realised)),
            ("Commission", money_cell(position.commission)),
            ("Leverage", position.leverage),
            ("Deployment", position.deployment),
            ("Opened, market time", position.opened.exact),
        ]
    )


def _protection() -> rx.Component:
    position: Any = PositionsState.position
    return description_list(
        [
            ("Stop", _cover(position)),
            ("Target", position.target),
            ("Liquidation price", position.liquidation),
            ("Distance to it", money_cell(position.distance)),
        ]
    )


def _plan() -> rx.Component:
    plan: Any = PositionsState.position.plan
    return description_list(
        [
            ("Plan", status_badge(plan.state, PLANS)),
            (
                "Trailing stop",
                layout("cluster", plan.trailing, _since(plan.trailing_since)),
            ),
            ("Best price seen", plan.best),
            ("Part closed early", plan.partial),
            (
                "Stop to the entry",
                layout("cluster", plan.break_even, _since(plan.break_even_at)),
            ),
        ]
    )


def _since(moment: Any) -> rx.Component:
    return shown_if(moment.iso != "", time_cell(moment))

"""What a client holds, and every trade made for him."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.kit import (
    Column,
    Filter,
    amount_cell,
    card,
    data_table,
    empty_state,
    filter_bar,
    layout,
    money_cell,
    page_head,
    pagination,
    status_badge,
    two_lines,
)
from patriot_app.web.parts.sides import SIDES
from patriot_app.web.portal.positions.rows import GUARDS, TRADED
from patriot_app.web.portal.positions.state import MyPositionsState
from patriot_app.web.shell import portal_page

POSITIONS = [
    Column("Contract", lambda row: two_lines(row.symbol, row.account), phone="title"),
    Column("Side", lambda row: status_badge(row.side, SIDES)),
    Column("Quantity", lambda row: amount_cell(row.quantity), align="end"),
    Column("Entry", lambda row: amount_cell(row.entry), align="end"),
    Column("Price now", lambda row: amount_cell(row.mark), align="end"),
    Column("Size", lambda row: money_cell(row.notional), align="end"),
    Column("Open profit", lambda row: money_cell(row.profit), align="end"),
    Column("Stop", lambda row: amount_cell(row.stop), align="end"),
    Column("Guard", lambda row: status_badge(row.guard, GUARDS)),
]
TRADES = [
    Column("Contract", lambda row: two_lines(row.symbol, row.account), "symbol", phone="title"),
    Column("Side", lambda row: status_badge(row.side, TRADED)),
    Column("What", lambda row: row.what),
    Column("Quantity", lambda row: amount_cell(row.quantity), "quantity", align="end"),
    Column("Price", lambda row: amount_cell(row.price), "price", align="end"),
    Column("Profit", lambda row: money_cell(row.profit), "realised_pnl", align="end"),
    Column("Commission", lambda row: amount_cell(row.commission), align="end", phone="hide"),
    Column("Market time", lambda row: amount_cell(row.traded), "traded_at", align="end"),
]


@portal_page(
    routes.MY_POSITIONS,
    title="Positions",
    on_load=MyPositionsState.load,
    topics="positions equity orders",
)
def my_positions_page() -> rx.Component:
    """Return the page."""
    state: Any = MyPositionsState
    return layout(
        "stack",
        page_head("Positions and trades", hint="What is open now, and every trade made for you."),
        card(
            data_table(
                label="Your open positions",
                columns=POSITIONS,
                rows=state.positions,
                loading=state.loading,
                empty=empty_state(title="Nothing is open", body="You hold no position now."),
                test_id="own-positions",
            ),
            title="Open positions",
            flush=True,
        ),
        filter_bar(
            search=state.search,
            on_search=state.search_for,
            placeholder="Contract",
            filters=[Filter("side", "Buys and sells", [("BUY", "Buys"), ("SELL", "Sells")])],
            values=state.filters,
            on_filter=state.set_filter,
            on_reset=state.reset_filters,
        ),
        data_table(
            label="Your trades",
            columns=TRADES,
            rows=state.rows,
            sort=state.sort,
            on_sort=state.sort_by,
            loading=state.loading,
            error=state.error,
            on_retry=state.load,
            filtered=state.filtered,
            on_reset=state.reset_filters,
            empty=empty_state(title="No trades yet", body="They appear as soon as one is made."),
            test_id="own-trades",
        ),
        pagination(page=state.page, pages=state.pages, total=state.total, on_change=state.go_to),
    )

"""Trading: what was traded month by month for a client or on an account."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.console.trading.state import TradingState
from patriot_app.web.kit import (
    button,
    empty_state,
    layout,
    listing,
    notice,
    page_head,
    shown_if,
)
from patriot_app.web.parts.trading_months import COLUMNS, HINT
from patriot_app.web.shell import console_page


@console_page(routes.TRADING, title="Trading", on_load=TradingState.load)
def trading_page() -> rx.Component:
    """Return the page."""
    state: Any = TradingState
    return layout(
        "stack",
        page_head(
            "Trading by month",
            hint=HINT,
            actions=[
                button("Clients", href=routes.CLIENTS),
                button("Export CSV", icon="download", on_click=state.export),
            ],
        ),
        shown_if(
            ~state.has_choice,
            notice("Nobody is chosen: open this page from the drawer of a client."),
        ),
        listing(
            state,
            label="Months",
            columns=COLUMNS,
            placeholder="Account, or a month such as 2026-05",
            has_drawer=False,
            empty=empty_state(
                title="Nothing was traded",
                body="A month appears with its first fill or its first booking.",
                icon="calendar",
            ),
            test_id="months-table",
        ),
    )

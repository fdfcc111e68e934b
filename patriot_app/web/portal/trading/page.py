"""A client's own trading, month by month."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.kit import button, empty_state, layout, listing, page_head
from patriot_app.web.parts.trading_months import COLUMNS, HINT
from patriot_app.web.portal.trading.state import MyTradingState
from patriot_app.web.shell import portal_page


@portal_page(routes.MY_TRADING, title="Trading", on_load=MyTradingState.load)
def my_trading_page() -> rx.Component:
    """Return the page."""
    state: Any = MyTradingState
    return layout(
        "stack",
        page_head(
            "Trading by month",
            hint=HINT,
            actions=[button("Export CSV", icon="download", on_click=state.export)],
        ),
        listing(
            state,
            label="Months",
            columns=COLUMNS,
            placeholder="Account, or a month such as 2026-05",
            has_drawer=False,
            empty=empty_state(
                title="Nothing was traded yet",
                body="A month appears with its first trade.",
                icon="calendar",
            ),
            test_id="months-table",
        ),
    )

"""A client's shares: what each strategy gets of his account, and how he changes it."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.kit import (
    button,
    card,
    empty_state,
    layout,
    notice,
    page_head,
    shown_if,
)
from patriot_app.web.parts.allocation_editor import account_choice, allocation_editor
from patriot_app.web.portal.allocation.state import MyAllocationState
from patriot_app.web.shell import portal_page


@portal_page(
    routes.MY_ALLOCATION,
    title="Shares",
    on_load=MyAllocationState.load,
    topics="strategies accounts",
)
def my_allocation_page() -> rx.Component:
    """Return the page."""
    state: Any = MyAllocationState
    return layout(
        "stack",
        page_head(
            "Shares of your strategies",
            hint="What each strategy may use of your account. A change holds from the next"
            " rebalancing on; positions that are open stay until their strategy closes them.",
        ),
        shown_if(state.error != "", notice(state.error, tone="danger")),
        shown_if(state.choices.length() > 1, card(account_choice(state))),
        rx.cond(
            state.choices.length() > 0,
            allocation_editor(state),
            shown_if(
                ~state.loading,
                empty_state(
                    title="No strategy trades for you yet",
                    body="As soon as the desk has put your account under a strategy, you divide it"
                    " here.",
                    action=button("Portfolio", href=routes.PORTFOLIO),
                    icon="chart-pie",
                ),
            ),
        ),
    )

"""How a fee so far comes about, line by line; the console and the portal show it."""

from typing import Any

import reflex as rx

from patriot_app.web.kit import description_list, layout, money_cell, notice, shown_if


def fee_bridge(fee: Any) -> rx.Component:
    """Show the measure, the mark, the base, the rate and the fee.

    Args:
        fee: var of a `FeeRow`.
    """
    return layout(
        "stack-small",
        shown_if(
            fee.kind == "proforma",
            notice("Pro forma: not every account is live, so nothing is ever charged."),
        ),
        rx.foreach(fee.warnings, lambda text: notice(text, tone="warning")),
        description_list(
            [
                ("Booked since the start", money_cell(fee.performance)),
                ("Open profit", money_cell(fee.open_profit)),
                ("Counted of it", rx.fragment(money_cell(fee.counted), " ", fee.measure)),
                ("Net profit M", money_cell(fee.net_profit)),
                ("High-water mark H", money_cell(fee.mark)),
                ("Base: M above H", money_cell(fee.base)),
                ("Rate", money_cell(fee.rate)),
                ("Fee so far", money_cell(fee.fee)),
                ("Deposits less withdrawals", rx.fragment(money_cell(fee.flows), " not counted")),
            ]
        ),
    )

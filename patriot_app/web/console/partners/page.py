"""Partners: shares of fees for those who referred clients."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.console.partners.state import PartnersState
from patriot_app.web.kit import (
    Column,
    Field,
    amount_cell,
    button,
    description_list,
    detail_drawer,
    empty_state,
    form_dialog,
    layout,
    listing,
    money_cell,
    page_head,
    two_lines,
)
from patriot_app.web.shell import console_page

COLUMNS = [
    Column("Partner", lambda row: row.partner, "partner", phone="title"),
    Column("Client", lambda row: two_lines(row.client, row.mandate), "client"),
    Column("Months", lambda row: amount_cell(row.months), "first_month"),
    Column("Share of the fee", lambda row: money_cell(row.rate), "rate", align="end"),
    Column("Credited", lambda row: money_cell(row.credited), "credited", align="end"),
]


@console_page(
    routes.PARTNERS,
    title="Partners",
    on_load=PartnersState.load,
    topics="billing fees",
)
def partners_page() -> rx.Component:
    """Return the page."""
    state: Any = PartnersState
    return layout(
        "stack",
        page_head(
            "Partners",
            hint="A partner is credited with his part of each payment when it comes in, and gives"
            " it back with a credit note. The client pays the same.",
            actions=[
                button("Export CSV", icon="download", on_click=state.export),
                button(
                    "Agree on a share",
                    icon="handshake",
                    on_click=state.open_agreement,
                    disabled_reason=state.blocked,
                ),
            ],
        ),
        listing(
            state,
            label="Shares",
            columns=COLUMNS,
            placeholder="Partner, client or mandate",
            empty=empty_state(
                title="Nobody shares in fees",
                body="Agree on a share for a partner who brought a client.",
                icon="handshake",
            ),
            test_id="partners-table",
        ),
        _drawer(state),
        _dialogs(state),
    )


def _drawer(state: Any) -> rx.Component:
    share: Any = PartnersState.share
    return detail_drawer(
        open=state.open_id != "",
        on_close=state.close_row,
        title=share.partner,
        subtitle=f"{share.client} · {share.mandate}",
        sections=[
            (
                "Share",
                description_list(
                    [
                        ("Of the fee", money_cell(share.rate)),
                        ("Months", share.months),
                        ("Credited", money_cell(share.credited)),
                    ]
                ),
            )
        ],
        actions=[
            button(
                "End",
                icon="calendar-x",
                on_click=state.open_end,
                disabled_reason=state.blocked,
            )
        ],
    )


def _dialogs(state: Any) -> rx.Component:
    return rx.fragment(
        form_dialog(
            open=state.form == "agree",
            on_close=state.dismiss,
            title="Agree on a share",
            hint="Of months that are not final yet. All shares of a mandate together are at most"
            " 100 % of its fee.",
            fields=[
                Field("partner", "Partner", required=True, hint="A new name makes him known."),
                Field("mandate_id", "Mandate", "select", required=True, options=state.mandates),
                Field("rate", "Share of the fee", "number", required=True, unit="%"),
                Field("first_month", "First month", required=True, hint="Such as 2026-05."),
                Field("last_month", "Last month", hint="Empty: until it is ended."),
            ],
            on_submit=state.agree,
            errors=state.errors,
            submit_label="Agree",
        ),
        form_dialog(
            open=state.form == "end",
            on_close=state.dismiss,
            title=f"End the share of {state.share.partner}",
            hint="What was credited stays.",
            fields=[Field("last_month", "Last month", required=True, hint="Such as 2026-12.")],
            on_submit=state.end,
            errors=state.errors,
            submit_label="End it",
        ),
    )

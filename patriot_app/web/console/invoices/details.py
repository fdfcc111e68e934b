"""Where the desk's invoicing details are seen and changed."""

from typing import Any

import reflex as rx

from patriot_app.web.console.invoices.details_state import InvoicingDetailsState
from patriot_app.web.kit import Field, button, form_dialog, notice, shown_if


def details_button() -> rx.Component:
    """Return what opens the form."""
    state: Any = InvoicingDetailsState
    return button(
        "Invoicing details",
        icon="settings-2",
        on_click=state.edit,
        disabled_reason=state.blocked,
    )


def details_notice() -> rx.Component:
    """Ask for the details while there are none."""
    state: Any = InvoicingDetailsState
    return shown_if(
        ~state.has_issuer,
        notice(
            "Invoices name no sender yet and nothing is sent by itself: set the invoicing details"
            " before you finalise a month.",
            tone="warning",
        ),
    )


def details_dialog() -> rx.Component:
    """Return the form."""
    state: Any = InvoicingDetailsState
    return form_dialog(
        open=state.form == "details",
        on_close=state.dismiss,
        title="Invoicing details",
        hint="Invoices that were issued keep the details they were issued with.",
        fields=[*_printed(state), *_done_by_itself(state)],
        on_submit=state.save,
        errors=state.errors,
        submit_label="Save",
    )


def _printed(state: Any) -> list[Field]:
    return [
        Field("issuer_name", "Name on invoices", required=True, value=state.issuer_name),
        Field("issuer_address", "Address", "textarea", value=state.issuer_address),
        Field("tax_id", "Tax id", value=state.tax_id),
        Field(
            "payment_instructions",
            "How to pay",
            "textarea",
            hint="Bank account or address, as it is printed on the invoice.",
            value=state.payment_instructions,
        ),
    ]


def _done_by_itself(state: Any) -> list[Field]:
    return [
        Field(
            "payment_term_days",
            "Payable within",
            "number",
            required=True,
            unit="days",
            value=state.payment_term_days,
        ),
        Field(
            "is_sent_at_once",
            "Send at finalisation",
            "select",
            options=[("yes", "Yes, by e-mail"), ("no", "No, by hand")],
            value=state.is_sent_at_once,
        ),
        Field(
            "reminder_days",
            "Remind after",
            unit="days",
            hint="Days after it was due, such as 3, 10, 20; empty: never.",
            value=state.reminder_days,
        ),
        Field(
            "suspend_after_days",
            "Suspend accounts after",
            "number",
            unit="days",
            hint="Days after it was due; then they open nothing more. Empty: never.",
            value=state.suspend_after_days,
        ),
    ]

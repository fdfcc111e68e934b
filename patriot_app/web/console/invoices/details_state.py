"""The desk's invoicing details: who bills, on which terms, what is done by itself."""

from typing import Any, Literal

import pydantic
import reflex as rx

from patriot_app.core.domain.invoice_documents import Issuer
from patriot_app.core.domain.invoicing import InvoicingTerms
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.errors import Invalid
from patriot_app.core.queries import invoicing as queries
from patriot_app.core.services import invoicing
from patriot_app.web.actions import DialogMixin, perform
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.parts.permitted import lacking


class DetailsForm(pydantic.BaseModel):
    """Who bills, and how."""

    issuer_name: str = pydantic.Field(max_length=200)
    issuer_address: str = pydantic.Field(default="", max_length=2_000)
    tax_id: str = pydantic.Field(default="", max_length=200)
    payment_instructions: str = pydantic.Field(default="", max_length=2_000)
    payment_term_days: int
    is_sent_at_once: Literal["yes", "no"]
    reminder_days: str = pydantic.Field(default="", max_length=100)
    suspend_after_days: str = pydantic.Field(default="", max_length=10)


class InvoicingDetailsState(DialogMixin, rx.State):
    """The details as text, for their form."""

    issuer_name: str = ""
    issuer_address: str = ""
    tax_id: str = ""
    payment_instructions: str = ""
    payment_term_days: str = ""
    is_sent_at_once: str = "yes"
    reminder_days: str = ""
    suspend_after_days: str = ""
    has_issuer: bool = True
    blocked: str = ""

    @rx.event
    @requires(Permission.FEES_READ)
    async def load(self) -> None:
        """Show the details as they stand."""
        self.blocked = lacking(Permission.FEES_INVOICING)
        self._show(await queries.terms(current_actor()))

    @rx.event
    @requires(Permission.FEES_INVOICING)
    async def edit(self) -> None:
        """Let the details be changed; the first time the usual ones are proposed."""
        self._show(await queries.terms(current_actor()))
        if not self.has_issuer:
            self.is_sent_at_once, self.reminder_days = "yes", "3, 10, 20"
        self._open_form("details")

    @rx.event
    @requires(Permission.FEES_INVOICING, DetailsForm)
    async def save(self, form: DetailsForm) -> Any:
        """Let invoices from now on carry these details."""
        if self.form != "details":
            return None
        outcome = await perform(_set_terms, form, done="Invoicing details saved")
        if outcome.ok:
            await self.load()
        return self._settle(outcome)

    def _show(self, terms: InvoicingTerms) -> None:
        issuer = terms.issuer
        self.issuer_name, self.issuer_address = issuer.name, issuer.address
        self.tax_id, self.payment_instructions = issuer.tax_id, issuer.payment_instructions
        self.payment_term_days = str(terms.payment_term_days)
        self.is_sent_at_once = "yes" if terms.is_sent_at_once else "no"
        self.reminder_days = ", ".join(str(days) for days in terms.reminder_days)
        self.suspend_after_days = str(terms.suspend_after_days or "")
        self.has_issuer = issuer.name != ""


async def _set_terms(uow: Any, form: DetailsForm) -> None:
    await invoicing.set_terms(
        uow,
        InvoicingTerms(
            issuer=Issuer(
                form.issuer_name, form.issuer_address, form.tax_id, form.payment_instructions
            ),
            payment_term_days=form.payment_term_days,
            is_sent_at_once=form.is_sent_at_once == "yes",
            reminder_days=_days(form.reminder_days),
            suspend_after_days=_whole("suspend_after_days", form.suspend_after_days),
        ),
    )


def _days(text: str) -> tuple[int, ...]:
    parts = [part for part in text.replace(",", " ").split() if part]
    return tuple(_whole("reminder_days", part) or 0 for part in parts)


def _whole(field: str, text: str) -> int | None:
    """Return a whole number; None for nothing.

    Raises:
        Invalid: it is something else.
    """
    shown = text.strip()
    if not shown:
        return None
    if not shown.isascii() or not shown.isdigit():
        raise Invalid({field: "Type whole numbers of days"})
    return int(shown)

"""Months and invoices of the desk, and a client's statements."""

import re

from playwright.async_api import Locator, expect

from tests.e2e.pages.frame import REASON, Frame


class MonthsPage(Frame):
    """Closing months."""

    route, title = "/fees/months", "Months"

    def month_of(self, client: str) -> Locator:
        """Return the row of a client's month."""
        return self.page.get_by_test_id("months-table").get_by_role("row").filter(has_text=client)

    async def close_now(self) -> None:
        """Have what is over computed."""
        await self.page.get_by_role("button", name="Close now").click()
        await self.confirm("Close months now?", "Close now")

    async def open_month(self, client: str) -> Locator:
        """Open the drawer of a client's month."""
        await self.month_of(client).get_by_text(client).click()
        return self.dialog(client_and_month(client))

    async def value_positions(self, drawer: Locator, *, worth: str, evidence: str) -> None:
        """Say what was open at the end of the month in the drawer."""
        await drawer.get_by_role("button", name="Value positions").click()
        form = self.dialog(re.compile(r"at the end\?$"))
        await form.get_by_label("Open profit at the end").fill(worth)
        await form.get_by_label("Evidence").fill(evidence)
        await form.get_by_label("Reason").fill(REASON)
        await form.get_by_role("button", name="Value positions").click()
        await expect(form).to_have_count(0)

    async def finalise(self, drawer: Locator) -> None:
        """Make the month in the drawer final."""
        await drawer.get_by_role("button", name="Finalise").click()
        await self.confirm("Finalise 1 month?", "Finalise", phrase="finalise")


class InvoicesPage(Frame):
    """What is owed."""

    route, title = "/fees/invoices", "Invoices"

    async def open_invoice(self, client: str) -> Locator:
        """Open the drawer of a client's invoice."""
        row = self.page.get_by_test_id("invoices-table").get_by_role("row").filter(has_text=client)
        await row.get_by_text(client).click()
        return self.dialog(re.compile(r"^Invoice "))

    async def send(self, drawer: Locator) -> None:
        """Mail the invoice in the drawer to its client."""
        await drawer.get_by_role("button", name="Send", exact=True).click()
        await expect(drawer.get_by_role("button", name="Send again")).to_be_visible()

    async def record_payment(self, drawer: Locator, amount: str, *, reference: str) -> None:
        """Enter money that came in."""
        await drawer.get_by_role("button", name="Record payment").click()
        form = self.dialog(re.compile(r"^Payment of invoice"))
        await form.get_by_label("Amount").fill(amount)
        await form.get_by_label("Reference").fill(reference)
        await form.get_by_role("button", name="Record payment").click()
        await expect(form).to_have_count(0)

    async def give_credit(self, drawer: Locator, amount: str) -> None:
        """Take an amount back."""
        await drawer.get_by_role("button", name="Credit note").click()
        form = self.dialog(re.compile(r"^Credit note for invoice"))
        await form.get_by_label("Amount").fill(amount)
        await form.get_by_label("Reason").fill(REASON)
        await form.get_by_role("button", name="Issue credit note").click()
        await expect(form).to_have_count(0)


class OwnStatementsPage(Frame):
    """A client's months."""

    route, title = "/portfolio/statements", "Statements"


def client_and_month(client: str) -> re.Pattern[str]:
    """Return what the drawer of a client's month is called."""
    return re.compile(rf"^{re.escape(client)} · ")

"""Compliance reports."""

from datetime import date

from playwright.async_api import Locator, expect

from tests.e2e.pages.frame import Frame


class CompliancePage(Frame):
    """Reports that are asked for, read and saved."""

    route, title = "/compliance", "Compliance"

    def row(self, period: str) -> Locator:
        """Return the line of a report."""
        rows = self.page.get_by_test_id("compliance-table").get_by_role("row")
        return rows.filter(has_text=period)

    async def make(self, *, first: date, last: date) -> Locator:
        """Fill in the form of a report and send it; return the form."""
        await self.page.get_by_role("button", name="Make a report").click()
        form = self.dialog("Make a report")
        await form.get_by_label("First day").fill(first.isoformat())
        await form.get_by_label("Last day").fill(last.isoformat())
        await form.get_by_role("button", name="Make it").click()
        return form

    async def open_report(self, period: str) -> Locator:
        """Open a report's drawer."""
        await self.row(period).click()
        drawer = self.page.get_by_role("dialog")
        await expect(drawer.get_by_text("What needs an eye")).to_be_visible()
        return drawer

"""The inbox of differences."""

from playwright.async_api import Locator, expect

from tests.e2e.pages.frame import REASON, Frame


class ReconciliationPage(Frame):
    """What differs, and what is decided of it."""

    route, title = "/reconciliation", "Reconciliation"

    @property
    def table(self) -> Locator:
        """Return the list."""
        return self.page.get_by_test_id("reconciliation-table")

    async def open_item(self, text: str) -> Locator:
        """Open an item and return its drawer."""
        await self.table.get_by_role("row").filter(has_text=text).first.click()
        drawer = self.page.get_by_role("dialog").filter(has_text="Evidence")
        await expect(drawer).to_be_visible()
        return drawer

    async def decide(self, drawer: Locator, act: str) -> None:
        """Decide of the open item."""
        await drawer.get_by_role("button", name=act, exact=True).click()
        asked = self.page.get_by_role("dialog").filter(
            has=self.page.get_by_label("Reason", exact=True)
        )
        await asked.get_by_label("Reason").fill(REASON)
        await asked.get_by_role("button", name=act, exact=True).click()
        await expect(asked).to_have_count(0)

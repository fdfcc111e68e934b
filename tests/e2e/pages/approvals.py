"""What waits for a second person."""

from playwright.async_api import Locator, expect

from tests.e2e.pages.frame import REASON, Frame


class ApprovalsPage(Frame):
    """Proposals and their decisions."""

    route, title = "/approvals", "Approvals"

    async def open_newest(self) -> Locator:
        """Open the newest proposal's drawer."""
        table = self.page.get_by_test_id("proposals-table")
        await table.locator("tbody tr[data-row]").first.click()
        drawer = self.page.get_by_role("dialog")
        await expect(drawer.get_by_text("What changes").first).to_be_visible()
        return drawer

    async def decide(self, drawer: Locator, verb: str) -> None:
        """Approve, reject or withdraw the open proposal."""
        await drawer.get_by_role("button", name=verb, exact=True).click()
        asked = self.page.get_by_role("dialog").filter(has=self.page.get_by_label("Reason"))
        await asked.get_by_label("Reason").fill(REASON)
        await asked.get_by_role("button", name=verb).click()
        await expect(asked).to_have_count(0)

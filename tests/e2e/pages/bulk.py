"""One act on many."""

from playwright.async_api import Locator, expect

from tests.e2e.pages.frame import REASON, Frame


class BulkPage(Frame):
    """Who is met and who is skipped, then a result per row."""

    route, title = "/clients/bulk", "Many clients at once"

    def row(self, name: str) -> Locator:
        """Return the line of one client."""
        return self.page.get_by_test_id("bulk-rows").get_by_role("row").filter(has_text=name)

    async def expect_rows(self, results: dict[str, str]) -> None:
        """Wait until each line says what became, or will become, of it."""
        for name, result in results.items():
            await expect(self.row(name)).to_contain_text(result)

    async def run(self, button: str) -> None:
        """Press a button and confirm what it would do."""
        await self.page.get_by_role("main").get_by_role("button", name=button, exact=True).click()
        asked = self.page.get_by_role("dialog")
        await asked.get_by_label("Reason").fill(REASON)
        await asked.get_by_role("button", name="Do it to").click()
        await expect(asked).to_have_count(0)

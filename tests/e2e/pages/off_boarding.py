"""The wizard of a client's way out."""

from playwright.async_api import Locator, expect

from tests.e2e.pages.frame import FOLLOWED_MS, REASON, Frame


class OffBoardingPage(Frame):
    """Step after step, each confirmed."""

    route, title = "/clients/off-boarding", "Off-board"

    def step(self, title: str) -> Locator:
        """Return a step's line."""
        return (
            self.page.get_by_test_id("off-boarding-steps")
            .get_by_role("row")
            .filter(has=self.page.get_by_text(title, exact=True))
        )

    async def take(self, title: str, *, phrase: str = "") -> None:
        """Take a step and wait until it is done."""
        await self.page.get_by_role("main").get_by_role("button", name=title, exact=True).click()
        asked = self.dialog(f"{title}?")
        if phrase:
            await expect(asked).to_contain_text(phrase)
            await asked.get_by_label("Type the phrase shown above").fill(phrase)
        await asked.get_by_label("Reason").fill(REASON)
        await asked.get_by_role("button", name=title, exact=True).click()
        await expect(self.step(title).get_by_text("Done", exact=True)).to_be_visible(
            timeout=FOLLOWED_MS
        )

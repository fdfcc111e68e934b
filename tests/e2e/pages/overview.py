"""The overview with its halt switch."""

from playwright.async_api import Locator, expect

from tests.e2e.pages.frame import REASON, Frame


class OverviewPage(Frame):
    """One page that says whether the desk is well."""

    route, title = "/", "Overview"

    def figure(self, label: str) -> Locator:
        """Return the card of a figure."""
        return self.page.locator("main .stat").filter(has_text=label).first

    async def review_halt(self, target: str) -> Locator:
        """Choose what to halt and return the question that follows."""
        await self.page.get_by_role("button", name="Halt trading").click()
        form = self.dialog("Halt trading")
        await form.get_by_label("What", exact=True).select_option(label=target)
        await form.get_by_role("button", name="Review").click()
        asked = self.page.get_by_role("dialog").filter(has_text="To confirm, type")
        await expect(asked).to_be_visible()
        return asked

    async def answer(self, asked: Locator, act: str, *, phrase: str) -> None:
        """Type the phrase and a reason, and send."""
        await asked.get_by_label("Type the phrase shown above").fill(phrase)
        await asked.get_by_label("Reason").fill(REASON)
        await asked.get_by_role("button", name=act, exact=True).click()

"""The kill switch."""

from playwright.async_api import Locator, expect

from tests.e2e.pages.frame import REASON, Frame


class KillSwitchPage(Frame):
    """Halts in force, the accounts behind them, and what was lifted."""

    route, title = "/kill-switch", "Kill switch"

    @property
    def halts(self) -> Locator:
        """Return the halts in force."""
        return self.page.get_by_test_id("halts")

    @property
    def accounts(self) -> Locator:
        """Return the accounts that are cleared up."""
        return self.page.get_by_test_id("clearing-table")

    async def halt_account(self, label: str, *, how_far: str, act: str, phrase: str) -> None:
        """Halt one account."""
        await self.page.get_by_role("button", name="Halt trading").click()
        form = self.dialog("Halt trading")
        await form.get_by_label("What", exact=True).select_option("account:")
        await form.get_by_label("Which client or account").fill(label)
        await form.get_by_label("How far").select_option(how_far)
        await form.get_by_role("button", name="Review").click()
        asked = self.page.get_by_role("dialog").filter(has_text="To confirm, type")
        await expect(asked).to_be_visible()
        await asked.get_by_label("Type the phrase shown above").fill(phrase)
        await asked.get_by_label("Reason").fill(REASON)
        await asked.get_by_role("button", name=act, exact=True).click()
        await expect(asked).to_have_count(0)

    async def lower(self, to_level: str) -> None:
        """Lower the first halt of the list."""
        await self.halts.get_by_role("button", name="Lower").first.click()
        form = self.dialog("Lower the halt")
        await form.get_by_label("To", exact=True).select_option(to_level)
        await form.get_by_label("Reason").fill(REASON)
        await form.get_by_role("button", name="Lower", exact=True).click()
        await expect(form).to_have_count(0)

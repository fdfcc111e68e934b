"""The risk page."""

from playwright.async_api import expect

from tests.e2e.pages.frame import REASON, Frame


class RiskPage(Frame):
    """Limits and halts."""

    route, title = "/risk", "Risk"

    async def set_desk_limit(self, name: str, value: str) -> None:
        """Set a limit of the whole desk."""
        await self.page.get_by_role("button", name="Set limit").first.click()
        form = self.dialog("Set a limit")
        await form.get_by_role("tab", name="Desk").click()
        await form.get_by_label("Limit", exact=True).select_option(name)
        await form.get_by_label("Value").fill(value)
        await form.get_by_label("Reason").fill(REASON)
        await form.get_by_role("button", name="Try on the last day").click()
        await expect(form.get_by_role("status")).to_contain_text("Nothing is set yet")
        await form.get_by_role("button", name="Set limit").click()
        await expect(form).to_have_count(0)

    async def clear_first_limit(self) -> None:
        """Take the first limit of the list away."""
        table = self.page.get_by_test_id("limits-table")
        await table.get_by_role("button", name="Clear").first.click()
        await self.dialog_confirm("Clear limit")

    async def dialog_confirm(self, act: str) -> None:
        """Answer the question that is open."""
        asked = self.page.get_by_role("dialog").filter(
            has=self.page.get_by_role("button", name=act, exact=True)
        )
        await asked.get_by_label("Reason").fill(REASON)
        await asked.get_by_role("button", name=act, exact=True).click()
        await expect(asked).to_have_count(0)

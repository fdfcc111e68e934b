"""The risk page."""

import re

from playwright.async_api import Locator, expect

from tests.e2e.pages.frame import REASON, Frame

MEASURED_MS = 180_000
"""Accounts are measured, and overrides ended, every 30 s; the machine may be slow."""


class RiskPage(Frame):
    """Limits and halts."""

    route, title = "/risk", "Risk"

    async def set_desk_limit(self, name: str, value: str) -> None:
        """Set a limit of the whole desk."""
        await self.page.get_by_role("button", name="Set limit").first.click()
        form = self.dialog("Set a limit")
        await form.get_by_role("tab", name="Desk").click()
        await self._set(form, name, value)

    async def open_account(self, label: str) -> Locator:
        """Open the drawer of an account by its line of the exposure; return it."""
        exposure = self.page.get_by_test_id("exposure-map")
        await exposure.get_by_role("button", name=re.compile(f"{label}$")).click()
        drawer = self.dialog(label)
        await expect(drawer).to_be_visible()
        return drawer

    async def override(self, drawer: Locator, name: str, value: str, *, hours: str) -> None:
        """Let a value stand in for the limit of the account in the drawer for some hours."""
        await drawer.get_by_role("button", name="Set limit").click()
        form = self.dialog("Set a limit")
        await form.get_by_label("Override for").fill(hours)
        await self._set(form, name, value)

    async def acknowledge(self, limit: str, label: str) -> None:
        """Say that the breach of an account was seen, among those of a middle severity."""
        await self.page.get_by_label("Any severity").select_option("medium")
        row = self.page.get_by_test_id("breaches-table").locator("tbody tr")
        row = row.filter(has_text=limit).filter(has_text=label).first
        await row.get_by_role("button", name="Acknowledge").click(timeout=MEASURED_MS)
        asked = self.dialog(re.compile(f"^Acknowledge: {limit}"))
        await asked.get_by_label("Reason").fill(REASON)
        await asked.get_by_role("button", name="Acknowledge", exact=True).click()
        await expect(asked).to_have_count(0)
        await expect(row).to_contain_text("Acknowledged")

    async def run_own_shock(self, fall: str) -> Locator:
        """Ask what a fall of the market would do beside the other shocks; return the form."""
        form = self.dialog("Own shocks")
        if not await form.count():
            await self.page.get_by_role("button", name="Own shocks", exact=True).click()
        await form.get_by_label("Prices fall by").fill(fall)
        await form.get_by_role("button", name="Run").click()
        return form

    async def _set(self, form: Locator, name: str, value: str) -> None:
        """Try the limit, then set it."""
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

"""The accounts page."""

from playwright.async_api import Locator, expect

from tests.e2e.desk import PaperKey
from tests.e2e.pages.frame import FOLLOWED_MS, Frame

VERIFIED = "Verified: it may trade and cannot move money."
REFUSED = "Refused and destroyed. It was never used."
EXCHANGES = {"binance": "Binance USDT-M", "bybit": "Bybit v5 linear"}


class AccountsPage(Frame):
    """Accounts and their keys."""

    route, title = "/accounts", "Accounts and keys"

    async def connect(self, client: str, key: PaperKey, *, label: str) -> Locator:
        """Connect a paper account and return its drawer, which opens by itself."""
        await self.page.get_by_role("button", name="Connect account").click()
        form = self.dialog("Connect an account")
        choice = form.locator("option").filter(has_text=client)
        await form.get_by_label("Client", exact=True).select_option(
            await choice.first.get_attribute("value")
        )
        await form.get_by_label("Name of the account").fill(label)
        await form.get_by_label("Exchange").select_option(label=EXCHANGES[key.exchange])
        await form.get_by_label("Mode").select_option(label="Paper")
        await form.get_by_label("API key").fill(key.api_key)
        await form.get_by_label("API secret").fill(key.api_secret)
        await form.get_by_role("button", name="Connect and verify").click()
        drawer = self.dialog(label)
        await expect(drawer).to_be_visible()
        return drawer

    async def expect_verified(self, drawer: Locator) -> None:
        """Wait until the daemon has admitted the key; the page says so by itself."""
        await expect(drawer.get_by_text(VERIFIED)).to_be_visible(timeout=FOLLOWED_MS)

    async def expect_refused(self, drawer: Locator, because: str) -> None:
        """Wait until the daemon has refused the key; the page says why by itself."""
        await expect(drawer.get_by_text(REFUSED)).to_be_visible(timeout=FOLLOWED_MS)
        await expect(drawer.get_by_text(because).first).to_be_visible()

    async def expect_ready(self, label: str) -> None:
        """Wait until the account may trade."""
        row = self.page.get_by_test_id("accounts-table").get_by_role("row").filter(has_text=label)
        await expect(row.get_by_text("Ready", exact=True)).to_be_visible(timeout=FOLLOWED_MS)

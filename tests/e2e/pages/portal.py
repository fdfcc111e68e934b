"""The portal: what a client sees of his own."""

from playwright.async_api import Locator, expect

from tests.e2e.desk import PaperKey
from tests.e2e.pages.accounts import EXCHANGES, VERIFIED
from tests.e2e.pages.frame import FOLLOWED_MS, Frame


class PortfolioPage(Frame):
    """His money."""

    route, title = "/portfolio", "Your portfolio"

    def figure(self, label: str) -> Locator:
        """Return the card of a figure."""
        return self.page.locator("main .stat").filter(has_text=label).first

    async def expect_step(self, title: str, state: str) -> None:
        """Wait until one of the first steps stands so; the page says it by itself."""
        steps = self.page.get_by_role("table", name="Your first steps")
        step = steps.get_by_role("row").filter(has_text=title)
        await expect(step.get_by_text(state, exact=True)).to_be_visible(timeout=FOLLOWED_MS)


class OwnPositionsPage(Frame):
    """What he holds and what was traded for him."""

    route, title = "/portfolio/positions", "Positions and trades"


class OwnKeysPage(Frame):
    """His keys."""

    route, title = "/portfolio/keys", "Your keys"

    async def connect(self, key: PaperKey, *, label: str) -> None:
        """Connect a paper account."""
        await self.page.get_by_role("button", name="Connect account").click()
        form = self.dialog("Connect an account")
        await form.get_by_label("Name of the account").fill(label)
        await form.get_by_label("Exchange").select_option(label=EXCHANGES[key.exchange])
        await form.get_by_label("Mode").select_option(label="Paper")
        await form.get_by_label("API key").fill(key.api_key)
        await form.get_by_label("API secret").fill(key.api_secret)
        await form.get_by_role("button", name="Connect and verify").click()

    async def expect_verified(self) -> None:
        """Wait until the daemon has admitted a key; the page says so by itself."""
        await expect(self.page.get_by_text(VERIFIED)).to_be_visible(timeout=FOLLOWED_MS)

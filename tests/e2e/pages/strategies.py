"""The strategies page."""

import re
from collections.abc import Sequence

from playwright.async_api import Locator, expect

from tests.e2e.pages.frame import Frame


class StrategiesPage(Frame):
    """The catalogue put to use."""

    route, title = "/strategies", "Strategies"

    async def fill_new(self, kind: str, name: str, **settings: str) -> Locator:
        """Open the form of a new strategy, fill it in and send it; return the form.

        Args:
            settings: by the label of the setting, spaces as underscores.
        """
        await self.page.get_by_role("button", name="New strategy").click()
        form = self.dialog("New strategy")
        tab = form.get_by_role("tab", name=kind)
        await tab.click()
        await expect(tab).to_have_attribute("aria-selected", "true")
        await form.get_by_label("Name", exact=True).fill(name)
        await self.change(form, **settings)
        await self.send(form)
        return form

    async def change(self, form: Locator, **settings: str) -> None:
        """Change settings in an open form."""
        for label, value in settings.items():
            await form.get_by_label(label.replace("_", " "), exact=True).fill(value)

    async def send(self, form: Locator) -> None:
        """Send the form of a new strategy."""
        await form.get_by_role("button", name="Create strategy").click()

    async def deploy(
        self, strategy: str, name: str, *, symbols: Sequence[str], accounts: Sequence[str]
    ) -> None:
        """Deploy a strategy to accounts and start it at once."""
        row = self.page.get_by_test_id("strategies-table").get_by_role("row")
        await row.filter(has_text=strategy).get_by_role("button", name="Deploy").click()
        form = self.dialog(f"Deploy {strategy}")
        await form.get_by_label("Name", exact=True).fill(name)
        for symbol in symbols:
            await tick(form.get_by_label(symbol, exact=True))
        table = form.get_by_test_id("deploy-accounts")
        for account in accounts:
            chosen = table.get_by_role("row").filter(has_text=account)
            await tick(chosen.get_by_role("checkbox"))
        await form.get_by_role("button", name="Deploy", exact=True).click()
        await expect(form).to_have_count(0)

    async def open_deployment(self, name: str) -> Locator:
        """Open a deployment's drawer."""
        row = self.page.get_by_test_id("deployments-table").get_by_role("row")
        await row.filter(has_text=name).first.click()
        drawer = self.dialog(name)
        await expect(drawer).to_be_visible()
        return drawer

    async def act(self, drawer: Locator, act: str) -> None:
        """Start, pause or resume the deployment of the open drawer."""
        await drawer.get_by_role("button", name=act, exact=True).click()
        await self.confirm(re.compile(f"^{act} "), act)


async def tick(box: Locator) -> None:
    """Tick a box that the server keeps, and wait until it is ticked."""
    await box.click()
    await expect(box).to_be_checked()

"""The orders page: the blotter, one order's drawer, and taking entries back."""

from decimal import Decimal

from playwright.async_api import Locator, expect

from tests.e2e.pages.frame import Frame

REASON = "The level has moved"


class OrdersPage(Frame):
    """The blotter."""

    route, title = "/orders", "Orders"

    @property
    def rows(self) -> Locator:
        return self.page.get_by_test_id("orders-table").locator("tbody tr[data-row]")

    async def open_first(self) -> Locator:
        """Open the newest order's drawer."""
        await self.rows.first.click()
        drawer = self.page.get_by_role("dialog")
        await expect(drawer.get_by_role("button", name="Cancel order", exact=True)).to_be_visible()
        return drawer

    async def change_price(self, drawer: Locator, price: Decimal, *, reason: str = REASON) -> None:
        """Change the limit price of the open order."""
        await drawer.get_by_role("button", name="Change order", exact=True).click()
        form = self.dialog("Change this entry")
        await form.get_by_label("Limit price").fill(f"{price:f}")
        await form.get_by_label("Reason").fill(reason)
        await form.get_by_role("button", name="Change order", exact=True).click()

    async def cancel_entries(self, whose: str, *, reason: str = REASON) -> None:
        """Take every entry of a scope back."""
        await self.page.get_by_role("button", name="Cancel entries", exact=True).first.click()
        form = self.dialog("Cancel entries that wait?")
        await form.get_by_label("Whose entries").select_option(label=whose)
        await form.get_by_label("Reason").fill(reason)
        await form.get_by_role("button", name="Cancel entries", exact=True).click()

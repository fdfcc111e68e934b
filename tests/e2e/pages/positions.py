"""The positions page."""

import re

from playwright.async_api import Locator, expect

from tests.e2e.pages.frame import Frame


class PositionsPage(Frame):
    """What is open, and closing it."""

    route, title = "/positions", "Positions"

    def row(self, account: str, symbol: str) -> Locator:
        """Return an account's position."""
        rows = self.page.get_by_test_id("positions-table").get_by_role("row")
        return rows.filter(has_text=account).filter(has_text=symbol)

    async def open_position(self, account: str, symbol: str) -> Locator:
        """Open a position's drawer."""
        await self.row(account, symbol).click()
        drawer = self.dialog(re.compile(f"^{symbol} · "))
        await expect(drawer).to_be_visible()
        return drawer

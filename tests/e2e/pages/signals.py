"""The signals page and the fan-out grid."""

import re
from decimal import Decimal

from playwright.async_api import Locator, expect

from tests.e2e.pages.frame import FOLLOWED_MS, REASON, Frame
from tests.waiting import until


class SignalsPage(Frame):
    """Signals and the form for an operator's own."""

    route, title = "/signals", "Signals"

    async def review(
        self,
        deployment: str,
        symbol: str,
        action: str,
        *,
        stop: Decimal | None = None,
        limit: Decimal | None = None,
    ) -> None:
        """Write a signal and ask what it would do; a limit waits for a day."""
        await self.page.get_by_role("button", name="Publish signal").click()
        form = self.dialog("Publish a signal")
        choice = form.get_by_role("option").filter(has_text=f"{deployment}: {symbol}")
        await form.get_by_label("Deployment and symbol").select_option(
            await choice.first.get_attribute("value")
        )
        await form.get_by_label("Action").select_option(label=action)
        if stop is not None:
            await form.get_by_label("Stop price").fill(f"{stop:f}")
        if limit is not None:
            await form.get_by_label("Entry order").select_option("GTC")
            await form.get_by_label("Limit price").fill(f"{limit:f}")
            await form.get_by_label("Take back").select_option("1440")
        await form.get_by_role("button", name="Review").click()

    async def offered(self) -> list[str]:
        """Return the deployments and symbols that a signal can be published for."""
        button = self.page.get_by_role("button", name="Publish signal")
        if await button.is_disabled():
            return []
        await button.click()
        form = self.dialog("Publish a signal")
        await expect(form).to_be_visible()
        options = await form.get_by_label("Deployment and symbol").get_by_role("option").all()
        texts = [await option.inner_text() for option in options]
        await self.page.keyboard.press("Escape")
        await expect(form).to_have_count(0)
        return texts

    async def publish(
        self,
        deployment: str,
        symbol: str,
        action: str,
        *,
        stop: Decimal | None = None,
        limit: Decimal | None = None,
    ) -> None:
        """Publish a signal and wait until it is recorded and listed.

        A list that moves between the press and the release of a button gets no click.
        """
        newest = await self._newest()
        await self.review(deployment, symbol, action, stop=stop, limit=limit)
        await self.confirm(re.compile(f"Publish to {re.escape(deployment)}"), "Publish signal")
        await self.expect_news("Signal published", detail="Done.")

        async def is_listed() -> bool:
            return await self._newest() != newest

        await until(is_listed)

    async def _newest(self) -> str | None:
        """Return the id of the signal that is listed first; None if there is none."""
        rows = self.page.get_by_test_id("signals-table").locator("tbody tr[data-row]")
        return await rows.first.get_attribute("data-row") if await rows.count() else None

    async def open_newest(self) -> "FanOutPage":
        """Open the grid of the newest signal."""
        table = self.page.get_by_test_id("signals-table")
        await table.locator("tbody tr[data-row]").first.click()
        grid = FanOutPage(self.page, self._url)
        await grid.expect_open()
        return grid


class FanOutPage(Frame):
    """One row per account of a signal."""

    route, title = "/signals/fan-out", ""

    async def ask_retry(self, symbol: str) -> Locator:
        """Ask to try again where it failed or was skipped for now; return the question."""
        await self.page.get_by_role("button", name="Retry failed only").click()
        question = self.dialog(re.compile(rf"Try {symbol} again on \d+ accounts?\?"))
        await expect(question).to_be_visible()
        return question

    async def retry(self, question: Locator) -> None:
        """Confirm it, at the signal's own price or the present one, as it asks."""
        await question.get_by_label("Reason").fill(REASON)
        act = re.compile("^(Retry failed only|Send at the present price)$")
        await question.get_by_role("button", name=act).click()
        await self.expect_news("Failed accounts are tried again", detail="Done.")

    async def open_newest_retry(self) -> None:
        """Open the grid of the signal that tries this one again."""
        await self.page.get_by_role("button", name="Its newest retry").click()
        await expect(
            self.page.get_by_role("button", name="The signal it tries again")
        ).to_be_visible()

    def row(self, account: str) -> Locator:
        """Return an account's row."""
        table = self.page.get_by_test_id("fan-out-table")
        return table.get_by_role("row").filter(has_text=account)

    async def expect_outcome(self, account: str, outcome: str, *, code: str = "") -> None:
        """Wait until an account's row says what became of it."""
        row = self.row(account)
        await expect(row.get_by_text(outcome, exact=True)).to_be_visible(timeout=FOLLOWED_MS)
        if code:
            await expect(row.get_by_text(code, exact=True)).to_be_visible()

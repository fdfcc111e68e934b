"""What every page has: dialogs with a reason, toasts, the menu, and its own width."""

import re

from playwright.async_api import Error, Locator, Page, expect

from tests.waiting import until

REASON = "Asked for by the tests"
FOLLOWED_MS = 60_000  # a command is followed for ten seconds, the machine may be slow

# What is clicked before React has taken the page over is lost; plain pages wait for nobody.
_IS_ALIVE = """() => document.querySelector('script[type="module"]') === null
  || Object.keys(document.querySelector("main") ?? {}).some((key) => key.startsWith("__react"))"""


class Frame:
    """A page of the console or the portal, in a signed-in browser."""

    route = ""
    title = ""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self._url = url

    async def open(self, query: str = "") -> None:
        """Load the page and wait until it stands."""
        await self.page.goto(f"{self._url}{self.route}{query}")
        await self.expect_open()

    async def expect_open(self) -> None:
        """Wait until the page stands and its table, if it has one, is loaded."""
        heading = self.page.get_by_role("heading", level=1)
        await expect(heading.filter(has_text=self.title).first).to_be_visible()
        await expect(self.page.locator("main .skeleton")).to_have_count(0)
        await until(self._is_alive)

    async def _is_alive(self) -> bool:
        try:
            return bool(await self.page.evaluate(_IS_ALIVE))
        except Error:  # the page was just left for another one
            return False

    def dialog(self, name: str | re.Pattern[str]) -> Locator:
        """Return an open dialog or drawer."""
        return self.page.get_by_role("dialog", name=name)

    async def confirm(
        self, title: str | re.Pattern[str], act: str, *, phrase: str = "", reason: str = REASON
    ) -> None:
        """Answer the question before an act."""
        asked = self.dialog(title)
        if phrase:
            await asked.get_by_label("Type the phrase shown above").fill(phrase)
        await asked.get_by_label("Reason").fill(reason)
        await asked.get_by_role("button", name=act, exact=True).click()

    async def expect_news(self, text: str | re.Pattern[str], *, detail: str = "") -> None:
        """Wait for a toast; its detail says how a command ended."""
        toast = self.page.locator(".toast").filter(has_text=text)
        if detail:
            toast = toast.filter(has_text=detail)
        await expect(toast.first).to_be_visible(timeout=FOLLOWED_MS)

    async def overflow(self) -> int:
        """Return by how many pixels the page is wider than the window."""
        wide: int = await self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return wide

    async def sign_out(self) -> None:
        """Leave by the user menu."""
        await self.page.get_by_role("button", name="User menu").click()
        await self.page.get_by_role("button", name="Sign out").click()

"""A person's browser window, which remembers what it complained about and whom it asked."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, ConsoleMessage, Page, Request, StorageState

Scheme = Literal["light", "dark"]
PHONE_WIDTH = 390
_DESKTOP_WIDTH, _HEIGHT = 1280, 860
_ANSWERS_THAT_REFUSE = ("status of 401", "status of 403", "status of 422", "status of 429")


class Visit:
    """A window.

    Attributes:
        complaints: errors on its console, less answers of plain forms that refuse.
        outside: addresses that it asked and that are not ours.
    """

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.outside: list[str] = []
        self._url = url
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._on_request)

    def _on_console(self, message: ConsoleMessage) -> None:
        is_refusal = any(part in message.text for part in _ANSWERS_THAT_REFUSE)
        if message.type == "error" and not is_refusal:
            self.complaints.append(message.text)

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((self._url, "data:", "blob:")):
            self.outside.append(request.url)


@asynccontextmanager
async def visiting(
    browser: Browser,
    url: str,
    *,
    state: StorageState | None = None,
    width: int = _DESKTOP_WIDTH,
    scheme: Scheme = "light",
) -> AsyncIterator[Page]:
    """Open a window of its own; at the end it must not have complained nor asked a stranger."""
    context = await browser.new_context(
        viewport={"width": width, "height": _HEIGHT}, color_scheme=scheme, storage_state=state
    )
    visit = Visit(await context.new_page(), url)
    try:
        yield visit.page
        assert visit.complaints == []
        assert visit.outside == []
    except BaseException:
        await keep_picture(visit.page, "failed")
        raise
    finally:
        await context.close()


async def keep_picture(page: Page, name: str) -> None:
    """Keep a picture of the page where PATRIOT_SHOTS names a folder."""
    folder = os.environ.get("PATRIOT_SHOTS")
    if folder:
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

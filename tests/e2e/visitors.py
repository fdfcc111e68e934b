"""A person's browser window, which remembers what it complained about and whom it asked."""

import asyncio
import os
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import gettempdir
from typing import Literal
from uuid import uuid4

from playwright.async_api import (
    Browser,
    ConsoleMessage,
    Download,
    Error,
    Page,
    Request,
    Response,
    StorageState,
)

Scheme = Literal["light", "dark"]
PHONE_WIDTH = 390
_DESKTOP_WIDTH, _HEIGHT = 1280, 860
STEPS_KEPT = 60
HEADERS = (
    "content-security-policy",
    "x-content-type-options",
    "x-frame-options",
    "referrer-policy",
    "cross-origin-opener-policy",
    "permissions-policy",
    "cache-control",
)
PICTURE_MS = 10_000
_COUNTING = """
addEventListener("click", (event) => { if (event.isTrusted) patriotCounts("click"); }, true);
addEventListener("change", () => patriotCounts("field"), true);
"""
_ANSWERS_THAT_REFUSE = ("status of 401", "status of 403", "status of 422", "status of 429")


class Visit:
    """A window.

    Attributes:
        complaints: errors on its console, less answers of plain forms that refuse.
        outside: addresses that it asked and that are not ours.
        bare: answers of ours without the headers that every answer must carry.
        steps: what it did last, with seconds since it was opened.
        waiting: requests without an answer.
    """

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.outside: list[str] = []
        self.bare: list[str] = []
        self.steps: deque[str] = deque(maxlen=STEPS_KEPT)
        self.waiting: dict[Request, str] = {}
        self._url = url
        self._opened_at = time.monotonic()
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._on_request)
        page.on("response", self._on_response)
        page.on("requestfinished", lambda request: self._on_end(request, "answered"))
        page.on("requestfailed", lambda request: self._on_end(request, f"{request.failure}"))
        page.on("framenavigated", lambda frame: self._note(f"now at {frame.url}"))

    async def testimony(self) -> str:
        """Return what a failure wants to be understood: picture, page, requests."""
        lines = [f"page: {self.page.url}", f"complaints: {self.complaints}", *self.steps]
        lines += [f"without an answer: {asked}" for asked in self.waiting.values()]
        picture = Path(gettempdir()) / f"patriot-failed-{uuid4().hex[:8]}.png"
        try:
            await self.page.screenshot(path=picture, full_page=True, timeout=PICTURE_MS)
            lines.append(f"picture: {picture}")
        except Error as error:
            lines.append(f"no picture: {error}")
        return "\n".join(lines)

    def _note(self, text: str) -> None:
        self.steps.append(f"{time.monotonic() - self._opened_at:8.2f} s  {text}")

    def _on_end(self, request: Request, how: str) -> None:
        asked = self.waiting.pop(request, None)
        if asked is not None and "/assets/" not in asked:
            self._note(f"{asked}: {how}")

    def _on_console(self, message: ConsoleMessage) -> None:
        is_refusal = any(part in message.text for part in _ANSWERS_THAT_REFUSE)
        if message.type == "error" and not is_refusal:
            self.complaints.append(message.text)

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((self._url, "data:", "blob:")):
            self.outside.append(request.url)
        self.waiting[request] = f"{request.method} {request.url.removeprefix(self._url)[:200]}"

    def _on_response(self, response: Response) -> None:
        is_ours = response.url.startswith(self._url)
        # What comes from the browser's own store is not an answer.
        is_answer = response.request.resource_type in {"document", "fetch", "xhr"}
        if is_ours and is_answer and any(name not in response.headers for name in HEADERS):
            self.bare.append(f"{response.status} {response.url}")


@asynccontextmanager
async def visiting(
    browser: Browser,
    url: str,
    *,
    state: StorageState | None = None,
    width: int = _DESKTOP_WIDTH,
    scheme: Scheme = "light",
    has_failed: Callable[[], bool] = lambda: False,
) -> AsyncIterator[Page]:
    """Open a window of its own; at the end it must not have complained nor asked a stranger.

    Args:
        has_failed: tells at the end whether the test that was lent the window failed.
    """
    context = await browser.new_context(
        viewport={"width": width, "height": _HEIGHT}, color_scheme=scheme, storage_state=state
    )
    visit = Visit(await context.new_page(), url)
    try:
        yield visit.page
        if has_failed():
            print(await visit.testimony())
        assert visit.complaints == []
        assert visit.outside == []
        assert visit.bare == []
    except BaseException as error:
        error.add_note(await visit.testimony())
        raise
    finally:
        await context.close()


class Tally:
    """What people do in windows: clicks, and fields that they fill in.

    Attributes:
        clicks: a tick by its label counts twice, as the browser tells it.
    """

    def __init__(self) -> None:
        self.clicks = 0
        self.fields = 0

    async def watch(self, page: Page) -> None:
        """Count in a window from its next page on."""
        await page.expose_function("patriotCounts", self._count)
        await page.add_init_script(_COUNTING)

    def _count(self, kind: str) -> None:
        if kind == "click":
            self.clicks += 1
        else:
            self.fields += 1


async def saved_text(download: Download) -> str:
    """Return the text of a file that a page had the browser save."""
    path = await download.path()
    return await asyncio.to_thread(path.read_text)


async def keep_picture(page: Page, name: str) -> None:
    """Keep a picture of the page where PATRIOT_SHOTS names a folder."""
    folder = os.environ.get("PATRIOT_SHOTS")
    if folder:
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


_STORED = """async () => {
  const kept = { local: { ...localStorage }, session: { ...sessionStorage }, cookies: document.cookie };
  kept.databases = [];
  for (const { name } of await indexedDB.databases()) {
    const database = await new Promise((done, fail) => {
      const opening = indexedDB.open(name);
      opening.onsuccess = () => done(opening.result);
      opening.onerror = fail;
    });
    for (const store of database.objectStoreNames) {
      const asked = database.transaction(store).objectStore(store).getAll();
      const rows = await new Promise((done, fail) => { asked.onsuccess = () => done(asked.result); asked.onerror = fail; });
      kept.databases.push([name, store, rows]);
    }
    database.close();
  }
  kept.caches = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) kept.caches.push([request.url, await (await cache.match(request)).text()]);
  }
  return JSON.stringify(kept);
}"""


async def stored_in(page: Page) -> str:
    """Return all that scripts of the page's site can read back: storage, databases, caches, cookies."""
    return str(await page.evaluate(_STORED))


async def session_token(page: Page) -> str:
    """Return the cookie of the session, which no script may read."""
    [token] = [one["value"] for one in await page.context.cookies() if one["name"] == "__Host-sid"]
    return token

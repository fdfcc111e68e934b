"""The frame and the kit in a real Chromium."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, Route, async_playwright, expect

from ops.chromium import ensure_chromium
from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.one_time_codes import code_at, step_at
from tests.e2e.accessibility import barriers
from tests.waiting import until
from tests.web.conftest import PASSWORD, site, staff_cookie
from tests.web.site import Site

__all__ = ["site", "staff_cookie"]

pytestmark = pytest.mark.e2e
FLAGS = ["--no-sandbox", "--disable-quic", "--disable-background-networking"]
IS_ALIVE = "Object.keys(document.forms[0]).some((key) => key.startsWith('__react'))"
TIME_IS_ALIVE = (
    "Object.keys(document.querySelector('time[datetime]')).some((key) => key.startsWith('__react'))"
)
EXPECT_MS = 30_000
PLANTED = 6
PLANT = """async () => {
    const script = document.createElement('script');
    script.textContent = 'window.inline = 1';
    const button = document.createElement('button');
    button.setAttribute('onclick', 'window.handler = 1');
    const base = document.createElement('base');
    base.href = 'https://elsewhere.example/';
    const picture = document.createElement('img');
    picture.src = 'https://elsewhere.example/stolen.png';
    const frame = document.createElement('iframe');
    frame.src = 'https://elsewhere.example/';
    document.body.append(script, button, base, picture, frame);
    button.click();
    setTimeout('window.evaluated = 1', 0);
    await fetch('https://elsewhere.example/stolen').catch(() => { window.reached = 'refused'; });
}"""
"""Each of its attempts is complained about, by kind; PLANTED is the least number."""


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    expect.set_options(timeout=EXPECT_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=str(ensure_chromium()), args=FLAGS
        )
        yield browser
        await browser.close()


async def open_page(browser: Browser, *, width: int, scheme: str) -> tuple[Page, list[str]]:
    """Return a page and the list of what it complains about."""
    context = await browser.new_context(
        viewport={"width": width, "height": 860},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = await context.new_page()
    complaints: list[str] = []
    page.on(
        "console",
        lambda message: complaints.append(message.text) if message.type == "error" else None,
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page, complaints


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
async def test_the_kit_fits_and_runs_under_the_content_policy(
    site: Site, chromium: Browser, width: int, scheme: str
) -> None:
    page, complaints = await open_page(chromium, width=width, scheme=scheme)
    outside: list[str] = []
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith((site.url, "data:")) else outside.append(request.url)
        ),
    )
    await page.goto(f"{site.url}/kit")
    await expect(page.get_by_role("heading", name="Kit")).to_be_visible()
    await expect(page.get_by_test_id("kit-table").get_by_text("Sample account 1")).to_be_visible()
    is_dark = await page.evaluate("document.documentElement.classList.contains('dark')")
    assert is_dark == (scheme == "dark")
    overflow = await page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert overflow <= 0
    assert await barriers(page) == []
    assert complaints == []
    assert outside == []


async def test_what_is_planted_in_a_page_neither_runs_nor_calls_home(
    site: Site, chromium: Browser
) -> None:
    page, complaints = await open_page(chromium, width=1280, scheme="light")
    await page.goto(f"{site.url}/sign-in")
    await expect(page.get_by_label("E-mail")).to_be_visible()
    await page.evaluate(PLANT)
    await until(lambda: len(complaints) >= PLANTED, seconds=30)
    assert all("Content Security Policy" in one for one in complaints), complaints
    ran = await page.evaluate("[window.inline, window.handler, window.evaluated, window.reached]")
    assert ran == [None, None, None, "refused"]


async def test_a_form_is_sent_though_the_script_did_not_come(
    site: Site, staff_cookie: str, chromium: Browser
) -> None:
    page, _ = await open_page(chromium, width=1280, scheme="light")
    await page.route("**/patriot.js", lambda route: route.abort())
    await page.goto(f"{site.url}/sign-in")
    # Alive: from here on it is the page that decides what a click does.
    await until(lambda: page.evaluate(IS_ALIVE), seconds=EXPECT_MS / 1000)
    await page.get_by_label("E-mail").fill("ada@example.com")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", level=1, name="Overview")).to_be_visible()


async def test_a_page_that_comes_alive_late_finds_itself_as_it_was_served(
    site: Site, chromium: Browser
) -> None:
    page, complaints = await open_page(chromium, width=390, scheme="light")
    may_come = asyncio.Event()

    async def held_back(route: Route) -> None:
        await may_come.wait()
        await route.continue_()

    await page.route("**/assets/*.js", held_back)
    await page.goto(f"{site.url}/kit", wait_until="commit")
    # Longer than it takes for the shown times to be wrong.
    await until(lambda: page.evaluate("performance.now() > 4000"), seconds=EXPECT_MS / 1000)
    assert await page.locator("time[datetime]").count() > 0
    may_come.set()
    await until(lambda: page.evaluate(TIME_IS_ALIVE), seconds=EXPECT_MS / 1000)
    await expect(page.get_by_test_id("kit-table").get_by_text("Sample account 1")).to_be_visible()
    assert complaints == []


async def test_an_operator_sets_up_a_second_factor_and_loses_his_phone(
    site: Site, staff_cookie: str, chromium: Browser
) -> None:
    page, complaints = await open_page(chromium, width=390, scheme="dark")
    await sign_in(page, site)
    await page.get_by_role("button", name="User menu").click()
    await page.get_by_role("link", name="Second factor").click()
    await expect(page.get_by_role("heading", name="Second factor")).to_be_visible()
    assert await page.evaluate("document.documentElement.className") == "dark"
    key = (await page.get_by_label("Key").inner_text()).replace(" ", "")
    await page.get_by_label("Code of the app").fill(code_at(key, step_at(SystemClock().now())))
    await page.get_by_role("button", name="Set up").click()
    codes = page.get_by_role("list", name="Recovery codes").get_by_role("listitem")
    await expect(codes).to_have_count(10)
    code = await codes.first.inner_text()
    await page.get_by_role("link", name="I have kept them").click()
    await expect(page.get_by_text("10 recovery codes are left")).to_be_visible()

    await page.context.clear_cookies()
    await sign_in(page, site, code=code)
    await page.goto(f"{site.url}/second-factor")
    await expect(page.get_by_text("9 recovery codes are left")).to_be_visible()
    await page.get_by_role("button", name="Remove the second factor").click()
    await expect(page.get_by_label("Code of the app")).to_be_visible()
    assert complaints == []


async def sign_in(page: Page, site: Site, *, code: str = "") -> None:
    """Come in by the form and wait for the overview."""
    await page.goto(f"{site.url}/sign-in")
    await page.get_by_label("E-mail").fill("ada@example.com")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_label("One-time code").fill(code)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", level=1, name="Overview")).to_be_visible()


async def test_an_operator_signs_in_filters_the_log_and_signs_out(
    site: Site, staff_cookie: str, chromium: Browser
) -> None:
    page, complaints = await open_page(chromium, width=1280, scheme="light")
    await page.goto(f"{site.url}/activity?q=registered")
    await page.get_by_label("E-mail").fill("ada@example.com")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    table = page.get_by_test_id("activity-table")
    await expect(table.get_by_text("User registered")).to_be_visible()
    await expect(table.get_by_text("Signed in")).to_have_count(0)

    await page.get_by_role("searchbox").fill("signed")
    await expect(table.get_by_text("Signed in").first).to_be_visible()
    await expect(page).to_have_url(f"{site.url}/activity?q=signed")
    await page.get_by_role("button", name="Reset").click()
    await table.get_by_text("User registered").click()
    drawer = page.get_by_role("dialog", name="User registered")
    await expect(drawer.get_by_text("History of the object")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(drawer).to_have_count(0)

    await page.keyboard.press("Control+k")
    await page.get_by_role("textbox", name="Go to a page").fill("activ")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog", name="Command palette")).to_have_count(0)

    await page.get_by_role("button", name="User menu").click()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_text("You are signed out.")).to_be_visible()
    assert complaints == []

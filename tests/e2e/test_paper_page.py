"""The paper exchange's page in a real Chromium: by mouse, by keyboard, on a phone, in the dark."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from ops.chromium import ensure_chromium
from tests.paper_exchange.fault_desk import FaultDesk, running_fault_desk

pytestmark = pytest.mark.e2e
FLAGS = ["--no-sandbox", "--disable-quic", "--disable-background-networking"]
EXPECT_MS = 30_000


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    expect.set_options(timeout=EXPECT_MS)
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(
            executable_path=str(ensure_chromium()), args=FLAGS
        )
        yield launched
        await launched.close()


@pytest.fixture
async def desk() -> AsyncIterator[FaultDesk]:
    async with running_fault_desk() as running:
        yield running


async def open_page(
    browser: Browser, desk: FaultDesk, *, width: int = 1280, dark: bool = False
) -> tuple[Page, list[str]]:
    """Return the page and the list of what the browser complains about."""
    context = await browser.new_context(
        viewport={"width": width, "height": 860}, color_scheme="dark" if dark else "light"
    )
    page = await context.new_page()
    complaints: list[str] = []
    page.on(
        "console",
        lambda message: complaints.append(message.text) if message.type == "error" else None,
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(f"{desk.paper.url}/")
    return page, complaints


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("dark", [False, True])
async def test_it_fits_and_nothing_is_complained_about(
    browser: Browser, desk: FaultDesk, width: int, dark: bool
) -> None:
    await desk.place("binance")
    await desk.rest("bybit")
    page, complaints = await open_page(browser, desk, width=width, dark=dark)
    await expect(page.get_by_role("heading", name="Open orders")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    shade = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (int(shade.split("(")[1].split(",")[0]) < 100) is dark
    assert complaints == []


async def test_buttons_plan_and_remove_faults_and_hold_the_clock(
    browser: Browser, desk: FaultDesk
) -> None:
    page, complaints = await open_page(browser, desk)
    await page.get_by_role("button", name="Time out once").click()
    await expect(page.get_by_role("status")).to_contain_text("Planned: timeout")
    planned = page.locator('[data-part="faults"]')
    await expect(planned).to_contain_text("every request of both exchanges")
    await planned.get_by_role("button", name="Remove").click()
    await expect(planned).to_contain_text("No fault is planned")
    await page.get_by_role("button", name="Run").click()
    await expect(page.get_by_role("button", name="Pause")).to_be_visible()
    assert desk.paper.exchange.clock.paused is False
    assert complaints == []


async def test_what_is_refused_is_said(browser: Browser, desk: FaultDesk) -> None:
    page, _ = await open_page(browser, desk)
    await page.get_by_text("Plan a fault exactly").click()
    await page.locator('select[name="kind"]').select_option("withdrawal")
    await expect(page.get_by_text("The customer takes money out.")).to_be_visible()
    await page.get_by_role("button", name="Plan this fault").click()
    await expect(page.get_by_role("status")).to_contain_text("exchange: must be one of")


async def test_the_keyboard_keeps_its_place_over_a_refresh(
    browser: Browser, desk: FaultDesk
) -> None:
    await desk.rest("binance", "first")
    page, _ = await open_page(browser, desk)
    cancel = page.locator('[data-part="orders"]').get_by_role("button", name="Cancel").first
    await cancel.focus()
    await desk.rest("binance", "second")
    await expect(page.locator('[data-part="orders"]')).to_contain_text("second")
    assert await page.evaluate("document.activeElement.textContent") == "Cancel"
    await page.keyboard.press("Enter")
    await expect(page.locator('[data-part="orders"]')).not_to_contain_text("first")
    (left,) = (await desk.truth("binance"))["open_orders"]
    assert left["client_order_id"] == "second"

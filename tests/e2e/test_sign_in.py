"""Coming in by the keyboard alone, a second factor, and being put out of another browser."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.one_time_codes import code_at, step_at
from tests.e2e.conftest import DORA
from tests.e2e.desk import DeskUnderTest
from tests.e2e.pages.gate import Gate, Person
from tests.e2e.pages.portal import PortfolioPage
from tests.e2e.visitors import keep_picture, visiting

pytestmark = pytest.mark.e2e


async def press_until_focused(page: Page, name: str, *, role: str = "textbox") -> None:
    """Press Tab until what is called so has the focus, as somebody without a mouse does."""
    wanted = (
        page.get_by_label(name, exact=True)
        if role == "textbox"
        else page.get_by_role("button", name=name)
    )
    for _ in range(40):
        if await wanted.evaluate("node => node === document.activeElement"):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"{name} cannot be reached by Tab")


async def sign_in_by_keyboard(page: Page, person: Person) -> None:
    await expect(page.get_by_label("E-mail")).to_be_visible()
    await press_until_focused(page, "E-mail")
    await page.keyboard.type(person.email)
    await press_until_focused(page, "Password")
    await page.keyboard.type(person.password)
    await page.keyboard.press("Enter")


async def test_ending_the_other_sessions_closes_the_other_browser_at_once(
    desk: DeskUnderTest, chromium: Browser, clients: tuple[Person, ...]
) -> None:
    async with visiting(chromium, desk.url) as left, visiting(chromium, desk.url) as right:
        for page in (left, right):
            await Gate(page, desk.url).open()
            await sign_in_by_keyboard(page, DORA)
            await PortfolioPage(page, desk.url).expect_open()
        await left.goto(f"{desk.url}/my-sessions")
        await expect(left.get_by_text("This browser")).to_have_count(1)
        await keep_picture(left, "my-sessions")
        await left.get_by_role("button", name="End all other sessions").click()
        await expect(right).to_have_url(re.compile("/sign-in/?.problem=ended"))
        await expect(right.get_by_text("Your session has ended")).to_be_visible()
        await expect(left.get_by_text("All other sessions are ended")).to_be_visible()
        await left.goto(f"{desk.url}/portfolio")
        await PortfolioPage(left, desk.url).expect_open()


async def test_a_second_factor_is_set_up_and_removed_by_keyboard(
    desk: DeskUnderTest, chromium: Browser, clients: tuple[Person, ...]
) -> None:
    async with visiting(chromium, desk.url) as page:
        await Gate(page, desk.url).open("/sign-in?next=/second-factor")
        await sign_in_by_keyboard(page, DORA)
        key = (await page.get_by_label("Key", exact=True).inner_text()).replace(" ", "")
        await press_until_focused(page, "Code of the app")
        await page.keyboard.type(code_at(key, step_at(SystemClock().now())))
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("list", name="Recovery codes")).to_be_visible()
        await page.goto(f"{desk.url}/second-factor")
        await press_until_focused(page, "Remove the second factor", role="button")
        await page.keyboard.press("Enter")
        await expect(page.get_by_label("Code of the app")).to_be_visible()
        await page.goto(f"{desk.url}/my-api-keys")
        await keep_picture(page, "my-api-keys")

"""Being put out of another browser."""

import re

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.conftest import DORA
from tests.e2e.desk import DeskUnderTest
from tests.e2e.pages.gate import Gate, Person
from tests.e2e.pages.portal import PortfolioPage
from tests.e2e.visitors import keep_picture, visiting

pytestmark = pytest.mark.e2e


async def test_ending_the_other_sessions_closes_the_other_browser_at_once(
    desk: DeskUnderTest, chromium: Browser, clients: tuple[Person, ...]
) -> None:
    async with visiting(chromium, desk.url) as left, visiting(chromium, desk.url) as right:
        for page in (left, right):
            await Gate(page, desk.url).open()
            await Gate(page, desk.url).sign_in(DORA)
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

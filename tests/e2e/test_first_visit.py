"""The first visit, and coming and going afterwards."""

import re
from dataclasses import replace

import pytest
from playwright.async_api import Browser, Page, StorageState, expect

from tests.e2e.conftest import OPERATOR
from tests.e2e.desk import DeskUnderTest
from tests.e2e.pages.gate import Gate, Person
from tests.e2e.pages.overview import OverviewPage
from tests.e2e.visitors import visiting

pytestmark = pytest.mark.e2e


async def test_the_first_visit_creates_the_administrator(
    desk: DeskUnderTest, operator: Page
) -> None:
    overview = OverviewPage(operator, desk.url)
    await overview.open()
    await expect(overview.figure("Under management")).to_be_visible()
    [[name, status, stored]] = desk.rows(
        "SELECT name, status, password_hash FROM users WHERE email = %s", OPERATOR.email
    )
    assert (name, status) == (OPERATOR.name, "active")
    assert OPERATOR.password not in stored
    assert desk.events("UserRegistered")
    assert desk.rows("SELECT 1 FROM events WHERE payload::text LIKE %s", "%battery%") == []


async def test_nobody_else_can_become_the_first_administrator(
    desk: DeskUnderTest, chromium: Browser, operator_state: StorageState
) -> None:
    async with visiting(chromium, desk.url) as page:
        await page.goto(f"{desk.url}/first-run")
        await expect(page).to_have_url(re.compile("/sign-in/?$"))
        answer = await page.request.post(
            f"{desk.url}/api/first-run",
            form={
                "name": "Eve",
                "email": "eve@example.com",
                "password": "a long enough password",
                "password_again": "a long enough password",
            },
            headers={"origin": desk.url, "accept": "application/json"},
        )
        assert not answer.ok
    assert desk.value("SELECT count(*) FROM users WHERE email = 'eve@example.com'") == 0


async def test_a_wrong_password_is_refused_without_saying_what_is_wrong(
    desk: DeskUnderTest, chromium: Browser, operator_state: StorageState
) -> None:
    async with visiting(chromium, desk.url) as page:
        gate = Gate(page, desk.url)
        for person in (OPERATOR, Person("Nobody", "nobody@example.com", "x" * 15)):
            await gate.open()
            await gate.sign_in(replace(person, password="not the password at all"))
            alert = page.get_by_role("alert")
            await expect(alert).to_have_text("E-mail, password or code is not right")
    failed = desk.value("SELECT count(*) FROM events WHERE type = 'SignInFailed'")
    assert failed >= 1


async def test_an_operator_signs_out_and_in_again(
    desk: DeskUnderTest, chromium: Browser, operator_state: StorageState
) -> None:
    async with visiting(chromium, desk.url) as page:
        gate, overview = Gate(page, desk.url), OverviewPage(page, desk.url)
        await page.goto(f"{desk.url}/orders")
        await gate.sign_in(OPERATOR)
        await expect(page).to_have_url(re.compile("/orders/?$"))
        await overview.sign_out()
        await expect(page.get_by_text("You are signed out.")).to_be_visible()
        await page.goto(f"{desk.url}/positions")
        await expect(page.get_by_role("button", name="Sign in")).to_be_visible()
        assert desk.value("SELECT count(*) FROM events WHERE type = 'SignedOut'") >= 1

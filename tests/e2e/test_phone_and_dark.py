"""The main pages on a phone and in the dark: nothing hangs over, nothing complains."""

import pytest
from playwright.async_api import Browser, Page, StorageState, expect

from tests.e2e.desk import DeskUnderTest
from tests.e2e.pages.frame import Frame
from tests.e2e.visitors import PHONE_WIDTH, Scheme, keep_picture, visiting

pytestmark = pytest.mark.e2e
CONSOLE = {
    "/": "Overview",
    "/clients": "Clients",
    "/accounts": "Accounts and keys",
    "/strategies": "Strategies",
    "/signals": "Signals",
    "/orders": "Orders",
    "/positions": "Positions",
    "/risk": "Risk",
    "/kill-switch": "Kill switch",
    "/incidents": "Incidents",
    "/reconciliation": "Reconciliation",
    "/fees": "Fees",
    "/instruments": "Instruments",
    "/limits": "Limits",
    "/system": "System",
    "/activity": "Activity",
    "/compliance": "Compliance",
    "/approvals": "Approvals",
    "/accounts/keys": "Key health",
    "/clients/invitations": "Invitations",
    "/clients/bulk": "Many clients at once",
    "/sign-ins": "Sign-ins",
    "/sign-ins/sessions": "Sessions",
    "/sign-ins/keys": "API keys",
}
PORTAL = {
    "/portfolio": "Your portfolio",
    "/portfolio/positions": "Positions and trades",
    "/portfolio/performance": "Performance",
    "/portfolio/keys": "Your keys",
}


async def look_through(
    page: Page, desk: DeskUnderTest, pages: dict[str, str], *, look: str
) -> None:
    """Open every page and see that it fits."""
    too_wide = {}
    for route, title in pages.items():
        shown = Frame(page, desk.url)
        shown.route, shown.title = route, title
        await shown.open()
        await keep_picture(page, f"{look}{route.replace('/', '-')}")
        if (overflow := await shown.overflow()) > 0:
            too_wide[route] = overflow
    assert too_wide == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE_WIDTH, 1280])
async def test_every_page_of_the_console_fits(
    desk: DeskUnderTest,
    chromium: Browser,
    operator_state: StorageState,
    traded: None,
    width: int,
    scheme: Scheme,
) -> None:
    async with visiting(
        chromium, desk.url, state=operator_state, width=width, scheme=scheme
    ) as page:
        await look_through(page, desk, CONSOLE, look=f"{scheme}-{width}")
        is_dark = await page.evaluate("document.documentElement.classList.contains('dark')")
        assert is_dark == (scheme == "dark")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_page_of_the_portal_fits_a_phone(
    desk: DeskUnderTest, chromium: Browser, customer_state: StorageState, scheme: Scheme
) -> None:
    async with visiting(
        chromium, desk.url, state=customer_state, width=PHONE_WIDTH, scheme=scheme
    ) as page:
        await look_through(page, desk, PORTAL, look=f"{scheme}-{PHONE_WIDTH}")


async def test_the_bar_at_the_bottom_leads_through_the_console_on_a_phone(
    desk: DeskUnderTest, chromium: Browser, operator_state: StorageState
) -> None:
    async with visiting(chromium, desk.url, state=operator_state, width=PHONE_WIDTH) as page:
        await page.goto(desk.url)
        bar = page.get_by_role("navigation", name="Main, phone")
        for title in ("Orders", "Positions", "Kill switch", "Overview"):
            await bar.get_by_role("link", name=title).click()
            await expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()
        await bar.get_by_role("button", name="More").click()
        palette = page.get_by_role("dialog", name="Command palette")
        await palette.get_by_role("link", name="Accounts").click()
        await expect(page.get_by_role("heading", name="Accounts and keys")).to_be_visible()

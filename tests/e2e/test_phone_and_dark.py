"""Every page on a phone and in the dark: nothing hangs over, complains, or bars anybody."""

from collections.abc import Container

import pytest
from playwright.async_api import Browser, Page, StorageState, expect

from patriot_app.web import routes
from tests.e2e.accessibility import barriers
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
    "/performance": "Performance",
    "/performance/strategies": "Strategies ranked",
    "/performance/fills": "Spread of fills",
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
    "/clients/trading": "Trading by month",
    "/team": "Team",
    "/sign-ins": "Sign-ins",
    "/sign-ins/sessions": "Sessions",
    "/sign-ins/keys": "API keys",
}
PLAIN = {
    routes.SECOND_FACTOR: "Second factor",
    routes.MY_SESSIONS: "Your sessions",
    routes.MY_API_KEYS: "Your API keys",
    routes.MY_PASSWORD: "Your password",
    routes.INVITE: "Invite a client",
    routes.INVITE_STAFF: "",
    routes.CONFIRM_IDENTITY: "",
}
OUTSIDE = {
    routes.SIGN_IN: "",
    routes.FORGOTTEN_PASSWORD: "",
}
PORTAL = {
    "/portfolio": "Your portfolio",
    "/portfolio/positions": "Positions and trades",
    "/portfolio/performance": "Performance",
    "/portfolio/trading": "Trading by month",
    "/portfolio/keys": "Your keys",
}


async def look_through(
    page: Page,
    desk: DeskUnderTest,
    pages: dict[str, str],
    *,
    look: str,
    searched: Container[str] | None = None,
) -> None:
    """Open every page and see that it fits and that nothing bars anybody from using it.

    Args:
        searched: where barriers are looked for; None: on every page.
    """
    too_wide, barred = {}, {}
    for route, title in pages.items():
        shown = Frame(page, desk.url)
        shown.route, shown.title = route, title
        await shown.open()
        await keep_picture(page, f"{look}{route.replace('/', '-')}")
        if (overflow := await shown.overflow()) > 0:
            too_wide[route] = overflow
        if (searched is None or route in searched) and (found := await barriers(page)):
            barred[route] = found
    assert too_wide == {}
    assert barred == {}


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
    # Each page once in each look; the frame, which is the same on all, once more on one of them.
    is_searched_whole = (width == PHONE_WIDTH) == (scheme == "dark")
    searched = CONSOLE if is_searched_whole else {routes.OVERVIEW}
    async with visiting(
        chromium, desk.url, state=operator_state, width=width, scheme=scheme
    ) as page:
        await look_through(page, desk, CONSOLE, look=f"{scheme}-{width}", searched=searched)
        is_dark = await page.evaluate("document.documentElement.classList.contains('dark')")
        assert is_dark == (scheme == "dark")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_pages_outside_the_frame_fit_a_phone(
    desk: DeskUnderTest, chromium: Browser, operator_state: StorageState, scheme: Scheme
) -> None:
    look = f"{scheme}-{PHONE_WIDTH}"
    async with visiting(
        chromium, desk.url, state=operator_state, width=PHONE_WIDTH, scheme=scheme
    ) as page:
        await look_through(page, desk, PLAIN, look=look)
    async with visiting(chromium, desk.url, width=PHONE_WIDTH, scheme=scheme) as page:
        await look_through(page, desk, OUTSIDE, look=look)


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

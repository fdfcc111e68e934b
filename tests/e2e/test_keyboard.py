"""Without a mouse: a second factor, the sign-in with it, the form of a key, and both taken back."""

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.e2e.accessibility import barriers
from tests.e2e.desk import DeskUnderTest, PaperKey
from tests.e2e.pages.clients import ClientsPage
from tests.e2e.pages.gate import App, Gate, Person
from tests.e2e.pages.portal import OwnKeysPage, PortfolioPage
from tests.e2e.visitors import keep_picture, visiting

pytestmark = pytest.mark.e2e
KIM = Person("Kim Keys", "kim@example.com", "a passphrase typed blind")
TABS_MAX = 60
_RINGED = """node => {
  const look = getComputedStyle(node);
  return node.matches(':focus-visible')
    && ((look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) > 0) || look.boxShadow !== 'none');
}"""
_TOLD = """node => (node.getAttribute('aria-describedby') ?? '').split(' ')
  .map(id => document.getElementById(id)?.textContent ?? '').join(' ')"""


async def reach(page: Page, wanted: Locator) -> None:
    """Press Tab until it has the focus, and see that it shows so."""
    for _ in range(TABS_MAX):
        if await wanted.evaluate("node => node === document.activeElement"):
            assert await wanted.evaluate(_RINGED), f"{wanted}: one cannot see that it is focused"
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"{wanted} cannot be reached by Tab")


async def fill_in(page: Page, inside: Page | Locator, **texts: str) -> None:
    """Type into fields, each reached by Tab from the last; spaces of labels as underscores."""
    for label, text in texts.items():
        field = inside.get_by_label(label.replace("_", " "), exact=True)
        await reach(page, field)
        await page.keyboard.press("Control+a")
        await page.keyboard.type(text)


async def sign_in(page: Page, code: str = "") -> None:
    """Fill in the sign-in form and send it by Enter."""
    await expect(page.get_by_label("E-mail")).to_be_visible()
    await fill_in(page, page, **{"E-mail": KIM.email, "Password": KIM.password})
    if code:
        await fill_in(page, page, **{"One-time code": code})
    await page.keyboard.press("Enter")


async def set_up_second_factor(page: Page) -> App:
    """Set an app up; return it."""
    app = await Gate(page, "").offered_app()
    await fill_in(page, page, Code_of_the_app="000000")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_be_visible()
    assert await Gate(page, "").offered_app() == app
    await fill_in(page, page, Code_of_the_app=app.code())
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("list", name="Recovery codes")).to_be_visible()
    return app


async def sign_out(page: Page) -> None:
    """Leave by the user menu."""
    menu = page.get_by_role("button", name="User menu")
    await reach(page, menu)
    await page.keyboard.press("Enter")
    await reach(page, page.get_by_role("button", name="Sign out"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("You are signed out.")).to_be_visible()


async def connect_key(page: Page, keys: OwnKeysPage, key: PaperKey) -> None:
    """Open the form, leave it by Esc, open it again, make a mistake, mend it, send it by Enter."""
    opener = page.get_by_role("button", name="Connect account")
    form = keys.dialog("Connect an account")
    await reach(page, opener)
    await page.keyboard.press("Enter")
    await expect(form).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(form).to_have_count(0)
    await expect(opener).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(form).to_be_visible()

    await fill_in(page, form, Name_of_the_account="kim-typed")
    await fill_in(page, form, Mode="Paper", API_key="short", API_secret="short")
    await page.keyboard.press("Enter")
    wrong = form.get_by_label("API key", exact=True)
    await expect(wrong).to_be_focused()
    await expect(wrong).to_have_attribute("aria-invalid", "true")
    assert "not what an exchange gives out" in await wrong.evaluate(_TOLD)
    await keep_picture(page, "key-form-wrong")
    assert await barriers(page) == []
    await fill_in(page, form, API_key=key.api_key, API_secret=key.api_secret)
    await page.keyboard.press("Enter")
    await keys.expect_verified()


async def test_sign_in_second_factor_and_key_form_need_no_mouse(
    desk: DeskUnderTest, chromium: Browser, operator: Page
) -> None:
    clients = ClientsPage(operator, desk.url)
    await clients.open()
    await clients.enter(KIM)
    await clients.approve(KIM.name)
    key = desk.paper.open_account("binance", label="kim-typed", balance="900")
    async with visiting(chromium, desk.url) as page:
        await Gate(page, desk.url).open("/sign-in?next=/second-factor")
        await sign_in(page)
        app = await set_up_second_factor(page)
        await page.goto(f"{desk.url}/portfolio")
        await PortfolioPage(page, desk.url).expect_open()
        await sign_out(page)

        await sign_in(page, "000000")
        await expect(page.get_by_role("alert")).to_have_text(
            "E-mail, password or code is not right"
        )
        await sign_in(page, app.code(ahead=1))
        await PortfolioPage(page, desk.url).expect_open()
        desk.confirm_everybody()
        await reach(page, page.get_by_role("main").get_by_role("link", name="Keys").first)
        await page.keyboard.press("Enter")
        keys = OwnKeysPage(page, desk.url)
        await keys.expect_open()
        await connect_key(page, keys, key)

        await page.goto(f"{desk.url}/second-factor")
        await reach(page, page.get_by_role("button", name="Remove the second factor"))
        await page.keyboard.press("Enter")
        await expect(page.get_by_label("Code of the app")).to_be_visible()
    assert desk.value("SELECT count(*) FROM accounts WHERE label = 'kim-typed'") == 1

"""A customer's whole way: invited, admitted, traded for, suspended, and off-boarded."""

import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial

import pytest
from playwright.async_api import Browser, Page, StorageState, expect

from tests.canaries import Canaries
from tests.e2e.accessibility import barriers
from tests.e2e.conftest import has_failed
from tests.e2e.desk import DeskUnderTest, PaperKey
from tests.e2e.pages.clients import ClientsPage
from tests.e2e.pages.gate import Gate, Person
from tests.e2e.pages.off_boarding import OffBoardingPage
from tests.e2e.pages.portal import OwnKeysPage, OwnPositionsPage, PortfolioPage
from tests.e2e.pages.signals import SignalsPage
from tests.e2e.pages.strategies import StrategiesPage
from tests.e2e.visitors import (
    PHONE_WIDTH,
    Tally,
    keep_picture,
    session_token,
    stored_in,
    visiting,
)
from tests.waiting import until

pytestmark = pytest.mark.e2e

NELL = Person("Nell Newcomer", "nell@example.com", "a newcomer's passphrase")
ACCOUNT, DEPLOYMENT, STRATEGY = "nell-main", "First steps", "Newcomers"
SYMBOLS = (SYMBOL, OTHER) = ("BTCUSDT", "ETHUSDT")
PHRASE = f"off-board {NELL.name}".lower()
CLICKS_MAX, FIELDS_MAX, SECONDS_MAX = 30, 25, 300
_STATUS = "SELECT status FROM users WHERE email = %s"
_PRICED = "SELECT symbol FROM last_prices WHERE symbol IN ('BTCUSDT', 'ETHUSDT')"
_KEPT = (
    "SELECT c.status, c.api_key_ciphertext IS NULL, a.status FROM accounts a"
    " JOIN credentials c ON c.account_id = a.id WHERE a.label = %s"
)


@dataclass(frozen=True, slots=True)
class Windows:
    """The operator's window, and the customer's phone."""

    console: Page
    phone: Page


@pytest.fixture
async def windows(
    request: pytest.FixtureRequest,
    desk: DeskUnderTest,
    chromium: Browser,
    operator_state: StorageState,
) -> AsyncIterator[Windows]:
    desk.confirm_everybody()
    failed = partial(has_failed, request.node)
    async with (
        visiting(chromium, desk.url, state=operator_state, has_failed=failed) as console,
        visiting(chromium, desk.url, width=PHONE_WIDTH, has_failed=failed) as phone,
    ):
        yield Windows(console, phone)


async def look_at(page: Page, name: str) -> None:
    """Keep a picture; nothing hangs over and nothing bars anybody."""
    assert await barriers(page) == []
    await keep_picture(page, name)
    assert await OwnKeysPage(page, "").overflow() <= 0


async def invite_and_register(desk: DeskUnderTest, windows: Windows) -> None:
    clients = ClientsPage(windows.console, desk.url)
    await clients.open()
    await windows.console.get_by_role("link", name="Invite a client").click()
    link = await Gate(windows.console, desk.url).invite(NELL)
    await look_at(windows.console, "invitation-link")

    gate = Gate(windows.phone, desk.url)
    await windows.phone.goto(link)
    await look_at(windows.phone, "join-390")
    await gate.register(NELL)
    await expect(windows.phone.get_by_role("heading", name="Second factor")).to_be_visible()
    await windows.phone.get_by_role("link", name="Back to the desk").click()
    portfolio = PortfolioPage(windows.phone, desk.url)
    await portfolio.expect_step("Approval by the desk", "Waiting")
    await look_at(windows.phone, "awaits-approval-390")


async def approve(desk: DeskUnderTest, windows: Windows) -> None:
    clients = ClientsPage(windows.console, desk.url)
    await clients.open_client(NELL.name)
    await look_at(windows.console, "newcomer-drawer")
    await clients.approve(NELL.name)
    portfolio = PortfolioPage(windows.phone, desk.url)
    await portfolio.expect_step("Connect an exchange account", "Your turn")


async def connect(desk: DeskUnderTest, windows: Windows) -> PaperKey:
    key = desk.paper.open_account("binance", label=ACCOUNT, balance="4000")
    desk.confirm_everybody()  # he who just registered, on slow machines too
    await windows.phone.get_by_role("main").get_by_role("link", name="Keys").first.click()
    keys = OwnKeysPage(windows.phone, desk.url)
    await keys.connect(key, label=ACCOUNT)
    await keys.expect_verified()
    await look_at(windows.phone, "own-key-verified-390")
    return key


async def trade(desk: DeskUnderTest, windows: Windows) -> None:
    strategies = StrategiesPage(windows.console, desk.url)
    await strategies.open()
    form = await strategies.fill_new("Operator's signal", STRATEGY)
    await expect(form).to_have_count(0)
    await strategies.deploy(STRATEGY, DEPLOYMENT, symbols=SYMBOLS, accounts=[ACCOUNT])
    drawer = await strategies.open_deployment(DEPLOYMENT)
    await expect(drawer.get_by_text("Running", exact=True).first).to_be_visible()
    await until(lambda: len(desk.rows(_PRICED)) >= len(SYMBOLS))
    signals = SignalsPage(windows.console, desk.url)
    await signals.open()
    await signals.publish(DEPLOYMENT, SYMBOL, "Open long", stop=desk.stop_below(SYMBOL))
    grid = await signals.open_newest()
    await grid.expect_outcome(ACCOUNT, "Filled")


async def expect_nothing_secret_kept(windows: Windows, key: PaperKey) -> None:
    """Look for password, key and session in whatever the browsers would give back to a script."""
    canaries = Canaries()
    canaries.plant("password", NELL.password)
    canaries.plant("API key", key.api_key)
    canaries.plant("API secret", key.api_secret)
    for page in (windows.console, windows.phone):
        canaries.plant("session", await session_token(page))
    kept = {
        "console": await stored_in(windows.console),
        "phone": await stored_in(windows.phone),
    }
    assert all('"token"' in text for text in kept.values()), "the tab's own token is kept"
    assert canaries.leaks(kept) == {}


@pytest.fixture(scope="module")
def way() -> dict[str, PaperKey]:
    """What the newcomer has got on his way, for the journeys that come after."""
    return {}


async def test_an_invited_stranger_has_his_first_paper_trade_within_minutes_of_clicks(
    desk: DeskUnderTest, windows: Windows, way: dict[str, PaperKey]
) -> None:
    tally, begun = Tally(), time.monotonic()
    for page in (windows.console, windows.phone):
        await tally.watch(page)
    await invite_and_register(desk, windows)
    await approve(desk, windows)
    key = way[ACCOUNT] = await connect(desk, windows)
    await trade(desk, windows)
    positions = OwnPositionsPage(windows.phone, desk.url)
    await positions.open()
    await expect(windows.phone.get_by_test_id("own-trades")).to_contain_text(SYMBOL)
    taken = time.monotonic() - begun
    print(f"{tally.clicks} clicks, {tally.fields} fields, {taken:.0f} s")
    await look_at(windows.phone, "first-trade-390")

    await expect_nothing_secret_kept(windows, key)
    assert desk.paper.held(key, SYMBOL) > 0
    assert 0 < tally.clicks <= CLICKS_MAX
    assert 0 < tally.fields <= FIELDS_MAX
    assert taken < SECONDS_MAX
    assert desk.value(_STATUS, NELL.email) == "active"
    assert desk.rows("SELECT 1 FROM events WHERE payload::text LIKE %s", "%newcomer's%") == []


async def suspend(desk: DeskUnderTest, windows: Windows) -> None:
    """Suspend him while he looks at his portfolio; his page is closed at once."""
    gate, portfolio = Gate(windows.phone, desk.url), PortfolioPage(windows.phone, desk.url)
    await gate.open()
    await gate.sign_in(NELL)
    await portfolio.expect_open()
    clients = ClientsPage(windows.console, desk.url)
    drawer = await clients.open_client(NELL.name)
    await drawer.get_by_role("button", name="Suspend").click()
    await clients.confirm(re.compile("Suspend"), "Suspend client")
    await expect(drawer.get_by_text("Suspended", exact=True).first).to_be_visible()
    await expect(windows.phone).to_have_url(re.compile("/sign-in/?.problem=ended"))


async def look_and_open_nothing(desk: DeskUnderTest, windows: Windows) -> None:
    gate, portfolio = Gate(windows.phone, desk.url), PortfolioPage(windows.phone, desk.url)
    await gate.sign_in(NELL)
    await portfolio.expect_open()
    await expect(windows.phone.get_by_text("You are suspended.")).to_be_visible()
    await expect(windows.phone.get_by_role("table", name="Your accounts")).to_contain_text(ACCOUNT)
    await look_at(windows.phone, "suspended-390")
    keys = OwnKeysPage(windows.phone, desk.url)
    await keys.open()
    desk.confirm_everybody()
    await keys.connect(PaperKey("binance", "k" * 20, "s" * 20), label="nell-second")
    await expect(windows.phone.get_by_role("alert").filter(has_text="suspended")).to_be_visible()
    assert desk.value("SELECT count(*) FROM accounts WHERE label = 'nell-second'") == 0

    signals = SignalsPage(windows.console, desk.url)
    await signals.open()
    await signals.publish(DEPLOYMENT, OTHER, "Open long", stop=desk.stop_below(OTHER))
    grid = await signals.open_newest()
    await grid.expect_outcome(ACCOUNT, "Skipped", code="ACCOUNT_SUSPENDED")


async def test_a_suspended_customer_looks_opens_nothing_and_is_off_boarded_to_the_end(
    desk: DeskUnderTest, windows: Windows, way: dict[str, PaperKey]
) -> None:
    key = way[ACCOUNT]
    desk.confirm_everybody()
    await ClientsPage(windows.console, desk.url).sign_mandate(NELL.name, rate="20")
    await suspend(desk, windows)
    await look_and_open_nothing(desk, windows)
    assert desk.paper.held(key, SYMBOL) > 0
    assert desk.paper.held(key, OTHER) == 0

    drawer = await ClientsPage(windows.console, desk.url).open_client(NELL.name)
    await drawer.get_by_role("link", name="Off-board").click()
    leaving = OffBoardingPage(windows.console, desk.url)
    await leaving.expect_open()
    await expect(leaving.step("Close what the desk opened")).to_contain_text("closes 1 position")
    await look_at(windows.console, "off-boarding-begin")
    await leaving.take("Stop")
    await leaving.take("Close what the desk opened")
    await until(lambda: desk.paper.held(key, SYMBOL) == 0)
    await expect(windows.console.get_by_text("1 of 1 account cleared").first).to_be_visible()
    await leaving.take("Confirm that nothing is open")
    await leaving.take("End the mandates", phrase=PHRASE)
    await keep_picture(windows.console, "off-boarding-mandates")
    await leaving.take("Destroy the keys", phrase=PHRASE)
    await leaving.take("End the relationship", phrase=PHRASE)
    await look_at(windows.console, "off-boarding-end")

    await expect(windows.phone).to_have_url(re.compile("/sign-in/?.problem=ended"))
    await Gate(windows.phone, desk.url).sign_in(NELL)
    await expect(windows.phone.get_by_role("alert")).to_be_visible()
    assert desk.paper.working(key, SYMBOL) == []
    assert desk.rows(_KEPT, ACCOUNT) == [("revoked", True, "disabled")]
    assert desk.value(_STATUS, NELL.email) == "closed"
    assert desk.value("SELECT count(*) FROM halts WHERE lifted_at IS NULL") == 0

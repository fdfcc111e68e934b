"""One desk for all journeys, its people, and a browser."""

from collections.abc import AsyncIterator, Generator, Iterator
from functools import partial

import pytest
from playwright.async_api import Browser, Page, StorageState, async_playwright, expect

from ops.chromium import ensure_chromium
from tests.e2e.desk import DeskUnderTest, PaperKey, new_home, started
from tests.e2e.pages.accounts import AccountsPage
from tests.e2e.pages.clients import ClientsPage
from tests.e2e.pages.gate import Gate, Person
from tests.e2e.pages.overview import OverviewPage
from tests.e2e.pages.portal import PortfolioPage
from tests.e2e.pages.signals import SignalsPage
from tests.e2e.pages.strategies import StrategiesPage
from tests.e2e.visitors import keep_picture, visiting

FLAGS = ["--no-sandbox", "--disable-quic", "--disable-background-networking"]
EXPECT_MS = 30_000  # the machine may be eight times slower than usual
MARKET_SPEED = 20
HAS_FAILED = pytest.StashKey[bool]()

OPERATOR = Person("Ada Operator", "ada@example.com", "correct horse battery staple")
CLEO = Person("Cleo Carter", "cleo@example.com", "a customer's passphrase")
DORA = Person("Dora Dahl", "dora@example.com", "another customer's phrase")

STRATEGY = "Desk calls"
DEPLOYMENT = "Calls on majors"
SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT")
TRADED = "SOLUSDT"
"""What both clients hold when the portal is looked at."""
ACCOUNTS = {
    "cleo-main": (CLEO, "binance", "10000"),
    "cleo-second": (CLEO, "bybit", "8000"),
    "dora-main": (DORA, "binance", "5000"),
    "dora-second": (DORA, "bybit", "6000"),
    "dora-short": (DORA, "binance", "2"),
}
"""By name: whose, where, with how much; the last one has too little for any order."""


def has_failed(item: pytest.Item) -> bool:
    """Tell whether a test has failed so far."""
    return item.stash.get(HAS_FAILED, False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what the desk's processes said last beside a journey that failed."""
    report = yield
    desk = getattr(item, "funcargs", {}).get("desk")
    if report.failed:
        item.stash[HAS_FAILED] = True
    if report.failed and isinstance(desk, DeskUnderTest):
        report.sections += desk.last_words()
    return report


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    expect.set_options(timeout=EXPECT_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=str(ensure_chromium()), args=FLAGS
        )
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
def desk() -> Iterator[DeskUnderTest]:
    """`patriot up --paper` in a home of its own, with nobody in it yet."""
    with (
        new_home() as home,
        started(
            home,
            ["up", "--paper"],
            PATRIOT_FOUR_EYES="off",
            PATRIOT_STAFF_SECOND_FACTOR="offered",
            PATRIOT_BREACHES="tell",
        ) as run,
    ):
        running = DeskUnderTest(run)
        running.paper.set_speed(MARKET_SPEED)
        yield running
        running.close()


@pytest.fixture(scope="session")
async def operator_state(desk: DeskUnderTest, chromium: Browser) -> StorageState:
    """The operator's cookies: the first visit makes him the administrator."""
    async with visiting(chromium, desk.url) as page:
        await page.goto(desk.url)
        await expect(page.get_by_text("Welcome")).to_be_visible()
        await keep_picture(page, "first-visit")
        await Gate(page, desk.url).create_administrator(OPERATOR)
        await OverviewPage(page, desk.url).expect_open()
        return await page.context.storage_state()


@pytest.fixture
async def operator(
    request: pytest.FixtureRequest,
    desk: DeskUnderTest,
    chromium: Browser,
    operator_state: StorageState,
) -> AsyncIterator[Page]:
    """A window of the operator, signed in."""
    desk.confirm_everybody()
    failed = partial(has_failed, request.node)
    async with visiting(chromium, desk.url, state=operator_state, has_failed=failed) as page:
        yield page


@pytest.fixture
async def confirmed_operator(
    request: pytest.FixtureRequest,
    desk: DeskUnderTest,
    chromium: Browser,
    operator_state: StorageState,
) -> AsyncIterator[Page]:
    """A window of the operator in a session of its own, his identity just confirmed."""
    failed = partial(has_failed, request.node)
    async with visiting(chromium, desk.url, has_failed=failed) as page:
        gate = Gate(page, desk.url)
        await gate.open()
        await gate.sign_in(OPERATOR)
        await OverviewPage(page, desk.url).expect_open()
        await gate.open("/confirm-identity")
        await gate.confirm_identity(OPERATOR)
        await OverviewPage(page, desk.url).expect_open()
        desk.confirm_everybody()
        yield page


@pytest.fixture(scope="session")
async def clients(
    desk: DeskUnderTest, chromium: Browser, operator_state: StorageState
) -> tuple[Person, ...]:
    """Two approved clients with passwords, entered in the browser."""
    desk.confirm_everybody()
    async with visiting(chromium, desk.url, state=operator_state) as page:
        clients_page = ClientsPage(page, desk.url)
        for person in (CLEO, DORA):
            await clients_page.open()
            await clients_page.enter(person)
            await clients_page.approve(person.name)
        await keep_picture(page, "client-drawer")
    return CLEO, DORA


@pytest.fixture(scope="session")
async def keys(
    desk: DeskUnderTest,
    chromium: Browser,
    operator_state: StorageState,
    clients: tuple[Person, ...],
) -> dict[str, PaperKey]:
    """The accounts of `ACCOUNTS`, connected in the browser and ready to trade."""
    made: dict[str, PaperKey] = {}
    desk.confirm_everybody()
    async with visiting(chromium, desk.url, state=operator_state) as page:
        accounts_page = AccountsPage(page, desk.url)
        for label, (person, exchange, balance) in ACCOUNTS.items():
            made[label] = desk.paper.open_account(exchange, label=label, balance=balance)
            await accounts_page.open()
            drawer = await accounts_page.connect(person.name, made[label], label=label)
            await accounts_page.expect_verified(drawer)
        await keep_picture(page, "account-drawer")
        await accounts_page.open()
        for label in ACCOUNTS:
            await accounts_page.expect_ready(label)
        await keep_picture(page, "accounts")
    return made


@pytest.fixture(scope="session")
async def deployment(
    desk: DeskUnderTest,
    chromium: Browser,
    operator_state: StorageState,
    keys: dict[str, PaperKey],
) -> str:
    """An operator's own strategy, deployed to all accounts and running."""
    desk.confirm_everybody()
    async with visiting(chromium, desk.url, state=operator_state) as page:
        strategies = StrategiesPage(page, desk.url)
        await strategies.open()
        form = await strategies.fill_new("Operator's signal", STRATEGY)
        await expect(form).to_have_count(0)
        await strategies.deploy(STRATEGY, DEPLOYMENT, symbols=SYMBOLS, accounts=list(ACCOUNTS))
        drawer = await strategies.open_deployment(DEPLOYMENT)
        await expect(drawer.get_by_text("Running", exact=True).first).to_be_visible()
        await keep_picture(page, "deployment-drawer")
    return DEPLOYMENT


@pytest.fixture(scope="session")
async def traded(
    desk: DeskUnderTest,
    chromium: Browser,
    operator_state: StorageState,
    keys: dict[str, PaperKey],
    deployment: str,
) -> None:
    """Both clients have a mandate and hold a position."""
    desk.confirm_everybody()
    async with visiting(chromium, desk.url, state=operator_state) as page:
        clients = ClientsPage(page, desk.url)
        for person in (CLEO, DORA):
            await clients.sign_mandate(person.name, rate="30")
        signals = SignalsPage(page, desk.url)
        await signals.open()
        await signals.publish(deployment, TRADED, "Open long", stop=desk.stop_below(TRADED))
        grid = await signals.open_newest()
        for label in ("cleo-main", "cleo-second", "dora-main"):
            await grid.expect_outcome(label, "Filled")


@pytest.fixture(scope="session")
async def customer_state(desk: DeskUnderTest, chromium: Browser, traded: None) -> StorageState:
    """The cookies of Cleo, who signs in by the form."""
    async with visiting(chromium, desk.url) as page:
        gate = Gate(page, desk.url)
        await gate.open()
        await gate.sign_in(CLEO)
        await PortfolioPage(page, desk.url).expect_open()
        return await page.context.storage_state()

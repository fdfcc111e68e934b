"""A client sees his own money and trades, and nobody else's, by address or by event."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, StorageState, expect

from patriot_app.web import live
from patriot_app.web.console.accounts.state import AccountsState
from patriot_app.web.console.clients.state import ClientsState
from patriot_app.web.console.positions.state import PositionsState
from patriot_app.web.portal.keys.state import MyKeysState
from tests.e2e.conftest import TRADED
from tests.e2e.desk import DeskUnderTest
from tests.e2e.pages.portal import OwnKeysPage, OwnPositionsPage, PortfolioPage
from tests.e2e.visitors import keep_picture, visiting
from tests.web.site import Browser as Socket
from tests.web.site import Site

pytestmark = pytest.mark.e2e
CONSOLE = ("/", "/clients", "/accounts", "/orders", "/positions", "/risk", "/fees", "/system")
_ACCOUNT = "SELECT id::text FROM accounts WHERE label = %s"


@pytest.fixture
async def customer(
    desk: DeskUnderTest, chromium: Browser, customer_state: StorageState
) -> AsyncIterator[Page]:
    """A window of Cleo, signed in."""
    desk.confirm_everybody()
    async with visiting(chromium, desk.url, state=customer_state) as page:
        yield page


async def test_a_client_sees_his_equity_positions_trades_and_fee_so_far(
    desk: DeskUnderTest, customer: Page
) -> None:
    portfolio = PortfolioPage(customer, desk.url)
    await portfolio.open()
    await expect(portfolio.figure("Equity")).to_contain_text("USDT")
    own = customer.get_by_test_id("own-accounts")
    await expect(own).to_contain_text("cleo-main")
    await expect(own).to_contain_text("cleo-second")
    await expect(customer.get_by_test_id("own-fees")).to_contain_text("USDT")
    await keep_picture(customer, "portfolio")
    await expect(customer.get_by_role("main")).not_to_contain_text("dora")

    positions = OwnPositionsPage(customer, desk.url)
    await positions.open()
    await expect(customer.get_by_test_id("own-positions")).to_contain_text(TRADED)
    await expect(customer.get_by_test_id("own-trades")).to_contain_text(TRADED)
    await expect(customer.get_by_role("main")).not_to_contain_text("dora")
    await keep_picture(customer, "own-positions")

    keys = OwnKeysPage(customer, desk.url)
    await keys.open()
    await expect(customer.get_by_role("main")).to_contain_text("cleo-main")
    await expect(customer.get_by_role("main")).not_to_contain_text("dora")
    await keep_picture(customer, "own-keys")


async def test_no_address_of_the_console_shows_a_client_anything(
    desk: DeskUnderTest, customer: Page
) -> None:
    foreign = desk.value(_ACCOUNT, "dora-main")
    client = desk.value("SELECT client_id::text FROM accounts WHERE label = 'dora-main'")
    addresses = [f"{path}?id={foreign}" for path in CONSOLE]
    addresses += [f"/clients?id={client}", f"/portfolio?client_id={client}&id={foreign}"]
    portfolio = PortfolioPage(customer, desk.url)
    for address in addresses:
        await customer.goto(f"{desk.url}{address}")
        await portfolio.expect_open()
        content = await customer.content()
        assert "Dora" not in content, address
        assert "dora-main" not in content, address


def cookie_header(state: StorageState) -> str:
    """Return the Cookie header that a browser with this state sends."""
    return "; ".join(f"{one['name']}={one['value']}" for one in state["cookies"])


async def test_no_event_shows_or_changes_anything_of_another_client(
    desk: DeskUnderTest, customer_state: StorageState
) -> None:
    foreign = desk.value(_ACCOUNT, "dora-main")
    before = desk.value("SELECT count(*) FROM commands")
    site = Site(desk.url, Path(desk.home.logs / "console.log"))
    reason = {"reason": "because I can", "phrase": "flatten dora dahl"}
    tried = [
        (ClientsState.load, {}),
        (AccountsState.load, {}),
        (PositionsState.load, {}),
        (AccountsState.check_again, {}),
        (AccountsState.open_row, {"row_id": foreign}),
        (PositionsState.ask_flatten, {}),
        (PositionsState.flatten, {"form": reason}),
        (MyKeysState.open_replace, {"account_id": foreign}),
        (MyKeysState.ask_revoke, {"account_id": foreign}),
        (MyKeysState.revoke, {"form": reason}),
    ]
    async with Socket(site, cookie=cookie_header(customer_state)) as socket:
        for handler, payload in tried:
            heard = str(await socket.answer(live.name_of(handler), payload))
            assert "Dora" not in heard, live.name_of(handler)
            assert "dora-main" not in heard, live.name_of(handler)
    assert desk.value("SELECT count(*) FROM commands") == before
    status = desk.value(
        "SELECT c.status FROM credentials c JOIN accounts a ON a.id = c.account_id"
        " WHERE a.label = 'dora-main'"
    )
    assert status == "verified"


async def test_a_client_cannot_put_a_key_on_another_clients_account(
    desk: DeskUnderTest, customer: Page
) -> None:
    keys = OwnKeysPage(customer, desk.url)
    await keys.open()
    csrf = await customer.locator('input[name="csrf"]').first.get_attribute("value")
    answer = await customer.request.post(
        f"{desk.url}/api/accounts",
        form={
            "csrf": csrf or "",
            "account_id": desk.value(_ACCOUNT, "dora-main"),
            "api_key": "a-key-of-somebody-else",
            "api_secret": "a-secret-of-somebody-else",
        },
        headers={"origin": desk.url, "accept": "application/json"},
    )
    assert not answer.ok
    count = desk.value(
        "SELECT count(*) FROM credentials c JOIN accounts a ON a.id = c.account_id"
        " WHERE a.label = 'dora-main'"
    )
    assert count == 1

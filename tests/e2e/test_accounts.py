"""Clients are entered and their exchange keys are admitted or refused."""

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import ACCOUNTS, CLEO, DORA
from tests.e2e.desk import DeskUnderTest, PaperKey
from tests.e2e.pages.accounts import AccountsPage
from tests.e2e.pages.gate import Person
from tests.e2e.visitors import keep_picture

pytestmark = pytest.mark.e2e

_KEY = (
    "SELECT c.status, c.api_key_ciphertext IS NULL FROM credentials c"
    " JOIN accounts a ON a.id = c.account_id WHERE a.label = %s"
)


async def test_good_keys_on_both_exchanges_are_verified(
    desk: DeskUnderTest, keys: dict[str, PaperKey], clients: tuple[Person, ...]
) -> None:
    for label in ACCOUNTS:
        assert desk.rows(_KEY, label) == [("verified", False)]
    assert len(desk.events("CredentialVerified")) >= len(ACCOUNTS)
    approved = desk.rows("SELECT email FROM users WHERE status = 'active' ORDER BY email")
    assert (CLEO.email,) in approved
    assert (DORA.email,) in approved
    for key in keys.values():
        assert (
            desk.rows("SELECT 1 FROM credentials c WHERE c::text LIKE %s", f"%{key.api_key}%") == []
        )


async def test_a_key_that_can_withdraw_is_refused_and_destroyed(
    desk: DeskUnderTest, operator: Page, clients: tuple[Person, ...]
) -> None:
    key = desk.paper.open_account(
        "binance", label="cleo-rich-key", balance="100", permissions={"withdraw": True}
    )
    accounts = AccountsPage(operator, desk.url)
    await accounts.open()
    drawer = await accounts.connect(CLEO.name, key, label="cleo-rich-key")
    await accounts.expect_refused(drawer, "withdraw")
    await keep_picture(operator, "key-refused")
    assert desk.rows(_KEY, "cleo-rich-key") == [("rejected", True)]
    assert any("withdraw" in str(event).lower() for event in desk.events("CredentialRejected"))


async def test_a_wrong_key_is_refused(
    desk: DeskUnderTest, operator: Page, clients: tuple[Person, ...]
) -> None:
    accounts = AccountsPage(operator, desk.url)
    await accounts.open()
    wrong = PaperKey("bybit", "no-such-key-at-the-exchange", "nor-such-a-secret-there")
    drawer = await accounts.connect(DORA.name, wrong, label="dora-wrong-key")
    await accounts.expect_refused(drawer, "key")
    assert desk.rows(_KEY, "dora-wrong-key") == [("rejected", True)]


async def test_a_mistake_in_the_form_is_shown_and_nothing_is_lost(
    desk: DeskUnderTest, operator: Page, clients: tuple[Person, ...]
) -> None:
    accounts = AccountsPage(operator, desk.url)
    await accounts.open()
    await operator.get_by_role("button", name="Connect account").click()
    form = accounts.dialog("Connect an account")
    await form.get_by_label("Name of the account").fill("Kept as it was typed")
    await form.get_by_label("API key").fill("short")
    await form.get_by_label("API secret").fill("short")
    await form.get_by_role("button", name="Connect and verify").click()
    for field in ("api_key", "api_secret"):
        note = form.locator(f"#{field}-note")
        await expect(note).to_contain_text("This is not what an exchange gives out")
    await expect(form.get_by_label("Name of the account")).to_have_value("Kept as it was typed")
    assert desk.rows(_KEY, "Kept as it was typed") == []

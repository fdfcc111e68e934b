"""A difference parks its account until a person decides; a reading on demand says what it found."""

from uuid import uuid4

import pytest
from playwright.async_api import Page, expect

from tests.e2e.desk import DeskUnderTest, PaperKey
from tests.e2e.pages.accounts import AccountsPage
from tests.e2e.pages.frame import FOLLOWED_MS
from tests.e2e.pages.reconciliation import ReconciliationPage
from tests.e2e.visitors import keep_picture

pytestmark = pytest.mark.e2e
_PARKED = (
    "SELECT s.parked_reason FROM account_states AS s JOIN accounts AS a ON a.id = s.account_id"
    " WHERE a.label = 'dora-short'"
)


async def test_a_difference_is_decided_with_a_reason_and_its_account_let_go(
    desk: DeskUnderTest, confirmed_operator: Page, keys: dict[str, PaperKey]
) -> None:
    orphan = f"ptp{uuid4().hex[:24]}-1"
    desk.rows(
        "WITH parked AS (UPDATE account_states AS s SET parked_reason ="
        " 'Differs from the exchange: an order' FROM accounts AS a"
        " WHERE a.id = s.account_id AND a.label = 'dora-short' RETURNING a.id, a.shard)"
        " INSERT INTO discrepancies (id, account_id, shard, kind, subject, symbol, local,"
        " reported, evidence, status, parks) SELECT gen_random_uuid(), id, shard,"
        " 'orphan_order', %s, 'BTCUSDT', 'unknown', 'BUY 0.001 BTCUSDT, open',"
        " 'It rests at the exchange under an id that we made', 'open', true FROM parked"
        " RETURNING id",
        orphan,
    )
    inbox = ReconciliationPage(confirmed_operator, desk.url)
    await inbox.open()
    await expect(confirmed_operator.get_by_text("Waiting for a decision")).to_be_visible()
    drawer = await inbox.open_item("dora-short")
    await expect(drawer).to_contain_text("Opens nothing until it is decided")
    await keep_picture(confirmed_operator, "reconciliation")
    await inbox.decide(drawer, "Ignore")
    await expect(drawer.get_by_text("Ignored", exact=True).first).to_be_visible(timeout=FOLLOWED_MS)
    await expect(drawer).to_contain_text("Ignore by Ada Operator: Asked for by the tests")
    assert desk.value(_PARKED) == ""
    decided = desk.events("DiscrepancyDecided")[-1]
    assert (decided["decision"], decided["is_solo"]) == ("ignore", True)


async def test_a_reading_on_demand_is_listed_with_what_it_found(
    desk: DeskUnderTest, confirmed_operator: Page, keys: dict[str, PaperKey]
) -> None:
    accounts = AccountsPage(confirmed_operator, desk.url)
    await accounts.open("?q=dora-short")
    await confirmed_operator.get_by_role("row").filter(has_text="dora-short").first.click()
    runs = confirmed_operator.get_by_test_id("sync-runs")
    await expect(confirmed_operator.get_by_text("Nobody asked for one yet")).to_be_visible()
    await confirmed_operator.get_by_role("button", name="Full sync").click()
    await expect(runs.get_by_text("Done", exact=True)).to_be_visible(timeout=60_000)
    await expect(runs).to_contain_text("Ada Operator")
    await keep_picture(confirmed_operator, "sync-runs")
    kept = desk.rows("SELECT kind, state FROM sync_runs")
    assert kept == [("full", "succeeded")]

"""The halt switch binds at once, and its phrase is checked by the server."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.e2e.desk import DeskUnderTest, PaperKey
from tests.e2e.pages.kill_switch import KillSwitchPage
from tests.e2e.pages.overview import OverviewPage
from tests.e2e.pages.signals import SignalsPage
from tests.e2e.test_trading import ABLE
from tests.e2e.visitors import keep_picture

pytestmark = pytest.mark.e2e
_IN_FORCE = "SELECT count(*) FROM halts WHERE lifted_at IS NULL"


async def test_a_halt_needs_its_phrase_denies_what_opens_and_is_lifted(
    desk: DeskUnderTest,
    confirmed_operator: Page,
    keys: dict[str, PaperKey],
    deployment: str,
) -> None:
    page = confirmed_operator
    overview = OverviewPage(page, desk.url)
    await overview.open()
    asked = await overview.review_halt("The whole desk")
    await expect(asked).to_contain_text(re.compile(r"Stops \d+ running deployments? on"))
    await overview.answer(asked, "Halt trading", phrase="halt everything")
    await expect(asked.get_by_text("Type exactly: halt desk")).to_be_visible()
    assert desk.value(_IN_FORCE) == 0
    await overview.answer(asked, "Halt trading", phrase="halt desk")
    await expect(page.get_by_test_id("halts")).to_contain_text("The whole desk")
    await keep_picture(page, "overview-halted")
    assert desk.value(_IN_FORCE) == 1
    assert len(desk.events("HaltRaised")) == 1

    signals = SignalsPage(page, desk.url)
    await signals.open()
    await signals.publish(deployment, "ETHUSDT", "Open long", stop=desk.stop_below("ETHUSDT"))
    grid = await signals.open_newest()
    for label in ABLE:
        await grid.expect_outcome(label, "Denied", code="HALT_ACTIVE")
        assert desk.paper.held(keys[label], "ETHUSDT") == 0

    await overview.open()
    await page.get_by_test_id("halts").get_by_role("button", name="Lift").click()
    lifting = page.get_by_role("dialog").filter(has_text="trade again?")
    await overview.answer(lifting, "Lift halt", phrase="lift desk")
    await expect(page.get_by_text("Trading runs")).to_be_visible()
    assert desk.value(_IN_FORCE) == 0
    assert len(desk.events("HaltLifted")) == 1


async def test_closing_everything_needs_a_fresh_password(
    desk: DeskUnderTest, operator: Page, deployment: str
) -> None:
    overview = OverviewPage(operator, desk.url)
    desk.rows("UPDATE sessions SET stepped_up_at = now() - interval '6 minutes' RETURNING id")
    await overview.open()
    await operator.get_by_role("button", name="Halt trading").click()
    form = overview.dialog("Halt trading")
    await form.get_by_label("What", exact=True).select_option(label="The whole desk")
    await form.get_by_label("How far").select_option("3")
    await form.get_by_role("button", name="Review").click()
    await expect(operator.get_by_text("Confirm that it is you")).to_be_visible()
    assert desk.value(_IN_FORCE) == 0


async def test_k3_closes_an_account_shows_its_progress_and_is_lowered_step_by_step(
    desk: DeskUnderTest, confirmed_operator: Page, keys: dict[str, PaperKey], deployment: str
) -> None:
    page = confirmed_operator
    signals = SignalsPage(page, desk.url)
    await signals.open()
    await signals.publish(deployment, "ETHUSDT", "Open long", stop=desk.stop_below("ETHUSDT"))
    grid = await signals.open_newest()
    await grid.expect_outcome("dora-second", "Filled")
    assert desk.paper.held(keys["dora-second"], "ETHUSDT") > 0

    kill = KillSwitchPage(page, desk.url)
    await kill.open()
    await kill.halt_account(
        "dora-second",
        how_far="3",
        act="Halt and close everything",
        phrase="flatten dora dahl · dora-second",
    )
    await expect(kill.halts).to_contain_text("Flatten 1/1, finished", timeout=60_000)
    await expect(kill.accounts).to_contain_text("1 closed")
    await keep_picture(page, "kill-switch")
    assert desk.paper.held(keys["dora-second"], "ETHUSDT") == 0
    assert desk.paper.held(keys["dora-main"], "ETHUSDT") > 0

    await kill.lower("1")
    await expect(kill.halts).to_contain_text("K1 · no entries")
    await expect(kill.halts).not_to_contain_text("K3")
    assert desk.events("HaltLifted")[-1]["is_solo"] is True
    await kill.halts.get_by_role("button", name="Lift").click()
    lifting = page.get_by_role("dialog").filter(has_text="trade again?")
    await OverviewPage(page, desk.url).answer(
        lifting, "Lift halt", phrase="lift dora dahl · dora-second"
    )
    await expect(page.get_by_text("Nothing is halted")).to_be_visible()

    await signals.open()
    await signals.publish(deployment, "ETHUSDT", "Close")
    grid = await signals.open_newest()
    await grid.expect_outcome("dora-main", "Filled")

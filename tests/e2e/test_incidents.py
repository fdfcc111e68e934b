"""A halt opens an incident, wakes somebody, is acknowledged, written down and closed."""

import pytest
from playwright.async_api import Page, expect

from tests.e2e.desk import DeskUnderTest
from tests.e2e.pages.incidents import IncidentsPage
from tests.e2e.pages.overview import OverviewPage
from tests.e2e.visitors import keep_picture
from tests.waiting import until

pytestmark = pytest.mark.e2e
CAUSE = "The feed of prices stood still"


async def test_an_incident_lives_from_the_halt_to_its_record(
    desk: DeskUnderTest, confirmed_operator: Page, deployment: str
) -> None:
    page = confirmed_operator
    incidents = IncidentsPage(page, desk.url)
    await incidents.open()
    await incidents.add_contact("Night desk", "night@firm.example")
    await expect(incidents.contacts).to_contain_text("Day and night")
    before = desk.value("SELECT count(*) FROM incidents")

    overview = OverviewPage(page, desk.url)
    await overview.open()
    asked = await overview.review_halt("The whole desk")
    await overview.answer(asked, "Halt trading", phrase="halt desk")
    await expect(page.get_by_test_id("halts")).to_contain_text("The whole desk")

    await until(lambda: desk.value("SELECT count(*) FROM incidents") == before + 1)
    await incidents.open()
    await expect(incidents.newest).to_contain_text("K2 on desk")
    await expect(incidents.newest).to_contain_text("Nobody yet")
    drawer = await incidents.open_newest()
    await expect(drawer).to_contain_text("Night desk (level 1")
    await drawer.get_by_role("button", name="Acknowledge").click()
    await expect(drawer.get_by_role("button", name="Acknowledge")).to_have_count(0)
    await incidents.write_record(drawer, root_cause=CAUSE)
    await expect(drawer).to_contain_text(CAUSE)
    await keep_picture(page, "incident")

    await overview.open()
    await page.get_by_test_id("halts").get_by_role("button", name="Lift").click()
    lifting = page.get_by_role("dialog").filter(has_text="trade again?")
    await overview.answer(lifting, "Lift halt", phrase="lift desk")
    await expect(page.get_by_text("Trading runs")).to_be_visible()

    await incidents.open()
    await expect(incidents.newest).to_contain_text("Mitigated", timeout=60_000)
    drawer = await incidents.open_newest()
    await drawer.get_by_role("button", name="Close incident").click()
    await expect(incidents.newest).to_contain_text("Closed")
    assert len(desk.events("IncidentClosed")) == 1

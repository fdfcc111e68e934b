"""On a desk of two persons: one proposes, he cannot approve it himself, the other one carries it out."""

import pytest
from playwright.async_api import Browser, expect

from patriot_app.core.domain.permissions import STAFF_ROLES, Actor, Role
from patriot_app.core.services import users
from patriot_app.core.settings import get_settings
from patriot_app.core.unit_of_work import begin
from tests.e2e.accessibility import barriers
from tests.e2e.pages.approvals import ApprovalsPage
from tests.e2e.pages.gate import Gate, Person
from tests.e2e.pages.overview import OverviewPage
from tests.e2e.pages.risk import RiskPage
from tests.e2e.visitors import keep_picture, visiting
from tests.factories.keys import Keys
from tests.web.conftest import PASSWORD, site, staff_cookie
from tests.web.site import Site

__all__ = ["site", "staff_cookie"]

pytestmark = pytest.mark.e2e
ADA = Person("Ada", "ada@example.com", PASSWORD)
EVERY_ROLE = STAFF_ROLES - {Role.AUDITOR}  # who only reads, and is nothing else
BEN = Person("Ben Second", "ben@example.com", "a colleague's long passphrase")


@pytest.fixture
async def second(
    staff_cookie: str, as_web: str, key_files: Keys, monkeypatch: pytest.MonkeyPatch
) -> Person:
    """A second member of the desk with every role."""
    for name, value in key_files.variables().items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    founder = Actor(user_id=None, name=ADA.name, roles=EVERY_ROLE, surface="console")
    async with begin(founder) as uow:
        await users.create_staff(
            uow, email=BEN.email, name=BEN.name, password=BEN.password, roles=EVERY_ROLE
        )
    return BEN


async def test_a_limit_is_proposed_by_one_and_carried_out_by_another(
    site: Site, second: Person, chromium: Browser
) -> None:
    async with visiting(chromium, site.url) as one, visiting(chromium, site.url) as other:
        for page, person in ((one, ADA), (other, second)):
            await Gate(page, site.url).open()
            await Gate(page, site.url).sign_in(person)
            await OverviewPage(page, site.url).expect_open()

        risk = RiskPage(one, site.url)
        await risk.open()
        await risk.set_desk_limit("position_notional", "25000")
        await risk.expect_news("another person must approve it")
        await expect(one.get_by_test_id("limits-table")).not_to_contain_text("25")

        own = ApprovalsPage(one, site.url)
        await own.open()
        drawer = await own.open_newest()
        await expect(drawer.get_by_role("button", name="Withdraw")).to_be_visible()
        await expect(drawer.get_by_role("button", name="Approve")).to_have_count(0)
        await keep_picture(one, "proposal-own")
        assert await barriers(one) == []

        await expect(other.get_by_label("Proposals that wait for you").first).to_have_text("1")
        waiting = ApprovalsPage(other, site.url)
        await waiting.open()
        drawer = await waiting.open_newest()
        await expect(drawer).to_contain_text(ADA.name)
        await expect(drawer.get_by_test_id("proposal-changes")).to_contain_text("25,000")
        await keep_picture(other, "proposal-to-decide")
        await waiting.decide(drawer, "Approve")
        await expect(drawer).to_contain_text("Carried out")
        await expect(drawer).to_contain_text(BEN.name)

        await expect(one.get_by_role("dialog")).to_contain_text("Carried out")  # without a reload
        await risk.open()
        await expect(one.get_by_test_id("limits-table")).to_contain_text("25,000")

from patriot_app.core.domain.events import SignedOut
from patriot_app.core.domain.permissions import STAFF_ROLES, Actor
from patriot_app.core.ids import new_id
from patriot_app.core.unit_of_work import begin
from tests.web.conftest import People
from tests.web.site import Browser, Site
from tests.web.test_guard import ACTIVITY_LOAD, ARRIVE


async def test_a_change_reaches_an_open_page_without_a_reload(
    site: Site, people: People, as_web: str
) -> None:
    desk = Actor(user_id=None, name="Ada", roles=STAFF_ROLES, surface="console")
    async with Browser(site, cookie=people.staff) as browser:
        await browser.answer(ARRIVE, {"route": "/activity"})
        await browser.answer(ACTIVITY_LOAD)
        before = len(browser.frames)
        async with begin(desk) as uow:
            uow.record(SignedOut(client_id=new_id()))
            uow.touch("commands")
        await browser.until(lambda: "Signed out" in str(browser.frames[before:]))

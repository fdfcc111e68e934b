"""Open pages: what changes reaches them, and what was left open on them is closed in time."""

from typing import Any

from sqlalchemy import text

from patriot_app.core.domain.events import SignedOut
from patriot_app.core.domain.notification_preferences import Preferences
from patriot_app.core.domain.permissions import STAFF_ROLES, Actor, Role
from patriot_app.core.ids import new_id
from patriot_app.core.services import notification_preferences as preferences
from patriot_app.core.unit_of_work import begin
from tests.web.conftest import People
from tests.web.site import Browser, Site
from tests.web.test_guard import ACTIVITY_LOAD, ARRIVE

KILL_SWITCH = (
    "reflex___state____state.patriot_app___web___console___kill_switch___state____kill_switch_state"
)
HALT_FORM = f"{KILL_SWITCH}.halt_form"
STRATEGIES = (
    "reflex___state____state.patriot_app___web___console___strategies___state____strategies_state"
)
OPEN, CLOSED = "halt", ""


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


async def test_a_click_that_overtakes_the_loading_of_its_page_keeps_its_dialog(
    site: Site, people: People
) -> None:
    async with Browser(site, cookie=people.staff) as browser:
        await browser.answer(ARRIVE, {"route": "/activity"})
        assert forms_in(await browser.answer(HALT_FORM)) == [OPEN]
        assert forms_in(await browser.answer(ARRIVE, {"route": "/kill-switch"})) == []


async def test_a_dialog_is_closed_when_its_page_is_left_for_another(
    site: Site, people: People
) -> None:
    async with Browser(site, cookie=people.staff) as browser:
        await browser.answer(ARRIVE, {"route": "/kill-switch"})
        await browser.answer(HALT_FORM)
        assert forms_in(await browser.answer(ARRIVE, {"route": "/activity"})) == [CLOSED]


async def test_a_dialog_is_closed_when_its_page_is_loaded_again(site: Site, people: People) -> None:
    async with Browser(site, cookie=people.staff) as before:
        await before.answer(ARRIVE, {"route": "/kill-switch"})
        await before.answer(HALT_FORM)
    async with Browser(site, cookie=people.staff, token=before.token) as after:
        assert forms_in(await after.answer(ARRIVE, {"route": "/kill-switch"})) == [CLOSED]


async def test_the_frame_of_each_tells_his_own_time_zone(
    site: Site, people: People, as_web: str
) -> None:
    zones = []
    for cookie, name, zone in (
        (people.customer, "Cleo", "Europe/Kyiv"),
        (people.staff, "Ada", "Asia/Kolkata"),
    ):
        async with begin(
            Actor(user_id=None, name="Ada", roles=STAFF_ROLES, surface="console")
        ) as uow:
            found = await uow.session.execute(
                text(
                    "SELECT id FROM users WHERE name = :name ORDER BY created_at DESC, id LIMIT 1"
                ),
                {"name": name},
            )
            roles = STAFF_ROLES if name == "Ada" else frozenset({Role.CUSTOMER})
            who = Actor(user_id=found.scalar_one(), name=name, roles=roles, surface="portal")
        async with begin(who) as uow:
            await preferences.change(uow, Preferences(zone=zone))
        async with Browser(site, cookie=cookie) as browser:
            frames = await browser.answer(ARRIVE, {"route": "/portfolio"})
            zones.append([one for one in ("Kyiv", "Kolkata") if one in str(frames)])
    assert zones == [["Kyiv"], ["Kolkata"]]


async def test_settings_sent_while_others_were_on_their_way_are_shown_again_and_not_taken(
    site: Site, people: People
) -> None:
    form = {"kind": "ema_cross", "name": "Trend", "parameter_fast": "9"}
    async with Browser(site, cookie=people.staff) as browser:
        await browser.answer(f"{STRATEGIES}.choose_kind", {"kind": "donchian_breakout"})
        answer = str(await browser.answer(f"{STRATEGIES}.create", {"form": form}))
    assert "Other settings came while you sent; look at them and send again" in answer


def forms_in(frames: list[Any]) -> list[str]:
    """Return what the updates say about the open form of the kill switch, in their order."""
    said = []
    for frame in frames:
        of_page = frame["delta"].get(KILL_SWITCH, {})
        said += [value for name, value in of_page.items() if name.startswith("form")]
    return said

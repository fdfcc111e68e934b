import importlib
from datetime import UTC, datetime
from functools import partial
from http.cookies import SimpleCookie

import pytest
from reflex_base.config import get_config
from reflex_base.registry import RegistrationContext

from patriot_app.core import four_eyes
from patriot_app.core.clock import FrozenClock
from patriot_app.core.domain.permission_matrix import MATRIX
from patriot_app.core.domain.permissions import Permission, Role, grant_of
from patriot_app.web import guard
from patriot_app.web.auth import Access, requirement_of
from patriot_app.web.console.accounts import state as accounts_state
from tests.web.conftest import People
from tests.web.site import Browser, Site

ACTIVITY_LOAD = (
    "reflex___state____state.patriot_app___web___console___activity___state____activity_state.load"
)
ARRIVE = "reflex___state____state.patriot_app___web___shell___state____shell_state.arrive"
HYDRATE = "reflex___state____state.hydrate"


@pytest.fixture(scope="module", autouse=True)
def _all_pages() -> None:
    importlib.import_module("patriot_app.patriot_app")


def test_every_handler_declares_what_it_demands() -> None:
    assert list(guard.undeclared_handlers()) == []


def test_only_news_and_sign_in_are_open_to_anybody() -> None:
    public = {
        name.rsplit(".", 2)[-2].rsplit("____", 1)[-1] + "." + name.rsplit(".", 1)[-1]
        for name in RegistrationContext.get().event_handlers
        if (found := guard.declared(name)) is not None and found.access is Access.PUBLIC
    }
    assert public == {"toast_state.show", "toast_state.dismiss", "sign_in_state.load"}


def test_the_matrix_names_every_handler_and_none_in_vain() -> None:
    assert list(guard.unlisted_handlers()) == []
    found = [
        (registered.handler.fn.__qualname__, requirement)
        for registered in RegistrationContext.get().event_handlers.values()
        if (requirement := requirement_of(registered.handler.fn)) is not None
    ]
    names = {part for name, _ in found for part in (name, name.rsplit(".", 1)[-1])}
    assert (MATRIX.anybody | MATRIX.signed_in) - names == set()


def test_what_nothing_does_yet_is_marked_as_reserved() -> None:
    used = {
        requirement.access
        for registered in RegistrationContext.get().event_handlers.values()
        if (requirement := requirement_of(registered.handler.fn)) is not None
    }
    for callers in (*MATRIX.routes.values(), *MATRIX.bot.values()):
        used |= set(callers)
    used |= set(accounts_state.NEEDED.values())
    used |= {one for act in four_eyes.ACTS.values() for one in (act.propose, act.approve)}
    reserved = {name for name, action in MATRIX.actions.items() if action.is_reserved}
    assert set(Permission) - used == reserved


def test_states_of_pages_stay_in_the_memory_of_their_process() -> None:
    # Nobody can hand us a pickle: none is read from a disk or another server.
    assert get_config().state_manager_mode == "memory"


async def test_an_anonymous_hydration_carries_no_data(site: Site) -> None:
    async with Browser(site) as browser:
        frames = str(await browser.answer(HYDRATE))
    assert "toasts" in frames
    assert "@" not in frames.replace("@example.com", "")
    assert "'rows_rx_state_': []" in frames


async def test_anonymous_events_are_led_to_the_sign_in_page(site: Site) -> None:
    async with Browser(site) as browser:
        frames = str(await browser.answer(ACTIVITY_LOAD))
    assert "_redirect" in frames
    assert "/sign-in" in frames


@pytest.mark.parametrize(
    "name",
    [
        "reflex___state____state.setvar",
        "reflex___state____state.no_such_state.load",
        "reflex___state____state.reflex___state____update_vars_internal_state.update_vars_internal",
        ACTIVITY_LOAD.replace(".load", "._read_address"),
        ACTIVITY_LOAD.replace(".load", ".setvar"),
        ACTIVITY_LOAD.replace(".load", ".__init__"),
    ],
)
async def test_undeclared_events_do_nothing(site: Site, people: People, name: str) -> None:
    async with Browser(site, cookie=people.staff) as browser:
        await browser.answer(HYDRATE)
        frames = await browser.answer(name, {"var_name": "name", "value": "evil"})
    assert "evil" not in str(frames)


async def test_every_handler_refuses_whoever_lacks_its_permission(
    site: Site, people: People
) -> None:
    customer_may = {one for one in Permission if grant_of({Role.CUSTOMER}, one) is not None}
    async with Browser(site, cookie=people.customer) as browser:
        await browser.answer(HYDRATE)
        for name in list(RegistrationContext.get().event_handlers):
            found = guard.declared(name)
            if found is None or found.access in {*Access, *customer_may}:
                continue
            await expect_refusal(browser, name)


async def expect_refusal(browser: Browser, name: str) -> None:
    """Send an event until it is refused for want of a permission, however fast we are told to be."""
    refused, too_fast = "You may not do this", "Too many requests"
    is_refused = False
    while not is_refused:
        start = len(browser.frames)
        await browser.send(name)
        await browser.until(partial(says_any, browser, start, (refused, too_fast)))
        heard = str(browser.frames[start:])  # the newest piece of news stands last
        is_refused = heard.rfind(refused) > heard.rfind(too_fast)


def says_any(browser: Browser, start: int, texts: tuple[str, ...]) -> bool:
    return any(text in str(browser.frames[start:]) for text in texts)


async def test_staff_see_the_log_and_a_customer_is_sent_to_the_portal(
    site: Site, people: People
) -> None:
    async with Browser(site, cookie=people.staff) as browser:
        assert "User registered" in str(await browser.answer(ACTIVITY_LOAD))
    async with Browser(site, cookie=people.customer) as browser:
        frames = str(await browser.answer(ARRIVE, {"route": "/activity"}))
    assert "/portfolio" in frames


async def test_the_cookie_never_reaches_the_browsers_state(site: Site, people: People) -> None:
    secret = SimpleCookie(people.staff)["__Host-sid"].value
    async with Browser(site, cookie=people.staff) as browser:
        await browser.answer(HYDRATE)
        await browser.answer(ARRIVE, {"route": "/activity"})
        frames = await browser.answer(ACTIVITY_LOAD)
    assert "User registered" in str(frames)
    assert secret not in str(browser.frames)


async def test_another_persons_tab_token_finds_an_empty_state(site: Site, people: People) -> None:
    async with Browser(site, cookie=people.staff) as browser:
        await browser.answer(ACTIVITY_LOAD)
        token = browser.token
    async with Browser(site, cookie=people.customer, token=token) as thief:
        assert "User registered" not in str(await thief.answer(HYDRATE))
    async with Browser(site, token=token) as nobody:
        assert "User registered" not in str(await nobody.answer(HYDRATE))


async def test_a_session_that_has_ended_is_refused_at_its_next_event(
    site: Site, people: People
) -> None:
    cookie = people.customer
    async with Browser(site, cookie=cookie) as browser:
        frames = str(await browser.answer(ARRIVE, {"route": "/portfolio"}))
        csrf = frames.split("'csrf_rx_state_': '", 1)[1].split("'", 1)[0]
        assert site.post("/api/session/end", {"csrf": csrf}, cookie=cookie).status_code == 200
        late = str(await browser.answer(ARRIVE, {"route": "/portfolio"}))
    assert "/sign-in" in late


async def test_wrong_arguments_run_nothing_and_show_no_internals(
    site: Site, people: People
) -> None:
    go_to = ACTIVITY_LOAD.replace(".load", ".go_to")
    async with Browser(site, cookie=people.staff) as browser:
        await browser.answer(HYDRATE)
        for payload in ({"page": {"a": 1}}, {"page": "x" * 10_000}, {"nothing": 1}, {}):
            frames = str(await browser.answer(go_to, payload))
            assert "Traceback" not in frames
            assert "_redirect" not in frames


async def test_a_flood_of_events_is_refused() -> None:
    slow = guard.Guard(clock=FrozenClock(datetime(2026, 5, 4, tzinfo=UTC)))
    taken = [slow._is_too_fast(b"one session") for _ in range(int(guard.EVENTS_BURST) + 1)]
    assert taken.count(True) == 1
    assert slow._is_too_fast(b"another session") is False

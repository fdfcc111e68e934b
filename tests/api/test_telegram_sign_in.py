"""Sign in by a Yes in one's chat: which browser is let in, and everything that must not be."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import text

from patriot_app.core.clock import FrozenClock, SystemClock
from patriot_app.core.domain.permissions import VISITOR
from patriot_app.core.domain.telegram import OPEN_SIGN_INS_MAX
from patriot_app.core.errors import Refused
from patriot_app.core.services import sessions
from patriot_app.core.unit_of_work import begin
from tests.bot_api.chats import Person
from tests.bot_api.desk import CHROME, Browser, Desk, desk, earlier, right_code
from tests.factories.rows import OPERATOR

__all__ = ["desk"]

PAGE = "/telegram-sign-in"
FINISH = "/api/telegram-sign-in/finish"


@pytest.fixture(autouse=True)
async def _fresh(as_web: str) -> None:
    """Nobody has tried to sign in so far, by either way."""
    async with begin(VISITOR) as uow:
        await uow.session.execute(text("DELETE FROM sign_in_attempts"))
        await uow.session.execute(text("DELETE FROM telegram_sign_ins"))


async def asked(desk: Desk, person: Person) -> Browser:
    """Return a browser that waits while its person is asked in the chat."""
    browser = desk.browser()
    await browser.open(PAGE)
    await browser.send("/api/telegram-sign-in")
    await browser.open(PAGE)
    await desk.says(person, browser.code())
    return browser


async def answers(desk: Desk, person: Person, label: str) -> str:
    person.presses(label)
    await desk.turn()
    return person.sees()[-1]


async def stage(browser: Browser) -> str:
    return str((await browser.open("/api/telegram-sign-in")).json()["stage"])


async def failures(email: str) -> int:
    async with begin(OPERATOR) as uow:
        found = await uow.session.execute(
            text("SELECT count(*) FROM sign_in_attempts WHERE subject = :email AND NOT succeeded"),
            {"email": email},
        )
        return int(found.scalar_one())


async def test_yes_lets_the_browser_in_that_asked(desk: Desk) -> None:
    ada = desk.person(201)
    _, email = await desk.connected(ada)
    browser = await asked(desk, ada)
    question = ada.newest()
    assert "Chrome on Linux" in question.text
    assert "Address: 127.0.0.1" in question.text
    assert re.search(r"Since: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", question.text)
    assert list(question.buttons) == ["Yes, it is me", "No"]
    assert await stage(browser) == "asked"
    assert "is let in" in await answers(desk, ada, "Yes, it is me")
    assert await stage(browser) == "yes"
    await browser.open(PAGE)
    answer = await browser.send(FINISH)
    assert answer.headers.get("location") == "/portfolio", answer.text
    for flag in ("HttpOnly", "Secure", "SameSite=strict"):
        assert flag in answer.headers["set-cookie"]
    found = await browser.actor()
    assert found is not None
    assert not found.has_stepped_up(SystemClock().now()), "grave acts still ask for the password"
    assert await failures(email) == 0


async def test_no_lets_nobody_in_counts_as_a_failure_and_is_told(desk: Desk) -> None:
    ada = desk.person(202)
    home, email = await desk.connected(ada)
    browser = await asked(desk, ada)
    assert "nobody was let in" in await answers(desk, ada, "No")
    assert await stage(browser) == "no"
    await browser.open(PAGE)
    assert "answered No" in browser.page
    assert await browser.actor() is None
    assert await failures(email) == 1
    found = await home.actor()
    assert found is not None
    async with begin(OPERATOR) as uow:
        told = await uow.session.execute(
            text("SELECT title FROM notifications WHERE user_id = :id"), {"id": found.user_id}
        )
        assert "A sign-in was refused in your chat" in set(told.scalars())
        noted = await uow.session.execute(
            text("SELECT surface FROM events WHERE type = 'SignInFailed' AND subject_id = :id"),
            {"id": found.user_id},
        )
        assert list(noted.scalars()) == ["bot"]


async def test_whoever_has_a_second_factor_gives_its_code_as_well(desk: Desk) -> None:
    ada = desk.person(203)
    home, _ = await desk.connected(ada)
    seed = await desk.enrolled(home, clock=earlier(5))
    browser = await asked(desk, ada)
    await answers(desk, ada, "Yes, it is me")
    await browser.open(PAGE)
    assert "One-time code" in browser.page
    assert "data-goes-by-itself" not in browser.page
    assert (await browser.send(FINISH, code="")).status_code == 422
    assert (await browser.send(FINISH, code="000000")).status_code == 422
    assert await browser.actor() is None
    answer = await browser.send(FINISH, code=right_code(seed, SystemClock()))
    assert answer.headers["location"] == "/portfolio"


async def test_staff_without_a_second_factor_do_not_come_in_this_way(desk: Desk) -> None:
    root = desk.person(204)
    home = await desk.administrator()
    await desk.connect(home, root)
    browser = await asked(desk, root)
    await answers(desk, root, "Yes, it is me")
    await browser.open(PAGE)
    answer = await browser.send(FINISH)
    assert answer.status_code == 422
    assert "only with a second factor" in answer.text
    seed = await desk.enrolled(home, clock=earlier(5))
    browser = await asked(desk, root)
    await answers(desk, root, "Yes, it is me")
    await browser.open(PAGE)
    answer = await browser.send(FINISH, code=right_code(seed, SystemClock()))
    assert answer.headers["location"] == "/"


async def test_guessing_the_code_after_a_yes_locks_the_factor_as_with_a_password(
    desk: Desk,
) -> None:
    ada = desk.person(205)
    home, _ = await desk.connected(ada)
    seed = await desk.enrolled(home, clock=earlier(5))
    browser = await asked(desk, ada)
    await answers(desk, ada, "Yes, it is me")
    await browser.open(PAGE)
    for tried in range(5):
        assert (await browser.send(FINISH, code=f"{tried:06d}")).status_code == 422
    refused = await browser.send(FINISH, code=right_code(seed, SystemClock()))
    assert refused.status_code in {422, 429}
    assert await browser.actor() is None


async def test_another_browser_with_the_link_is_not_let_in(desk: Desk) -> None:
    ada = desk.person(206)
    await desk.connected(ada)
    browser = await asked(desk, ada)
    await answers(desk, ada, "Yes, it is me")
    await browser.open(PAGE)
    other = desk.browser()
    other.page = browser.page
    assert (await other.send(FINISH)).status_code == 422
    assert await stage(other) == "over"
    assert await other.actor() is None


async def test_the_yes_is_good_once_and_from_the_same_address(desk: Desk) -> None:
    ada = desk.person(207)
    await desk.connected(ada)
    browser = await asked(desk, ada)
    await answers(desk, ada, "Yes, it is me")
    secret = browser.cookies["__Host-tg"]
    with pytest.raises(Refused, match="Begin again"):
        await sessions.finish_telegram_sign_in(secret, code="", ip="203.0.113.9", user_agent=CHROME)
    await browser.open(PAGE)
    page = browser.page
    assert (await browser.send(FINISH)).headers["location"] == "/portfolio"
    browser.page, browser.cookies["__Host-tg"] = page, secret
    assert (await browser.send(FINISH)).status_code == 422


async def test_buttons_are_bound_to_whom_they_were_shown(desk: Desk) -> None:
    ada, eve = desk.person(208), desk.person(209, name="Eve")
    await desk.connected(ada)
    await desk.connected(eve)
    browser = await asked(desk, ada)
    stolen = ada.newest().buttons["Yes, it is me"]
    eve.presses("Yes, it is me", data=stolen)
    await desk.turn()
    assert await stage(browser) == "asked"
    await answers(desk, ada, "Yes, it is me")
    assert await stage(browser) == "yes"


async def test_a_button_pressed_twice_or_after_a_minute_decides_nothing_more(desk: Desk) -> None:
    ada = desk.person(210)
    await desk.connected(ada)
    browser = await asked(desk, ada)
    data = ada.newest().buttons
    await answers(desk, ada, "No")
    ada.presses("Yes, it is me", data=data["Yes, it is me"])
    await desk.turn()
    assert await stage(browser) == "no"
    late = await asked(desk, ada)
    desk.server.execute(
        "UPDATE telegram_questions SET expires_at = now() - interval '1 second'",
        database=desk.database,
    )
    assert "not valid any more" in await answers(desk, ada, "Yes, it is me")
    desk.server.execute(
        "UPDATE telegram_sign_ins SET asked_at = asked_at - interval '2 minutes'",
        database=desk.database,
    )
    assert await stage(late) == "over"


async def test_a_forged_word_in_a_button_does_nothing(desk: Desk) -> None:
    ada = desk.person(211)
    await desk.connected(ada)
    browser = await asked(desk, ada)
    for data in ("q:AAAAAAAAAAAAAAAAAAAAAA:y", "q:'; DROP TABLE users;--:y", "yes"):
        ada.presses("Yes, it is me", data=data)
        await desk.turn()
    assert await stage(browser) == "asked"


async def test_a_stranger_cannot_answer_and_a_link_is_asked_about_once(desk: Desk) -> None:
    ada, stranger = desk.person(212), desk.person(213)
    await desk.connected(ada)
    browser = desk.browser()
    await browser.open(PAGE)
    await browser.send("/api/telegram-sign-in")
    await browser.open(PAGE)
    code = browser.code()
    assert "connected with nobody" in await desk.says(stranger, code)
    assert await stage(browser) == "waiting", "a stranger does not use it up"
    await desk.says(ada, code)
    assert await stage(browser) == "asked"
    assert "not valid any more" in await desk.says(ada, code)


async def test_a_disconnected_or_suspended_person_is_not_let_in(desk: Desk) -> None:
    ada = desk.person(214)
    home, _ = await desk.connected(ada)
    browser = await asked(desk, ada)
    await answers(desk, ada, "Yes, it is me")
    await browser.open(PAGE)
    await home.open("/my-telegram")
    await home.send("/api/my-telegram/unlink", sure="yes")
    assert (await browser.send(FINISH)).status_code == 422
    assert await browser.actor() is None


async def test_it_is_over_after_five_minutes(desk: Desk) -> None:
    ada = desk.person(215)
    await desk.connected(ada)
    browser = await asked(desk, ada)
    await answers(desk, ada, "Yes, it is me")
    later = FrozenClock(SystemClock().now() + timedelta(minutes=5))
    with pytest.raises(Refused, match="Begin again"):
        await sessions.finish_telegram_sign_in(
            browser.cookies["__Host-tg"], code="", ip="127.0.0.1", user_agent=CHROME, clock=later
        )


async def test_one_address_begins_only_so_many(desk: Desk) -> None:
    for _ in range(OPEN_SIGN_INS_MAX):
        await sessions.begin_telegram_sign_in(ip="127.0.0.1", user_agent=CHROME)
    browser = desk.browser()
    await browser.open(PAGE)
    answer = await browser.send("/api/telegram-sign-in")
    assert answer.status_code == 429
    assert "Please wait" in answer.text


async def test_a_form_from_elsewhere_begins_and_finishes_nothing(desk: Desk) -> None:
    for path in ("/api/telegram-sign-in", FINISH):
        answer = await desk.client.post(path, headers={"origin": "https://evil.example"})
        assert answer.status_code == 403


async def test_without_a_bot_the_page_sends_to_the_password(desk: Desk) -> None:
    desk.server.execute("DELETE FROM telegram_bots", database=desk.database)
    browser = desk.browser()
    await browser.open(PAGE)
    assert "Use your password" in browser.page
    assert "Begin" not in browser.page

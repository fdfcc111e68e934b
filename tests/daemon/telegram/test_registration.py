"""From a code that staff hand over to an account of one's own: no secret is typed into the chat."""

from html import unescape
from urllib.parse import urlsplit

from patriot_app.core.domain.users import UserStatus
from patriot_app.core.ids import new_id
from patriot_app.core.services import invitations
from patriot_app.core.unit_of_work import begin
from tests.bot_api.desk import PASSWORD, Browser, Desk, desk
from tests.factories.rows import OPERATOR

__all__ = ["desk"]


async def invited() -> str:
    """Return the code of a fresh invitation."""
    async with begin(OPERATOR) as uow:
        made = await invitations.invite(uow, email=f"{new_id()}@mail.example", name="Ivy")
    async with begin(OPERATOR) as uow:
        return await invitations.issue_code(uow, made.invitation_id)


async def followed(desk: Desk, answer: str, telegram_id: int) -> Browser:
    """Open the link of the bot's newest message."""
    assert "Register here" in answer
    [link] = [one for one in desk.api.links.get(telegram_id, []) if "/join?token=" in one][-1:]
    browser, parts = desk.browser(), urlsplit(unescape(link))
    await browser.open(f"{parts.path}?{parts.query}")
    return browser


async def test_a_code_leads_to_a_link_and_the_link_to_an_account(desk: Desk) -> None:
    ivy = desk.person(401)
    browser = await followed(desk, await desk.says(ivy, await invited()), 401)
    assert "Welcome" in browser.page
    answer = await browser.send("/api/join", name="Ivy Green", password=PASSWORD, agrees="yes")
    assert answer.headers["location"] == "/second-factor", answer.text
    found = await browser.actor()
    assert found is not None
    assert found.status is UserStatus.PENDING_VERIFICATION
    assert "connected with nobody" in await desk.says(ivy, "/start"), "that takes his own Yes"


async def test_the_code_also_comes_with_start(desk: Desk) -> None:
    answer = await desk.says(desk.person(402), f"/start reg_{await invited()}")
    assert "Register here" in answer


async def test_code_and_link_are_good_once(desk: Desk) -> None:
    code = await invited()
    browser = await followed(desk, await desk.says(desk.person(403), code), 403)
    assert "not valid any more" in await desk.says(desk.person(404), code)
    page = browser.page
    await browser.send("/api/join", name="Ivy", password=PASSWORD, agrees="yes")
    again = desk.browser()
    again.page = page
    answer = await again.send("/api/join", name="Eve", password=PASSWORD, agrees="yes")
    assert await again.actor() is None
    assert answer.headers["location"] != "/second-factor"


async def test_a_link_that_is_ten_minutes_old_registers_nobody(desk: Desk) -> None:
    browser = await followed(desk, await desk.says(desk.person(405), await invited()), 405)
    desk.server.execute(
        "UPDATE registration_codes SET ticket_expires_at = now() - interval '1 second'",
        database=desk.database,
    )
    await browser.send("/api/join", name="Ivy", password=PASSWORD, agrees="yes")
    assert await browser.actor() is None


async def test_codes_are_not_guessed(desk: Desk) -> None:
    mallory, code = desk.person(406), await invited()
    for tried in range(5):
        assert "not valid any more" in await desk.says(mallory, f"{tried:022d}")
    assert "Too many codes" in await desk.says(mallory, code)

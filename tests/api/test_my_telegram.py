"""Connect a chat: the code, the claim, the person's own Yes, and everybody who tries without."""

import pytest
from sqlalchemy import text

from patriot_app.core.unit_of_work import begin
from tests.bot_api.desk import Desk, desk
from tests.factories.rows import OPERATOR

__all__ = ["desk"]

PAGE = "/my-telegram"


async def facts(kind: str) -> list[dict[str, object]]:
    async with begin(OPERATOR) as uow:
        found = await uow.session.execute(
            text("SELECT payload FROM events WHERE type = :kind ORDER BY recorded_at, id"),
            {"kind": kind},
        )
        return list(found.scalars())


async def test_a_chat_is_connected_once_its_person_has_confirmed_its_name(desk: Desk) -> None:
    browser, _ = await desk.signed_in()
    cleo = desk.person(101, name="Cleo", username="cleo_t")
    await browser.open(PAGE)
    assert "Connect Telegram" in browser.page
    await browser.send("/api/my-telegram")
    await browser.open(PAGE)
    assert "https://t.me/patriot_test_bot?start=link_" in browser.page
    assert "Go back to the page" in await desk.says(cleo, browser.code())
    assert "connected with nobody" in await desk.says(cleo, "/start"), "claimed is not connected"
    await browser.open(PAGE)
    assert "Cleo (@cleo_t)" in browser.page
    await browser.send("/api/my-telegram/confirm")
    await browser.open(PAGE)
    assert "Disconnect" in browser.page
    assert "Good day, Cleo" in await desk.says(cleo, "/start")
    assert (await facts("TelegramLinked"))[-1]["telegram_name"] == "Cleo (@cleo_t)"


async def test_the_person_hears_of_it_where_he_hears_of_his_sign_ins(desk: Desk) -> None:
    browser, _ = await desk.connected(desk.person(102))
    found = await browser.actor()
    assert found is not None
    async with begin(OPERATOR) as uow:
        told = await uow.session.execute(
            text("SELECT title FROM notifications WHERE user_id = :id"), {"id": found.user_id}
        )
        assert "Telegram was connected: Ada" in set(told.scalars())


async def test_who_says_no_connects_nobody(desk: Desk) -> None:
    browser, _ = await desk.signed_in()
    mallory = desk.person(103, name="Mallory")
    await browser.open(PAGE)
    await browser.send("/api/my-telegram")
    await browser.open(PAGE)
    await desk.says(mallory, browser.code())
    await browser.open(PAGE)
    await browser.send("/api/my-telegram/decline")
    await browser.open(PAGE)
    assert "Connect Telegram" in browser.page
    assert "connected with nobody" in await desk.says(mallory, "/start")


async def test_a_code_is_good_once_and_a_new_one_voids_the_former(desk: Desk) -> None:
    browser, _ = await desk.signed_in()
    await browser.open(PAGE)
    await browser.send("/api/my-telegram")
    await browser.open(PAGE)
    first = browser.code()
    await browser.send("/api/my-telegram")
    await browser.open(PAGE)
    assert "not valid any more" in await desk.says(desk.person(104), first)
    second = browser.code()
    assert "Go back to the page" in await desk.says(desk.person(105), second)
    assert "not valid any more" in await desk.says(desk.person(106), second)


async def test_a_code_that_is_ten_minutes_old_connects_nobody(desk: Desk) -> None:
    browser, _ = await desk.signed_in()
    await browser.open(PAGE)
    await browser.send("/api/my-telegram")
    await browser.open(PAGE)
    desk.server.execute(
        "UPDATE telegram_offers SET expires_at = now() - interval '1 second'",
        database=desk.database,
    )
    assert "not valid any more" in await desk.says(desk.person(107), browser.code())


async def test_a_guesser_is_not_listened_to_after_five_tries(desk: Desk) -> None:
    browser, _ = await desk.signed_in()
    await browser.open(PAGE)
    await browser.send("/api/my-telegram")
    await browser.open(PAGE)
    mallory = desk.person(108)
    for tried in range(5):
        assert "not valid any more" in await desk.says(mallory, f"/start link_{tried:022d}")
    assert "Too many codes" in await desk.says(mallory, browser.code())
    assert "Go back to the page" in await desk.says(desk.person(109), browser.code())
    assert any("link" in str(one["what"]) for one in await facts("AttemptRefused"))


async def test_another_session_of_the_same_person_cannot_confirm(desk: Desk) -> None:
    browser, email = await desk.signed_in()
    await browser.open(PAGE)
    await browser.send("/api/my-telegram")
    await browser.open(PAGE)
    await desk.says(desk.person(110), browser.code())
    await browser.open(PAGE)
    other = await desk.entered(email)
    await other.open(PAGE)
    assert "Connect Telegram" in other.page, "the other session sees no code and no claim"
    other.page = browser.page
    answer = await other.send("/api/my-telegram/confirm")
    assert answer.status_code == 403, "the form's token belongs to the first session"
    found = await other.actor()
    assert found is not None
    other.page = browser.page
    answer = await other.send("/api/my-telegram/confirm", csrf=found.csrf_token)
    assert answer.status_code == 422
    assert "another browser" in answer.text


async def test_another_person_cannot_confirm_or_see_it(desk: Desk) -> None:
    browser, _ = await desk.signed_in()
    await browser.open(PAGE)
    await browser.send("/api/my-telegram")
    await browser.open(PAGE)
    await desk.says(desk.person(111), browser.code())
    await browser.open(PAGE)
    eve, _ = await desk.signed_in(name="Eve")
    eve.page = browser.page
    found = await eve.actor()
    assert found is not None
    answer = await eve.send("/api/my-telegram/confirm", csrf=found.csrf_token)
    assert answer.status_code == 422


async def test_a_telegram_account_belongs_to_one_person_at_a_time(desk: Desk) -> None:
    shared = desk.person(112)
    owner, _ = await desk.connected(shared)
    browser, _ = await desk.signed_in(name="Second")
    await browser.open(PAGE)
    await browser.send("/api/my-telegram")
    await browser.open(PAGE)
    assert "connected to somebody already" in await desk.says(shared, browser.code())
    await owner.open(PAGE)
    assert (await owner.send("/api/my-telegram/unlink")).status_code == 422, "the box is not ticked"
    await owner.send("/api/my-telegram/unlink", sure="yes")
    assert "connected with nobody" in await desk.says(shared, "/start")
    await desk.connect(browser, shared)


async def test_connecting_asks_for_a_fresh_proof_of_identity(desk: Desk) -> None:
    browser, _ = await desk.signed_in()
    await browser.open(PAGE)
    desk.server.execute(
        "UPDATE sessions SET stepped_up_at = now() - interval '6 minutes'", database=desk.database
    )
    answer = await browser.send("/api/my-telegram")
    assert answer.headers["location"] == "/confirm-identity?next=%2Fmy-telegram"


async def test_a_hostile_name_is_shown_as_text_and_cannot_hide_what_follows(desk: Desk) -> None:
    browser, _ = await desk.signed_in()
    await browser.open(PAGE)
    await browser.send("/api/my-telegram")
    await browser.open(PAGE)
    await desk.says(
        desk.person(113, name="<img src=x>\u202eBob\n", username="evil"), browser.code()
    )
    await browser.open(PAGE)
    assert "&lt;img src=x&gt; Bob (@evil)" in browser.page
    assert "<img" not in browser.page


@pytest.mark.parametrize("problem", ["", "Telegram does not know the token of this bot"])
async def test_the_page_says_when_the_bot_is_silent(desk: Desk, problem: str) -> None:
    browser, _ = await desk.signed_in()
    desk.server.execute(
        f"UPDATE telegram_bots SET problem = '{problem}', expires_at = now() - interval '1 minute'",
        database=desk.database,
    )
    await browser.open(PAGE)
    assert "does not answer at present" in browser.page
    assert "token" not in browser.page, "a customer is not told why"


async def test_a_desk_without_a_bot_says_so(desk: Desk) -> None:
    browser, _ = await desk.signed_in()
    desk.server.execute("DELETE FROM telegram_bots", database=desk.database)
    await browser.open(PAGE)
    assert "This desk has no Telegram bot" in browser.page
    assert "Connect Telegram" not in browser.page

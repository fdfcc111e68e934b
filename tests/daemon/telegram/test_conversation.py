"""What the bot answers, to whom, and what it takes out of a chat."""

import asyncio
import time

import pytest
from sqlalchemy import text

from daemon.telegram import gate
from daemon.telegram.pace import MESSAGES_PER_MINUTE
from patriot_app.core.domain.permission_matrix import MATRIX
from patriot_app.core.services import users
from patriot_app.core.unit_of_work import begin
from tests.bot_api.desk import Desk, desk
from tests.factories.rows import OPERATOR

__all__ = ["desk"]

KEY = "vmPUZE6mv9SD5VNH" * 4


async def test_a_stranger_is_told_how_to_connect_and_nothing_else(desk: Desk) -> None:
    stranger = desk.person(301)
    assert "connected with nobody" in await desk.says(stranger, "/start")
    assert "/unlink" in await desk.says(stranger, "/help")
    assert "connect the chat first" in await desk.says(stranger, "/unlink")
    assert "connect the chat first" in await desk.says(stranger, "/portfolio")
    assert "did not understand" in await desk.says(stranger, "/rich")
    assert "did not understand" in await desk.says(stranger, "Good day")


async def test_a_stranger_is_answered_in_the_language_of_his_telegram(desk: Desk) -> None:
    taras, sergei = desk.person(313, language="uk"), desk.person(314, language="ru-RU")
    assert "ні з ким не з’єднаний" in await desk.says(taras, "/start")
    assert "підключіть чат" in await desk.says(taras, "/portfolio")
    assert "код больше не действует" in await desk.says(sergei, "/start link_" + "A" * 22)
    assert "Я удалил" in await desk.says(sergei, f"api key: {KEY}")


async def test_a_connected_person_is_refused_in_the_language_that_he_chose(desk: Desk) -> None:
    ada = desk.person(315)
    browser, _ = await desk.connected(ada)
    found = await browser.actor()
    assert found is not None
    desk.server.execute(
        f"INSERT INTO notification_settings (user_id, language) VALUES ('{found.user_id}', 'uk')",
        database=desk.database,
    )
    assert "не дозволено" in await desk.says(ada, "/halt")
    ada.presses("", data="q:" + "A" * 22 + ":y")
    await desk.turn()
    await desk.says(ada, "/unlink")
    ada.presses("Ні")
    await desk.turn()
    assert ada.sees()[-1] == "Нічого не змінено."


async def test_each_command_is_answered_within_two_seconds_of_work(desk: Desk) -> None:
    ada = desk.person(302)
    await desk.connected(ada)
    commands, began = ("/start", "/help", "/unlink", "/nothing"), time.process_time()
    for command in commands:
        assert await desk.says(ada, command)
    assert time.process_time() - began < 2 * len(commands)


async def test_the_menu_of_the_chat_holds_the_commands(desk: Desk) -> None:
    assert [one["command"] for one in desk.api.commands] == ["start", "help", "unlink"]


async def test_unlink_asks_first_and_then_disconnects(desk: Desk) -> None:
    ada = desk.person(303)
    await desk.connected(ada)
    await desk.says(ada, "/unlink")
    ada.presses("No")
    await desk.turn()
    assert ada.sees()[-1] == "Nothing was changed."
    await desk.says(ada, "/unlink")
    ada.presses("Yes, disconnect")
    await desk.turn()
    assert "Disconnected" in ada.sees()[-1]
    assert not ada.newest().buttons
    assert "connected with nobody" in await desk.says(ada, "/start")


async def test_a_suspended_customer_is_still_known_and_a_closed_one_is_a_stranger(
    desk: Desk,
) -> None:
    ada = desk.person(304)
    browser, _ = await desk.connected(ada)
    found = await browser.actor()
    assert found is not None
    async with begin(OPERATOR) as uow:
        await users.suspend(uow, found.user_id, reason="Documents missing")
    assert "Good day" in await desk.says(ada, "/start")
    desk.server.execute(
        f"UPDATE users SET status = 'closed' WHERE id = '{found.user_id}'",
        database=desk.database,
    )
    assert "connected with nobody" in await desk.says(ada, "/start")


async def test_a_group_gets_one_sentence_and_no_data(desk: Desk) -> None:
    ada = desk.person(305)
    await desk.connected(ada)
    ada.sends("/start", group=-77)
    ada.sends("hello everybody", group=-77)
    await desk.turn()
    assert ada.sees(group=-77) == ["I answer in a private chat only."]


async def test_a_name_with_markup_is_shown_as_it_is(desk: Desk) -> None:
    ada = desk.person(306)
    browser, _ = await desk.signed_in(name="<b>Ada</b> & </i><script>")
    await desk.connect(browser, ada)
    assert "Good day, <b>Ada</b> & </i><script>." in await desk.says(ada, "/start")


@pytest.mark.parametrize(
    "secret",
    [
        KEY,
        "my api key: XcT4fGh8Kp2QwErTyU",
        "password: hunter2hunter2",
        f"/start {KEY}",
        "123456",
    ],
)
async def test_what_looks_like_a_secret_is_deleted_and_the_person_told(
    desk: Desk, secret: str
) -> None:
    ada = desk.person(307)
    message_id = ada.sends(secret)
    await desk.turn()
    assert message_id not in [one.message_id for one in desk.api.chats.shown(307)]
    assert "I deleted your last message" in ada.sees()[-1]
    async with begin(OPERATOR) as uow:
        kept = await uow.session.execute(
            text("SELECT count(*) FROM events WHERE payload::text LIKE :secret"),
            {"secret": f"%{secret[-20:]}%"},
        )
        assert kept.scalar_one() == 0


async def test_a_flood_costs_one_answer(desk: Desk) -> None:
    noisy = desk.person(308)
    for _ in range(MESSAGES_PER_MINUTE + 25):
        noisy.sends("/help")
    await desk.turn()
    assert len(noisy.sees()) == MESSAGES_PER_MINUTE + 1
    assert "wait a minute" in noisy.sees()[-1]


async def test_one_chats_messages_are_answered_in_order_beside_others(desk: Desk) -> None:
    first, second = desk.person(309), desk.person(310)
    for text_ in ("/help", "/start"):
        first.sends(text_)
        second.sends(text_)
    await desk.turn()
    for person in (first, second):
        assert "/unlink" in person.sees()[0]
        assert "connected with nobody" in person.sees()[1]


@pytest.mark.parametrize("act", sorted(MATRIX.bot))
def test_an_act_is_open_to_whom_the_matrix_names(act: str) -> None:
    assert gate.may(act, None) == ("anybody" in MATRIX.bot[act])


def test_what_the_matrix_does_not_name_is_done_for_nobody() -> None:
    assert not gate.may("/flatten", None)
    assert not gate.may("", None)


async def test_a_message_that_nobody_can_answer_now_does_not_hold_up_the_others(
    desk: Desk,
) -> None:
    gone, ada = desk.person(311), desk.person(312)
    desk.api.chats.blocked.add(311)
    gone.sends("/start")
    ada.sends("/start")
    await asyncio.wait_for(desk.turn(), 60)
    assert gone.sees() == []
    assert "connected with nobody" in ada.sees()[-1]

"""The reader of messages under a bad network, beside another one, and after a kill."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from daemon.telegram.api import open_bot
from daemon.telegram.bot import PAUSE_S, PAUSE_WITHOUT_RIGHT_S, Reader
from patriot_app.core.clock import FrozenClock, SystemClock
from patriot_app.core.queries import telegram as queries
from tests.bot_api.desk import Desk, desk, settings_for
from tests.bot_api.server import Fault
from tests.factories.roles import acting_as

__all__ = ["desk"]


@asynccontextmanager
async def another(desk: Desk, *, owner: str) -> AsyncIterator[Reader]:
    """Another process of the same bot; its sleeps take no time."""
    bot = open_bot(settings_for(desk.api, desk.folder))
    clock = FrozenClock(SystemClock().now())
    try:
        yield Reader(bot, owner=owner, clock=clock, wait_s=0)
    finally:
        await bot.session.close()


async def turn(desk: Desk, reader: Reader) -> float:
    async with acting_as(desk.server, desk.database, "patriot_bot"):
        return await reader.turn()


async def test_only_one_process_reads_at_a_time(desk: Desk) -> None:
    ada = desk.person(501)
    async with another(desk, owner="second") as second:
        ada.sends("/start")
        before = len(desk.api.calls)
        assert await turn(desk, second) > 0
        assert len(desk.api.calls) == before, "it does not even ask"
        await desk.turn()
        assert len(ada.sees()) == 1


async def test_another_process_takes_over_when_the_right_has_run_out(desk: Desk) -> None:
    ada = desk.person(502)
    async with another(desk, owner="second") as second:
        ada.sends("/start")
        desk.server.execute(
            "UPDATE telegram_bots SET expires_at = now() - interval '1 s'", database=desk.database
        )
        assert await turn(desk, second) == 0
        assert len(ada.sees()) == 1
        assert await desk.turn() > 0, "the former one has lost it"
        async with acting_as(desk.server, desk.database, "patriot_bot"):
            await second.close()


async def test_what_a_killed_process_had_not_confirmed_is_answered_by_the_next(desk: Desk) -> None:
    ada = desk.person(503)
    ada.sends("/help")
    desk.api.fail("getUpdates", Fault(happens=True))
    assert await desk.turn() > 0, "the answer was lost on the way"
    assert ada.sees() == []
    await desk.turn()
    assert len(ada.sees()) == 1
    await desk.turn()
    assert len(ada.sees()) == 1
    assert desk.api.chats.unconfirmed() == 0


async def test_an_update_that_comes_twice_connects_once(desk: Desk) -> None:
    ada = desk.person(504)
    browser, _ = await desk.signed_in()
    await browser.open("/my-telegram")
    await browser.send("/api/my-telegram")
    await browser.open("/my-telegram")
    ada.sends(browser.code())
    ada.sends(browser.code())
    await desk.turn()
    assert sorted("Go back" in said for said in ada.sees()) == [False, True]


@pytest.mark.parametrize(
    "fault",
    [
        Fault(429, retry_after=7),
        Fault(500),
        Fault(502),
        Fault(0),
    ],
    ids=["429", "500", "502 as a page", "dropped"],
)
async def test_an_answer_survives_a_bad_moment(desk: Desk, fault: Fault) -> None:
    ada = desk.person(505)
    async with another(desk, owner="tests") as reader:
        ada.sends("/start")
        desk.api.fail("sendMessage", fault)
        await turn(desk, reader)
        assert len(ada.sees()) == 1


async def test_retry_after_is_waited_for(desk: Desk) -> None:
    ada = desk.person(506)
    bot = open_bot(settings_for(desk.api, desk.folder))
    clock = FrozenClock(SystemClock().now())
    reader = Reader(bot, owner="tests", clock=clock, wait_s=0)
    began = clock.monotonic()
    ada.sends("/start")
    desk.api.fail("sendMessage", Fault(429, retry_after=7))
    await turn(desk, reader)
    assert clock.monotonic() - began == 7
    desk.api.fail("getUpdates", Fault(429, retry_after=3))
    assert await turn(desk, reader) == 3
    await bot.session.close()


async def test_a_bot_that_cannot_read_says_so_and_tries_again_more_slowly(desk: Desk) -> None:
    desk.api.fail("getUpdates", Fault(500), Fault(502), Fault(0))
    assert [await desk.turn() for _ in range(3)] == list(PAUSE_S[:3])
    assert "cannot be reached" in (await queries.bot()).problem
    assert not (await queries.bot()).answers
    assert await desk.turn() == 0
    assert (await queries.bot()).answers


async def test_a_wrong_token_is_said_and_not_hammered(desk: Desk) -> None:
    desk.api.fail("getUpdates", Fault(401))
    assert await desk.turn() == PAUSE_WITHOUT_RIGHT_S
    assert (await queries.bot()).problem == "Telegram does not know the token of this bot"


async def test_a_webhook_that_somebody_set_is_taken_away(desk: Desk) -> None:
    desk.api.webhook = "https://elsewhere.example"
    async with another(desk, owner="tests") as reader:
        assert await turn(desk, reader) == 0
    assert desk.api.webhook == ""


async def test_it_reads_until_it_is_stopped(desk: Desk) -> None:
    ada, bot = desk.person(507), open_bot(settings_for(desk.api, desk.folder))
    reader = Reader(bot, owner="tests", clock=SystemClock(), wait_s=5)
    async with acting_as(desk.server, desk.database, "patriot_bot"):
        running = asyncio.create_task(reader.run())
        ada.sends("/start")
        await ada.hears("connected with nobody")
        ada.sends("/help")
        await ada.hears("who is connected here")
        await desk.api.chats.all_confirmed()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await reader.close()
    assert not (await queries.bot()).is_up

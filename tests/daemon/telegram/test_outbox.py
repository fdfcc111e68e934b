"""The outbox reaches chats: at Telegram's pace, in order, never twice, and nothing is lost."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from daemon.telegram.api import open_bot
from daemon.telegram.outbox import LEASE, SWEEP_EVERY_S, TROUBLE_S, ChatOutbox
from patriot_app.core.clock import FrozenClock, SystemClock
from patriot_app.core.domain.events import Severity
from patriot_app.core.domain.notification_kinds import default_channels
from patriot_app.core.domain.notification_preferences import NoticeKind
from patriot_app.core.domain.notifications import Notice
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.services import outbox as service
from patriot_app.core.unit_of_work import begin
from tests.bot_api.desk import settings_for
from tests.bot_api.server import BotApi, Fault, running_bot_api
from tests.database import Server
from tests.factories.roles import acting_as

OWNER = "this process"


def notice(
    title: str, *, severity: Severity = Severity.NOTICE, group: str = "", body: str = "Text."
) -> Notice:
    return Notice(
        title=title,
        body=body,
        severity=severity,
        roles=frozenset(),
        is_for_client=False,
        kind=NoticeKind.TRADES,
        channels=default_channels(severity),
        group=group,
    )


@dataclass
class Chats:
    """A desk with people in chats, and the outbox that writes to them."""

    api: BotApi
    outbox: ChatOutbox
    clock: FrozenClock
    server: Server
    database: str

    def execute(self, statement: str) -> None:
        self.server.execute(statement, database=self.database)

    def person(self, telegram_id: int) -> UUID:
        person = uuid4()
        self.execute(
            "INSERT INTO users (id, email, name, status, risk_profile, roles) VALUES"
            f" ('{person}', '{person}@mail.example', 'Ada', 'active', 'medium', '{{customer}}');"
            "INSERT INTO telegram_links (id, user_id, telegram_id, name) VALUES"
            f" (gen_random_uuid(), '{person}', {telegram_id}, 'Ada')"
        )
        return person

    async def put(self, person: UUID, *notices: Notice) -> None:
        for one in notices:
            async with begin(SYSTEM) as uow:
                uow.tell(one, user_id=person)

    async def turns(self, count: int = 1, *, seconds: float = 1.1) -> None:
        async with acting_as(self.server, self.database, "patriot_bot"):
            for _ in range(count):
                await self.outbox.turn()
                self.clock.advance(seconds)

    def sees(self, telegram_id: int) -> list[str]:
        return [text.split("\n")[0] for text in self.api.chats.person(telegram_id).sees()]

    async def states(self, channel: str = "telegram") -> list[tuple[str, bool, bool, bool, int]]:
        """Return (title, is sent, is given up, is unsure, attempts), oldest first."""
        async with begin(SYSTEM) as uow:
            found = await uow.session.execute(
                text(
                    "SELECT title, sent_at IS NOT NULL, given_up_at IS NOT NULL, is_unsure,"
                    " attempts FROM notifications WHERE channel = :channel"
                    " ORDER BY created_at, event_id"
                ),
                {"channel": channel},
            )
            return [tuple(row) for row in found]


@pytest.fixture
async def chats(
    server: Server, database_name: str, as_daemon: str, tmp_path: Path
) -> AsyncIterator[Chats]:
    server.execute(
        "DELETE FROM notifications; DELETE FROM telegram_links; DELETE FROM telegram_bots;"
        " INSERT INTO telegram_bots (id, owner, expires_at)"
        f" VALUES (1, '{OWNER}', now() + interval '1 day')",
        database=database_name,
    )
    async with running_bot_api() as api:
        clock = FrozenClock(SystemClock().now() + timedelta(minutes=4))
        bot = open_bot(settings_for(api, tmp_path))
        outbox = ChatOutbox(bot, owner=OWNER, clock=clock, public_url="https://desk.example")
        yield Chats(api, outbox, clock, server, database_name)
        await bot.session.close()


async def test_a_notice_reaches_its_person_once_and_markup_in_it_is_text(chats: Chats) -> None:
    ada = chats.person(1)
    await chats.put(ada, notice("Filled <b>", body="At 5 & more."))
    await chats.turns(3)
    [message] = chats.api.chats.person(1).sees()
    assert message.startswith("🔵 Filled <b>\nAt 5 & more.\n")
    assert await chats.states() == [("Filled <b>", True, False, False, 1)]


async def test_a_chat_hears_in_order_one_a_second_and_what_is_critical_first(chats: Chats) -> None:
    ada = chats.person(1)
    await chats.put(ada, notice("one"), notice("two"), notice("three"))
    await chats.put(ada, notice("stop lost", severity=Severity.CRITICAL))
    await chats.turns(2, seconds=0.4)
    assert chats.sees(1) == ["🔴 stop lost"]
    await chats.turns(4)
    assert chats.sees(1) == ["🔴 stop lost", "🔵 one", "🔵 two", "🔵 three"]


async def test_what_says_the_same_of_many_accounts_is_one_message(chats: Chats) -> None:
    ada = chats.person(1)
    await chats.put(ada, *(notice("insufficient margin", group="g") for _ in range(17)))
    await chats.turns(2)
    assert chats.sees(1) == ["🔵 17 accounts: insufficient margin"]
    assert {state[1] for state in await chats.states()} == {True}


async def test_a_pause_that_telegram_asks_for_is_kept_and_counts_as_no_attempt(
    chats: Chats,
) -> None:
    await chats.put(chats.person(1), notice("one"))
    chats.api.fail("sendMessage", Fault(429, retry_after=9))
    await chats.turns(4, seconds=2.0)
    assert chats.api.calls.count("sendMessage") == 1
    await chats.turns(3, seconds=2.0)
    assert chats.sees(1) == ["🔵 one"]
    assert await chats.states() == [("one", True, False, False, 1)]


@pytest.mark.parametrize(
    "fault", [Fault(0, happens=True), Fault(502, happens=True), Fault(0), Fault(502)]
)
async def test_what_may_have_arrived_is_not_repeated_but_mailed(chats: Chats, fault: Fault) -> None:
    await chats.put(chats.person(1), notice("one"))
    chats.api.fail("sendMessage", fault)
    await chats.turns(4, seconds=TROUBLE_S[-1])
    assert len(chats.sees(1)) == int(fault.happens)
    assert await chats.states() == [("one", False, True, True, 1)]
    assert [state[0] for state in await chats.states("email")] == ["one"]


async def test_after_trouble_nothing_is_sent_before_telegram_answers(chats: Chats) -> None:
    for number in range(1, 15):
        await chats.put(chats.person(number), notice("one"))
    chats.api.fail("sendMessage", *[Fault(502)] * 10)
    chats.api.fail("getMe", Fault(502), Fault(502))
    await chats.turns(3, seconds=TROUBLE_S[-1])
    assert chats.api.calls.count("sendMessage") == 10
    await chats.turns(3, seconds=TROUBLE_S[-1])
    assert sum(len(chats.sees(number)) for number in range(1, 15)) == 4


async def test_a_message_that_was_claimed_by_a_dead_bot_is_settled_by_mail(chats: Chats) -> None:
    await chats.put(chats.person(1), notice("one"))
    async with (
        acting_as(chats.server, chats.database, "patriot_bot"),
        begin(SYSTEM, clock=chats.clock) as uow,
    ):
        claimed = await service.claim_for_chats(uow, owner=OWNER, count=5, resting=[], lease=LEASE)
    assert len(claimed) == 1
    await chats.turns(2, seconds=LEASE.total_seconds() + SWEEP_EVERY_S)
    assert chats.sees(1) == []
    assert await chats.states() == [("one", False, True, True, 1)]
    assert len(await chats.states("email")) == 1


async def test_who_blocked_the_bot_or_has_no_chat_any_more_is_given_up(chats: Chats) -> None:
    ada, bob = chats.person(1), chats.person(2)
    chats.api.chats.blocked.add(1)
    await chats.put(ada, notice("one"))
    await chats.put(bob, notice("two"))
    chats.execute("UPDATE telegram_links SET unlinked_at = now() WHERE telegram_id = 2")
    await chats.turns(2)
    assert {state[:3] for state in await chats.states()} == {
        ("one", False, True),
        ("two", False, True),
    }


async def test_a_night_is_kept_but_for_what_is_critical_and_ends_in_one_message(
    chats: Chats,
) -> None:
    ada = chats.person(1)
    now = chats.clock.now()
    begins, ends = now - timedelta(minutes=5), now + timedelta(hours=2)
    chats.execute(
        "INSERT INTO notification_settings (user_id, quiet_from, quiet_until) VALUES"
        f" ('{ada}', '{begins:%H:%M}', '{ends:%H:%M}')"
    )
    await chats.put(ada, notice("one"), notice("two"), notice("now", severity=Severity.CRITICAL))
    await chats.turns(3)
    assert chats.sees(1) == ["🔴 now"]
    chats.clock.advance(2 * 3600)
    await chats.turns(2)
    assert chats.sees(1) == ["🔴 now", "🔵 2 messages"]


async def test_a_process_that_does_not_read_the_bots_messages_sends_none(chats: Chats) -> None:
    await chats.put(chats.person(1), notice("one"))
    chats.execute("UPDATE telegram_bots SET owner = 'another'")
    await chats.turns(2)
    assert chats.sees(1) == []
    assert await chats.states() == [("one", False, False, False, 0)]

"""10,000 notices to 1,000 chats within Telegram's limits: order, time, memory.

`python -m bench.notifications [--notices 10000] [--chats 1000]`

Real database, real aiogram, real sockets to the Bot API server of the tests. Only the waiting is not
real: pauses move a clock of their own, so ten minutes of Telegram's pace pass in about one. Every
tenth notice is critical and must overtake those that wait; no limit may be passed, nothing be sent
twice or missing.
"""

import argparse
import asyncio
import resource
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from aiogram import Bot
from aiogram.methods import SendMessage

from daemon.telegram.api import open_bot
from daemon.telegram.outbox import ChatOutbox
from patriot_app.core.clock import FrozenClock, SystemClock
from patriot_app.core.db.engine import create_engine
from patriot_app.core.db.sessions import use_engine
from patriot_app.core.domain.events import Severity
from patriot_app.core.domain.notification_kinds import default_channels
from patriot_app.core.domain.notification_preferences import NoticeKind
from patriot_app.core.domain.notifications import Notice
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.unit_of_work import begin
from tests.bot_api.desk import settings_for
from tests.bot_api.server import BotApi, running_bot_api
from tests.database import Server, database, running_server

ALL_PER_SECOND = 30
CRITICAL_EVERY = 10
OWNER = "bench"


@dataclass
class Sent:
    """What left, when, on the clock that waits.

    Attributes:
        calls: (seconds, chat, text) in the order they were sent.
    """

    calls: list[tuple[float, int, str]] = field(default_factory=list)


def watch(bot: Bot, clock: FrozenClock, sent: Sent) -> None:
    """Note each message as it is handed to the network."""

    async def note(call: Any, telegram: Bot, method: Any) -> Any:
        if isinstance(method, SendMessage):
            sent.calls.append((clock.monotonic(), int(method.chat_id), str(method.text)))
        return await call(telegram, method)

    bot.session.middleware(note)


def enter_people(server: Server, name: str, chats: int) -> list[UUID]:
    """Enter people whose chats are connected."""
    people = [uuid4() for _ in range(chats)]
    users = ",".join(
        f"('{one}', '{one}@mail.example', 'Person', 'active', 'medium', '{{customer}}')"
        for one in people
    )
    links = ",".join(
        f"(gen_random_uuid(), '{one}', {number + 1}, 'Person')" for number, one in enumerate(people)
    )
    server.execute(
        "INSERT INTO users (id, email, name, status, risk_profile, roles) VALUES "  # noqa: S608
        f"{users}; INSERT INTO telegram_links (id, user_id, telegram_id, name) VALUES {links};"
        " INSERT INTO telegram_bots (id, owner, expires_at)"
        f" VALUES (1, '{OWNER}', now() + interval '1 day')",
        database=name,
    )
    return people


async def put_out(people: list[UUID], notices: int) -> None:
    """Put the notices out, to each person in turn, numbered."""
    for start in range(0, notices, 500):
        async with begin(SYSTEM) as uow:
            for number in range(start, min(start + 500, notices)):
                severity = Severity.NOTICE if number % CRITICAL_EVERY else Severity.CRITICAL
                notice = Notice(
                    title=f"Notice {number:05d}",
                    body="Your account did not take part in a trade of BTCUSDT.",
                    severity=severity,
                    roles=frozenset(),
                    is_for_client=False,
                    kind=NoticeKind.TRADES,
                    channels=default_channels(severity),
                )
                # The second term shifts each round, so that everybody gets critical ones, too.
                uow.tell(notice, user_id=people[(number * 7 + number // len(people)) % len(people)])


def judge(sent: Sent, api: BotApi, *, notices: int, chats: int) -> None:
    """Check limits, order and that each notice arrived once."""
    shown = [text for chat in range(1, chats + 1) for text in api.chats.person(chat).sees()]
    assert len(shown) == len(set(shown)) == notices == len(sent.calls)
    times = [at for at, _, _ in sent.calls]
    begins = 0
    for end, at in enumerate(times):
        while times[begins] <= at - 1.0:
            begins += 1
        assert end - begins + 1 <= ALL_PER_SECOND
    by_chat: dict[int, list[tuple[float, str]]] = defaultdict(list)
    for at, chat, text in sent.calls:
        by_chat[chat].append((at, text))
    for heard in by_chat.values():
        assert all(later - sooner >= 1.0 for (sooner, _), (later, _) in pairwise(heard))
        assert [text for _, text in heard] == sorted(text for _, text in heard), (
            "critical marks sort before the others, and each chat hears in order"
        )


async def empty(outbox: ChatOutbox, clock: FrozenClock, sent: Sent, notices: int) -> None:
    """Let the outbox work until everything has left; its pauses pass at once."""
    while len(sent.calls) < notices:
        await clock.sleep(await outbox.turn())


async def measure(server: Server, name: str, *, notices: int, chats: int) -> None:
    """Run once and print the figures."""
    engine = create_engine(server.url("patriot_bot", name), process_name="bench", pool_size=5)
    use_engine(engine)
    clock, sent = FrozenClock(SystemClock().now() + timedelta(minutes=1)), Sent()
    with tempfile.TemporaryDirectory() as folder:
        async with running_bot_api() as api:
            people = enter_people(server, name, chats)
            await put_out(people, notices)
            bot = open_bot(settings_for(api, Path(folder)))
            watch(bot, clock, sent)
            outbox = ChatOutbox(bot, owner=OWNER, clock=clock, public_url="https://desk.example")
            before, began = memory_mib(), (time.perf_counter(), time.process_time())
            await empty(outbox, clock, sent, notices)
            real, busy = time.perf_counter() - began[0], time.process_time() - began[1]
            await bot.session.close()
            judge(sent, api, notices=notices, chats=chats)
    await engine.dispose()
    use_engine(None)
    span = sent.calls[-1][0] - sent.calls[0][0]
    critical = notices // CRITICAL_EVERY
    overtaken = sent.calls[critical - 1][0] - sent.calls[0][0]
    print(
        f"{notices} notices to {chats} chats, none twice, none missing, each chat in order\n"
        f"at Telegram's pace {span:.0f} s ({notices / span:.1f}/s of {ALL_PER_SECOND});"
        f" the {critical} critical ones within {overtaken:.0f} s\n"
        f"real {real:.1f} s, processor {busy:.1f} s ({1000 * busy / notices:.2f} ms each, with the"
        f" server that plays Telegram)\nmemory grew by {memory_mib() - before:.0f} MiB, of which the"
        " server keeps every message"
    )


def memory_mib() -> float:
    """Return the most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Run the benchmark on a database of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--notices", type=int, default=10_000)
    parser.add_argument("--chats", type=int, default=1_000)
    chosen = parser.parse_args()
    with running_server() as server, database(server) as name:
        asyncio.run(measure(server, name, notices=chosen.notices, chats=chosen.chats))


if __name__ == "__main__":
    main()

"""Senders are killed in the middle of their work: what they left is finished by the next, once.

Real processes under their own database roles, real sockets. Leases run for a minute; the test ends
them by hand where a successor would wait.
"""

import asyncio
import os
import signal
import sys
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from daemon.telegram.outbox import BATCH
from ops.ports import free_port
from ops.processes import bound_command
from patriot_app.core.domain.events import HaltRaised, Severity
from patriot_app.core.domain.notification_kinds import default_channels
from patriot_app.core.domain.notification_preferences import NoticeKind
from patriot_app.core.domain.notifications import Notice
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.services import webhooks
from patriot_app.core.settings import get_settings
from patriot_app.core.unit_of_work import begin
from tests.bot_api.server import TOKEN, running_bot_api
from tests.database import Server
from tests.factories.keys import Keys
from tests.factories.roles import acting_as
from tests.factories.rows import OPERATOR
from tests.receiver import running_receiver
from tests.waiting import until

PEOPLE = 30
ANSWERED = 12
ENOUGH = timedelta(minutes=5).total_seconds()


@asynccontextmanager
async def running(
    role: str, variables: Mapping[str, str], log: IO[bytes]
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a process of ours, bound to this one; kill it at the end if nobody did."""
    child = await asyncio.create_subprocess_exec(
        *bound_command(
            [sys.executable, "-m", "daemon", "--role", role], death_signal=signal.SIGKILL
        ),
        env={
            "PATH": os.environ["PATH"],
            "PATRIOT_HEALTH_PORT": str(free_port()),
            **variables,
        },
        stdout=log,
        stderr=log,
    )
    try:
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


@pytest.fixture
def empty(server: Server, database_name: str, as_daemon: str) -> None:
    server.execute(
        "DELETE FROM notifications; DELETE FROM telegram_links; DELETE FROM telegram_bots;"
        " DELETE FROM delivery_alarms; DELETE FROM webhooks",
        database=database_name,
    )


async def in_chats(server: Server, database: str) -> None:
    """Put one notice out to each of some people in chats."""
    people = [uuid4() for _ in range(PEOPLE)]
    for number, person in enumerate(people, start=1):
        server.execute(
            "INSERT INTO users (id, email, name, status, risk_profile, roles) VALUES"
            f" ('{person}', '{person}@mail.example', 'Ada', 'active', 'medium', '{{customer}}');"
            "INSERT INTO telegram_links (id, user_id, telegram_id, name) VALUES"
            f" (gen_random_uuid(), '{person}', {number}, 'Ada')",
            database=database,
        )
    async with begin(SYSTEM) as uow:
        for person in people:
            uow.tell(_notice(), user_id=person)


def _notice() -> Notice:
    return Notice(
        title="Filled",
        body="At 5.",
        severity=Severity.NOTICE,
        roles=frozenset(),
        is_for_client=False,
        kind=NoticeKind.TRADES,
        channels=default_channels(Severity.NOTICE),
    )


async def count(condition: str) -> int:
    async with begin(SYSTEM) as uow:
        found = await uow.session.execute(
            text(f"SELECT count(*) FROM notifications WHERE {condition}")
        )
        return int(found.scalar_one())


async def test_a_bot_that_is_killed_while_it_sends_loses_nothing_and_repeats_nothing(
    empty: None, server: Server, database_name: str, tmp_path: Path
) -> None:
    await in_chats(server, database_name)
    token = tmp_path / "token"
    token.write_text(TOKEN)
    token.chmod(0o400)
    async with running_bot_api() as api:
        variables = {
            "PATRIOT_DATABASE_URL": server.url("patriot_bot", database_name),
            "PATRIOT_TELEGRAM_TOKEN_FILE": str(token),
            "PATRIOT_TELEGRAM_URL": api.url,
        }
        api.answered_at_most = ANSWERED
        with (tmp_path / "log").open("wb") as log:
            async with running("bot", variables, log) as first:
                await until(lambda: api.calls.count("sendMessage") > ANSWERED, seconds=ENOUGH)
                first.send_signal(signal.SIGKILL)
                await first.wait()
            api.answered_at_most = None
            api.released.set()
            server.execute(
                "UPDATE telegram_bots SET expires_at = now();"
                " UPDATE notifications SET due_at = now() WHERE sending_at IS NOT NULL",
                database=database_name,
            )
            settled = "channel = 'telegram' AND coalesce(sent_at, given_up_at) IS NOT NULL"
            async with running("bot", variables, log):
                await until(lambda: _is(settled, PEOPLE), seconds=ENOUGH, step_s=0.2)
    heard = [len(api.chats.person(number).sees()) for number in range(1, PEOPLE + 1)]
    unsure = await count("channel = 'telegram' AND is_unsure")
    assert max(heard) == 1, "nothing came twice"
    assert 1 <= unsure <= BATCH
    assert await count("channel = 'telegram' AND sent_at IS NOT NULL") == PEOPLE - unsure
    assert sum(heard) >= PEOPLE - unsure
    by_mail = "channel = 'email' AND body LIKE '%may have shown you this already%'"
    assert await count(by_mail) == unsure, "what may have been lost goes out by e-mail"


async def _is(condition: str, wanted: int) -> bool:
    return await count(condition) == wanted


async def test_a_notifier_that_is_killed_while_it_calls_makes_the_same_call_again(
    empty: None,
    server: Server,
    database_name: str,
    keys: Keys,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("PATRIOT_DEMO", "1")
    monkeypatch.setenv("PATRIOT_WEBHOOK_LOOPBACK", "1")
    get_settings.cache_clear()
    key = tmp_path / "webhook.key"
    key.write_text(b64encode(keys.webhook_private).decode())
    key.chmod(0o400)
    async with running_receiver() as receiver:
        async with acting_as(server, database_name, "patriot_web"), begin(OPERATOR) as uow:
            made = await webhooks.add(uow, name="Ours", url=receiver.url, kinds=["risk"])
        variables = {
            "PATRIOT_DATABASE_URL": server.url("patriot_daemon", database_name),
            "PATRIOT_DEMO": "1",
            "PATRIOT_WEBHOOK_LOOPBACK": "1",
            "PATRIOT_WEBHOOK_KEY_FILE": str(key),
        }
        receiver.is_silent = True
        await _happens()
        with (tmp_path / "log").open("wb") as log:
            async with running("notifier", variables, log) as first:
                await until(lambda: len(receiver.calls) == 1, seconds=ENOUGH)
                first.send_signal(signal.SIGKILL)
                await first.wait()
            receiver.is_silent = False
            await _happens()
            server.execute("UPDATE notifications SET due_at = now()", database=database_name)
            sent = "channel = 'webhook' AND sent_at IS NOT NULL"
            async with running("notifier", variables, log):
                await until(lambda: _is(sent, 2), seconds=ENOUGH, step_s=0.2)
        events = [UUID(event["id"]) for event in receiver.events()]
        assert len(events) == 3
        assert len(set(events)) == 2, "the receiver knows the repetition by its id"
        assert events.count(events[0]) == 2
        assert made.secret.encode() not in b"".join(body for _, _, body in receiver.calls)


async def _happens() -> None:
    async with begin(SYSTEM) as uow:
        uow.record(HaltRaised(state="halted", level=3, scope="desk", scope_id="", reason="A test"))

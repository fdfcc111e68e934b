"""The daemon as a process: roles, health, a clean end, and starts that are refused."""

import asyncio
import base64
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.bot_api.server import TOKEN, running_bot_api
from tests.daemon.real_desk import ROOT, Daemon, RealDesk, real_desk
from tests.database import Server, database
from tests.mail_server import running_post
from tests.waiting import until


@pytest.fixture
async def desk(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[RealDesk]:
    with database(server) as name:
        async with real_desk(server, name, tmp_path, monkeypatch) as made:
            yield made
            print(made.logs())  # shown where the test failed


async def is_ready(daemon: Daemon) -> bool:
    return bool((await daemon.vital_signs()).get("ready"))


async def test_a_trader_takes_its_shards_beats_and_gives_them_back(desk: RealDesk) -> None:
    daemon = await desk.start_daemon()
    await until(lambda: is_ready(daemon), seconds=60)
    assert (await daemon.vital_signs())["shards_ready"] == 4
    await until(lambda: desk.count("SELECT count(*) FROM heartbeats WHERE role = 'trader'") == 1)
    assert await daemon.stop() == 0
    given_back = "SELECT count(*) FROM shard_leases WHERE released_at IS NOT NULL"
    assert desk.count(given_back) == 4
    # It said good-bye: a clean restart leaves nobody behind who looks silent.
    assert desk.count("SELECT count(*) FROM heartbeats") == 0


async def say(daemon: Daemon) -> tuple[int, str]:
    """Return what /statusz says."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{daemon.health_url}/statusz") as answer,
    ):
        return answer.status, await answer.text()


async def test_a_trader_says_whether_it_trades_and_why_not(desk: RealDesk) -> None:
    daemon = await desk.start_daemon()
    await until(lambda: is_ready(daemon), seconds=60)
    assert await say(daemon) == (200, "trading\n")
    halts = (
        "INSERT INTO halts (id, scope, state, level, reason) VALUES"
        " (gen_random_uuid(), 'desk', 'halted', 4, 'Tests')"
    )
    desk.ask(halts)

    async def has_stopped() -> bool:
        return (await say(daemon))[0] == 503

    await until(has_stopped, seconds=30)
    assert (await say(daemon))[1].startswith("not trading: A halt of the whole desk at K4")
    held = "SELECT count(*) FROM shard_leases WHERE released_at IS NULL"
    await until(lambda: desk.count(held) == 0, seconds=20)
    told = "SELECT count(*) FROM heartbeats WHERE details ->> 'trading' = 'not trading'"
    await until(lambda: desk.count(told) == 1, seconds=20)
    desk.ask("UPDATE halts SET lifted_at = now()")
    await until(lambda: is_ready(daemon), seconds=60)
    assert await say(daemon) == (200, "trading\n")


async def test_a_notifier_needs_no_key_and_no_exchange_and_sends_the_mail(desk: RealDesk) -> None:
    async with running_post() as post:
        for name in [one for one in desk.variables if "KEY_FILE" in one or "PAPER" in one]:
            del desk.variables[name]
        desk.variables |= {
            "PATRIOT_SMTP_URL": post.url,
            "PATRIOT_SMTP_FROM": "desk@firm.example",
        }
        daemon = await desk.start_daemon("notifier")
        await until(lambda: is_ready(daemon), seconds=60)
        desk.ask(
            "WITH person AS (INSERT INTO users (id, email, name, status, risk_profile, roles)"
            " VALUES (gen_random_uuid(), 'a@firm.example', 'A', 'active', 'medium', '{admin}')"
            " RETURNING id) INSERT INTO notifications"
            " (id, event_id, user_id, channel, severity, title, body) SELECT gen_random_uuid(),"
            " gen_random_uuid(), id, 'email', 'critical', 'A position has no stop', '' FROM person"
        )
        await until(lambda: len(post.letters) == 1, seconds=20)
        sent = "SELECT count(*) FROM notifications WHERE sent_at IS NOT NULL"
        await until(lambda: desk.count(sent) == 1)
        roles = "SELECT count(*) FROM heartbeats WHERE role = 'notifier'"
        await until(lambda: desk.count(roles) == 1)
        assert desk.count("SELECT count(*) FROM shard_leases WHERE owner <> ''") == 0
        assert await daemon.stop() == 0


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("PATRIOT_DATABASE_URL", "PATRIOT_DATABASE_URL is not set"),
        ("PATRIOT_TRADING_KEY_FILE", "PATRIOT_TRADING_KEY_FILE is not set"),
        ("PATRIOT_INSTANCE_KEY_FILE", "PATRIOT_INSTANCE_KEY_FILE is not set"),
    ],
)
async def test_a_trader_without_what_it_needs_says_so_and_ends(
    desk: RealDesk, missing: str, said: str
) -> None:
    del desk.variables[missing]
    code, words = await start_in_vain(desk)
    assert code == 2
    assert said in words


async def test_a_key_that_others_may_read_stops_the_start(desk: RealDesk) -> None:
    os.chmod(desk.variables["PATRIOT_TRADING_KEY_FILE"], 0o444)
    code, words = await start_in_vain(desk)
    assert code == 2
    assert "must be readable by its owner alone" in words


async def test_a_key_that_opens_nothing_of_what_is_stored_stops_the_start(desk: RealDesk) -> None:
    await desk.open_accounts(1)
    other = base64.b64encode(bytes(range(32))).decode()
    replace_key(Path(desk.variables["PATRIOT_TRADING_KEY_FILE"]), other)
    code, words = await start_in_vain(desk)
    assert code == 2
    assert "opens none of the 1 stored API keys" in words
    assert other not in words


def replace_key(path: Path, content: str) -> None:
    path.chmod(0o600)
    path.write_text(content)
    path.chmod(0o400)


async def start_in_vain(desk: RealDesk) -> tuple[int | None, str]:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "daemon", "--role", "trader"),
        env=desk.variables,
        cwd=ROOT,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        _, words = await child.communicate()
    return child.returncode, words.decode()


async def test_a_bot_needs_no_key_and_answers_a_chat(desk: RealDesk) -> None:
    for name in [one for one in desk.variables if "KEY_FILE" in one or "PAPER" in one]:
        del desk.variables[name]
    token = desk.folder / "telegram_token"
    token.write_text(TOKEN)
    token.chmod(0o400)
    async with running_bot_api() as api:
        desk.variables |= {
            "PATRIOT_DATABASE_URL": desk.server.url("patriot_bot", desk.database),
            "PATRIOT_TELEGRAM_TOKEN_FILE": str(token),
            "PATRIOT_TELEGRAM_URL": api.url,
        }
        stranger = api.chats.person(7)
        stranger.sends("/start")
        daemon = await desk.start_daemon("bot")
        await stranger.hears("connected with nobody")
        roles = "SELECT count(*) FROM heartbeats WHERE role = 'bot'"
        await until(lambda: desk.count(roles) == 1)
        await api.chats.all_confirmed()
        assert await daemon.stop() == 0
        free = "SELECT count(*) FROM telegram_bots WHERE expires_at <= clock_timestamp()"
        assert desk.count(free) == 1
        assert TOKEN not in daemon.log.read_text()

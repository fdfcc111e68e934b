"""Listeners hear at commit, and leave nothing behind."""

import asyncio

import psycopg

from patriot_app.core.db.notify import COMMANDS, listening, notify
from patriot_app.core.db.sessions import new_session
from tests.database import Server
from tests.waiting import until

LISTENERS = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND query LIKE 'LISTEN%'"
)


class Listener:
    """Hears one notice and is then at work until it is cancelled."""

    def __init__(self, url: str) -> None:
        self.heard: list[tuple[str, str]] = []
        self._url = url

    async def run(self) -> None:
        async with listening(self._url, COMMANDS, poll_s=60) as notices:
            async for notice in notices:
                self.heard.append(notice)
                if notice[0]:
                    await asyncio.Event().wait()


async def test_a_listener_that_is_cancelled_at_its_work_closes_its_connection(
    as_daemon: str, server: Server, database_name: str
) -> None:
    listener = Listener(as_daemon)
    running = asyncio.create_task(listener.run())
    await until(lambda: listener.heard == [("", "")])
    assert count(server, database_name) == 1
    async with new_session() as session, session.begin():
        await notify(session, COMMANDS, "now")
    await until(lambda: listener.heard[1:] == [(COMMANDS, "now")])
    running.cancel()
    # What ended it is still held: its frames, and what they hold, are not the collector's yet.
    ended = await asyncio.gather(running, return_exceptions=True)
    await until(lambda: count(server, database_name) == 0)
    assert isinstance(ended[0], asyncio.CancelledError)


def count(server: Server, database: str) -> int:
    """Return how many connections listen."""
    with psycopg.connect(server.uri, dbname=database) as connection:
        row = connection.execute(LISTENERS).fetchone()
    assert row is not None
    return int(row[0])

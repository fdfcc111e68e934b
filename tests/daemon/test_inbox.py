"""Operators' commands: how one ended is written although the database went away meanwhile."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import text

from daemon.handlers.registry import HANDLERS
from daemon.inbox import CLAIM_TTL_S, write_outcome
from patriot_app.core import requests
from patriot_app.core.clock import FrozenClock
from patriot_app.core.db import sessions
from patriot_app.core.db.engine import create_engine
from patriot_app.core.db.sessions import use_engine
from patriot_app.core.domain.commands import COMMANDS, CommandStatus, RefreshInstruments
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.ids import new_id
from patriot_app.core.queries.reader import reading
from patriot_app.core.services import commands
from patriot_app.core.unit_of_work import begin

PROCESS = "daemon-1"
NOBODY = "postgresql+psycopg://patriot_daemon@127.0.0.1:1/nothing"


class Outage(FrozenClock):
    """A clock at whose second sleep the database answers again."""

    def __init__(self) -> None:
        super().__init__(datetime(2026, 1, 1, tzinfo=UTC))
        self.sleeps = 0
        self._factory = sessions._factory
        use_engine(create_engine(NOBODY, process_name="tests"))

    async def sleep(self, seconds: float) -> None:
        self.sleeps += 1
        if self.sleeps == 2:
            sessions._factory = self._factory
        await super().sleep(seconds)


async def claimed_command() -> UUID:
    async with begin(SYSTEM) as uow:
        command_id = await uow.issue(
            RefreshInstruments(exchange="bybit"), idempotency_key=str(new_id())
        )
    async with begin(SYSTEM) as uow:
        taken = await commands.claim(uow, process=PROCESS, shards=(), count=50, ttl_s=CLAIM_TTL_S)
    assert command_id in {one.id for one in taken}
    return command_id


async def test_an_outcome_is_written_once_the_database_answers_again(as_daemon: str) -> None:
    command_id = await claimed_command()
    clock = Outage()
    assert await write_outcome(
        command_id, process=PROCESS, clock=clock, status=CommandStatus.FAILED, error="No"
    )
    assert clock.sleeps == 2
    async with reading(SYSTEM) as session:
        found = text("SELECT status, error FROM commands WHERE id = :id")
        row = (await session.execute(found, {"id": command_id})).one()
    assert tuple(row) == ("failed", "No")


async def test_an_outcome_written_twice_stays_the_first(as_daemon: str) -> None:
    command_id = await claimed_command()
    clock = FrozenClock(datetime(2026, 1, 1, tzinfo=UTC))
    for error in ("", "The answer to the first commit was lost"):
        await write_outcome(
            command_id, process=PROCESS, clock=clock, status=CommandStatus.FAILED, error=error
        )
    async with reading(SYSTEM) as session:
        found = text(
            "SELECT count(*) FROM events WHERE type = 'CommandCompleted' AND subject_id = :id"
        )
        assert (await session.execute(found, {"id": command_id})).scalar_one() == 1


async def test_nobody_insists_beyond_the_claim(as_daemon: str) -> None:
    use_engine(create_engine(NOBODY, process_name="tests"))
    clock = FrozenClock(datetime(2026, 1, 1, tzinfo=UTC))
    is_written = await write_outcome(
        new_id(), process=PROCESS, clock=clock, status=CommandStatus.SUCCEEDED
    )
    assert not is_written
    assert clock.monotonic() >= CLAIM_TTL_S


async def test_a_command_brings_the_request_that_gave_it(as_daemon: str) -> None:
    request = requests.begin()
    async with begin(SYSTEM) as uow:
        command_id = await uow.issue(
            RefreshInstruments(exchange="binance"), idempotency_key=str(new_id())
        )
    requests.resume("somebody-else")
    async with begin(SYSTEM) as uow:
        taken = await commands.claim(uow, process=PROCESS, shards=(), count=50, ttl_s=CLAIM_TTL_S)
    assert {one.id: one.request_id for one in taken}[command_id] == request.id


def test_every_command_that_can_be_issued_is_carried_out_by_somebody() -> None:
    assert set(COMMANDS.values()) == set(HANDLERS)

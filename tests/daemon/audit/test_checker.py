"""Whoever may write everything can change the record, and the audit names what he changed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest

from daemon.audit.__main__ import AUDITOR, render
from daemon.audit.checker import Audit, Auditor
from patriot_app.core.clock import FrozenClock
from patriot_app.core.db.engine import create_engine
from patriot_app.core.db.sessions import use_engine
from patriot_app.core.domain.checkpoints import Checkpoint
from patriot_app.core.domain.events import AccountParked, JobFailed
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.queries import record
from patriot_app.core.services import checkpoints
from patriot_app.core.signatures import Signer, generate_signing_pair
from patriot_app.core.unit_of_work import begin
from tests.database import Server, database

PRIVATE, PUBLIC = generate_signing_pair()
SIGNER = Signer(PRIVATE)
NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
ACCOUNT = UUID("01900000-0000-7000-8000-000000000001")
STREAM = f"account:{ACCOUNT}"
FORGE = """
    UPDATE events SET payload = '{{"reason": "nothing happened"}}' WHERE {where};
    DO $$ DECLARE e events; last bytea; BEGIN
        FOR e IN SELECT * FROM events WHERE stream = '{stream}' ORDER BY sequence LOOP
            last := coalesce(last, '\\x'::bytea);
            UPDATE events SET previous_hash = last,
                   hash = sha256(last || convert_to(jsonb_build_array(
                       stream, sequence, id::text, subject_id::text, type, version, severity,
                       actor_id::text, actor, surface, correlation_id,
                       extract(epoch FROM recorded_at), payload)::text, 'UTF8'))
             WHERE stream = e.stream AND sequence = e.sequence RETURNING hash INTO last;
        END LOOP;
        UPDATE stream_heads SET hash = last WHERE stream = '{stream}';
    END $$
"""


class Desk:
    """A database of its own with a short history: two streams, two seals, three events unsealed."""

    def __init__(self, server: Server, name: str) -> None:
        self._server = server
        self.name = name
        self.kept: dict[int, Checkpoint] = {}

    async def live(self) -> None:
        url = self._server.url("patriot_daemon", self.name)
        engine = create_engine(url, process_name="tests-daemon", pool_size=2)
        use_engine(engine)
        try:
            await self._happen(3)
            await self.seal(NOON)
            await self._happen(2)
            await self.seal(NOON + timedelta(minutes=1))
            await self._happen(1)
        finally:
            use_engine(None)
            await engine.dispose()

    async def _happen(self, times: int) -> None:
        for number in range(times):
            async with begin(SYSTEM) as uow:
                uow.record(AccountParked(account_id=ACCOUNT, reason=f"reason {number}"))
                uow.record(JobFailed(job="beat", error=f"error {number}"))
                uow.record(JobFailed(job="beat", error="again"))

    async def seal(self, now: datetime) -> Checkpoint | None:
        async with begin(SYSTEM, clock=FrozenClock(now)) as uow:
            sealed = await checkpoints.seal(uow, SIGNER)
        if sealed is not None:
            self.kept[sealed.number] = sealed
        return sealed

    def tamper(self, statement: str) -> None:
        """Change the record as the database's superuser, all triggers off."""
        with psycopg.connect(self._server.uri, dbname=self.name, autocommit=True) as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute(statement)  # type: ignore[call-overload]

    async def audit(
        self, *, key: bytes = PUBLIC, kept: dict[int, Checkpoint] | None = None, late: bool = False
    ) -> Audit:
        url = self._server.url("patriot_auditor", self.name)
        engine = create_engine(url, process_name="tests-auditor", pool_size=1)
        use_engine(engine)
        try:
            async with record.opened(AUDITOR) as book:
                return await Auditor(
                    book,
                    public_keys=[key],
                    anchors=self.kept if kept is None else kept,
                    now=NOON + timedelta(hours=1 if late else 0),
                ).run()
        finally:
            use_engine(None)
            await engine.dispose()

    async def problems(self) -> list[str]:
        return [f"{finding.place} {finding.problem}" for finding in (await self.audit()).findings]


@pytest.fixture
def empty(server: Server) -> Iterator[Desk]:
    with database(server) as name:
        yield Desk(server, name)


@pytest.fixture
async def desk(empty: Desk) -> Desk:
    await empty.live()
    return empty


async def test_a_record_that_nobody_touched_is_whole(desk: Desk) -> None:
    found = await desk.audit()
    assert found.findings == ()
    assert (found.events, found.streams, found.checkpoints, found.anchored) == (18, 2, 2, 2)
    assert desk.kept[2].events == 15
    assert render(found).endswith("The record is whole.")


async def test_a_desk_without_events_is_whole(empty: Desk) -> None:
    found = await empty.audit(late=True)
    assert (found.events, found.checkpoints, found.findings) == (0, 0, ())


async def test_what_did_not_grow_is_not_sealed_again(desk: Desk, server: Server) -> None:
    engine = create_engine(server.url("patriot_daemon", desk.name), process_name="t", pool_size=1)
    use_engine(engine)
    third = await desk.seal(NOON + timedelta(minutes=2))
    fourth = await desk.seal(NOON + timedelta(minutes=3))
    use_engine(None)
    await engine.dispose()
    assert third is not None
    assert (third.number, third.events) == (3, 18)
    assert fourth is None
    assert (await desk.audit(late=False)).findings == ()


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        (
            f"UPDATE events SET payload = '{{}}' WHERE stream = '{STREAM}' AND sequence = 2",
            f"{STREAM} 2 was changed",
        ),
        (
            f"UPDATE events SET actor = 'nobody' WHERE stream = '{STREAM}' AND sequence = 4",
            f"{STREAM} 4 was changed",
        ),
        (
            "UPDATE events SET recorded_at = recorded_at + interval '1 microsecond'"
            " WHERE stream = 'system' AND sequence = 1",
            "system 1 was changed",
        ),
        (
            f"DELETE FROM events WHERE stream = '{STREAM}' AND sequence = 3",
            f"{STREAM} 3 is missing",
        ),
        (
            f"DELETE FROM events WHERE stream = '{STREAM}' AND sequence >= 5",
            f"{STREAM} 5 was cut off, with all up to 6",
        ),
        (
            f"DELETE FROM events WHERE stream = '{STREAM}'",
            f"{STREAM} 1 was cut off, with all up to 6",
        ),
        (
            f"UPDATE events SET sequence = -sequence WHERE stream = '{STREAM}'"
            f" AND sequence IN (1, 2); UPDATE events SET sequence = 3 + sequence"
            f" WHERE stream = '{STREAM}' AND sequence < 0",
            f"{STREAM} 1 does not follow the event before it",
        ),
        ("DELETE FROM stream_heads WHERE stream = 'system'", "system has events, but no head"),
        ("DELETE FROM checkpoints WHERE number = 1", "checkpoint 1 is missing"),
        (
            "DELETE FROM checkpoints WHERE number = 2",
            "checkpoint 2 was cut off the database, with all up to 2: they were kept elsewhere",
        ),
        ("UPDATE checkpoints SET events = 14 WHERE number = 2", "checkpoint 2 has a signature"),
        (
            "UPDATE checkpoints SET moved = moved - 'system' WHERE number = 1",
            "checkpoint 1 sealed something else",
        ),
    ],
)
async def test_each_way_to_tamper_is_named_with_its_place(
    desk: Desk, statement: str, named: str
) -> None:
    desk.tamper(statement)
    problems = await desk.problems()
    assert any(problem.startswith(named) for problem in problems), problems


async def test_a_stream_that_was_chained_anew_does_not_lead_to_its_seal(desk: Desk) -> None:
    desk.tamper(FORGE.format(where=f"stream = '{STREAM}' AND sequence = 2", stream=STREAM))
    problems = await desk.problems()
    assert problems
    assert problems[0].startswith("checkpoint 1 sealed something else: one of 2 streams")


async def test_a_tail_that_was_cut_with_its_head_is_missed_by_its_seal(desk: Desk) -> None:
    desk.tamper(
        f"DELETE FROM events WHERE stream = '{STREAM}' AND sequence > 3;"
        f"UPDATE stream_heads SET sequence = 3, hash = (SELECT hash FROM events"
        f" WHERE stream = '{STREAM}' AND sequence = 3) WHERE stream = '{STREAM}'"
    )
    assert await desk.problems() == [f"{STREAM} 5 is gone, and checkpoint 2 had sealed it"]


async def test_seals_that_were_made_anew_differ_from_the_lines_kept_elsewhere(desk: Desk) -> None:
    other, public = generate_signing_pair()
    forged = replace(desk.kept[2], root=b"f" * 32, key_id=Signer(other).key_id)
    forged = forged.signed(Signer(other).sign(forged.statement()))
    kept = {**desk.kept, 2: forged}
    found = await desk.audit(kept=kept)
    assert [f"{finding.place} {finding.problem}" for finding in found.findings] == [
        "checkpoint 2 differs from the line that was kept elsewhere"
    ]
    unknown = await desk.audit(key=public)
    assert {finding.problem for finding in unknown.findings} == {
        f"is signed with key {SIGNER.key_id}, which was not given"
    }


async def test_a_record_that_nobody_seals_is_told(desk: Desk) -> None:
    found = await desk.audit(late=True)
    assert [finding.place for finding in found.findings] == ["3 events"]
    assert "are not sealed" in found.findings[0].problem

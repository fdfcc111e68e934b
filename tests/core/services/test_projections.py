"""Read models from the record: each event once, stopped by what cannot be read, makeable anew."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import text

from daemon.replay.rebuilding import make_anew
from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.events import AccountParked, AccountStatusChanged, Event
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.projections import ProjectionState
from patriot_app.core.errors import Invalid
from patriot_app.core.queries import projections as projection_queries
from patriot_app.core.queries.projections import ProjectionView
from patriot_app.core.queries.reader import reading
from patriot_app.core.services import projections
from patriot_app.core.unit_of_work import begin
from tests.database import Server

DAYS, STATUSES = projections.DAYS, projections.STATUSES
ACCOUNT = UUID(int=7)


def changed(previous: str, status: str, *, account_id: UUID = ACCOUNT) -> Event:
    return AccountStatusChanged(
        account_id=account_id, previous=previous, status=status, reason="Asked for"
    )


@pytest.fixture(autouse=True)
async def empty(as_daemon: str, server: Server, database_name: str) -> AsyncIterator[None]:
    yield
    with psycopg.connect(server.uri, dbname=database_name, autocommit=True) as superuser:
        superuser.execute("ALTER TABLE events DISABLE TRIGGER append_only")
        superuser.execute("TRUNCATE events, stream_heads, projections, projection_positions")
        superuser.execute("TRUNCATE activity_days, status_spans")


async def record(*events: Event) -> None:
    async with begin(SYSTEM) as uow:
        for event in events:
            uow.record(event)


async def advance() -> list[int]:
    taken = []
    for model in projections.READ_MODELS:
        async with begin(SYSTEM) as uow:
            taken.append(await projections.advance(uow, model))
    return taken


async def told(statement: str) -> list[tuple[object, ...]]:
    async with reading(SYSTEM) as session:
        return [tuple(row) for row in await session.execute(text(statement))]


async def state_of(model: projections.ReadModel) -> ProjectionView:
    return {item.name: item for item in await projection_queries.states(SYSTEM)}[model.name]


async def test_each_event_is_taken_in_once() -> None:
    await record(changed("active", "suspended"), AccountParked(account_id=ACCOUNT, reason="x"))
    assert await advance() == [2, 2]
    await record(changed("suspended", "active"))
    assert await advance() == [1, 1]
    assert await advance() == [0, 0]
    today = datetime.now(UTC).date()
    assert await told("SELECT day, kind, surface, events FROM activity_days ORDER BY kind") == [
        (today, "AccountParked", "daemon", 1),
        (today, "AccountStatusChanged", "daemon", 2),
    ]
    assert await told("SELECT object_kind, previous, status FROM status_spans ORDER BY since") == [
        ("account", "active", "suspended"),
        ("account", "suspended", "active"),
    ]
    state = await state_of(DAYS)
    assert (state.state, state.events, state.behind) == (ProjectionState.RUNNING, 3, 0)


async def test_more_events_than_a_batch_are_taken_in_by_steps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(projections, "BATCH", 4)
    await record(*[changed("active", "suspended", account_id=uuid4()) for _ in range(7)])
    await record(*[changed("active", "suspended") for _ in range(3)])
    assert await advance() == [4, 4]
    assert (await state_of(DAYS)).state is ProjectionState.REBUILDING
    assert [(await advance())[0] for _ in range(3)] == [4, 2, 0]
    assert (await state_of(DAYS)).state is ProjectionState.RUNNING
    assert await told("SELECT sum(events) FROM activity_days") == [(10,)]


async def test_what_cannot_be_read_stops_the_model_and_is_named(
    server: Server, database_name: str
) -> None:
    await record(changed("active", "suspended"), changed("suspended", "active"))
    with psycopg.connect(server.uri, dbname=database_name, autocommit=True) as superuser:
        superuser.execute("ALTER TABLE events DISABLE TRIGGER append_only")
        superuser.execute("UPDATE events SET payload = payload - 'status' WHERE sequence = 2")
    assert await advance() == [1, 1]
    state = await state_of(STATUSES)
    assert state.state is ProjectionState.FAILED
    assert state.error == f"account:{ACCOUNT} 2: AccountStatusChanged 1 lacks status"
    assert state.behind == 1
    assert await advance() == [0, 0]


async def test_a_read_model_made_anew_is_what_it_was() -> None:
    await record(changed("active", "suspended"), changed("suspended", "active"))
    await advance()
    await record(changed("active", "disabled"))
    said: list[str] = []
    assert await make_anew("all", clock=SystemClock(), say=said.append) == 0
    assert all(line.endswith("as it was") for line in said)
    assert await advance() == [1, 1]
    assert len(await told("SELECT 1 FROM status_spans")) == 3


async def test_a_read_model_that_was_tampered_with_is_told_and_mended() -> None:
    await record(changed("active", "suspended"))
    await advance()
    async with begin(SYSTEM) as uow:
        await uow.session.execute(text("UPDATE status_spans SET reason = 'Nothing at all'"))
    said: list[str] = []
    assert await make_anew("status_spans", clock=SystemClock(), say=said.append) == 1
    assert "DIFFERENT" in said[0]
    assert await told("SELECT reason FROM status_spans") == [("Asked for",)]


async def test_a_model_of_another_version_is_made_anew_by_itself() -> None:
    await record(changed("active", "suspended"))
    await advance()
    async with begin(SYSTEM) as uow:
        await uow.session.execute(text("UPDATE projections SET version = 0"))
        await uow.session.execute(text("UPDATE status_spans SET status = 'of another time'"))
    assert await advance() == [1, 1]
    assert await told("SELECT status FROM status_spans") == [("suspended",)]


async def test_there_is_no_read_model_of_another_name() -> None:
    with pytest.raises(Invalid, match="must be all, activity_days, status_spans"):
        await make_anew("everything", clock=SystemClock(), say=print)


async def test_the_record_is_told_in_the_order_of_its_times(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(projection_queries, "BATCH", 2)
    others = [uuid4() for _ in range(3)]
    for account_id in (*others, ACCOUNT):
        await record(
            changed("active", "suspended", account_id=account_id),
            changed("suspended", "active", account_id=account_id),
        )
    rows = [row async for row in projection_queries.replayed(SYSTEM)]
    assert [row.recorded_at for row in rows] == sorted(row.recorded_at for row in rows)
    assert len({row.id for row in rows}) == 8
    own = [row async for row in projection_queries.replayed(SYSTEM, stream=f"account:{ACCOUNT}")]
    assert [row.sequence for row in own] == [1, 2]
    since = own[0].recorded_at
    late = [row async for row in projection_queries.replayed(SYSTEM, since=since)]
    assert {row.id for row in late} == {row.id for row in own}
    assert [
        row async for row in projection_queries.replayed(SYSTEM, until=rows[0].recorded_at)
    ] == []

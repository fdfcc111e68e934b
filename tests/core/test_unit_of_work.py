"""One commit: state, events and commands together; chains that show any tampering."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import text

from patriot_app.core import requests
from patriot_app.core.domain.events import Event, HaltRaised, OrderSkipped
from patriot_app.core.domain.permissions import SYSTEM, Actor, Role
from patriot_app.core.queries.reader import reading
from patriot_app.core.unit_of_work import begin
from tests.database import Server

WEB = Actor(user_id=None, name="tests", roles=frozenset({Role.ADMIN}), surface="console")


@dataclass(frozen=True, slots=True, kw_only=True)
class SomethingHappened(Event):
    on: str
    number: int

    @property
    def stream(self) -> str:
        return self.on


@dataclass(frozen=True)
class DoSomething:
    type: str = "DoSomething"

    def to_payload(self) -> Mapping[str, Any]:
        return {}


async def record(*events: SomethingHappened) -> None:
    async with begin(SYSTEM) as uow:
        for event in events:
            uow.record(event)


async def broken() -> list[tuple[str, int, str]]:
    async with reading(SYSTEM) as session:
        found = await session.execute(text("SELECT * FROM broken_events()"))
        return [tuple(row) for row in found]


async def test_events_of_a_stream_are_numbered_and_chained_in_order(as_daemon: str) -> None:
    stream = f"test:{uuid4()}"
    await record(SomethingHappened(on=stream, number=1), SomethingHappened(on=stream, number=2))
    await record(SomethingHappened(on=stream, number=3))
    async with reading(SYSTEM) as session:
        rows = await session.execute(
            text(
                "SELECT sequence, (payload ->> 'number')::int FROM events WHERE stream = :s ORDER BY 1"
            ),
            {"s": stream},
        )
        assert [tuple(row) for row in rows] == [(1, 1), (2, 2), (3, 3)]
    assert await broken() == []


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (
            "UPDATE events SET payload = '{\"number\": 9}' WHERE stream = '{s}' AND sequence = 2",
            "changed",
        ),
        (
            "UPDATE events SET origin = '{\"ip\": \"\"}' WHERE stream = '{s}' AND sequence = 2",
            "changed",
        ),
        ("DELETE FROM events WHERE stream = '{s}' AND sequence = 2", "gap"),
        ("DELETE FROM events WHERE stream = '{s}' AND sequence = 3", "cut off"),
    ],
)
async def test_tampering_with_the_record_is_found_and_named(
    as_daemon: str, server: Server, database_name: str, damage: str, problem: str
) -> None:
    stream = f"test:{uuid4()}"
    await record(*(SomethingHappened(on=stream, number=number) for number in (1, 2, 3)))
    statement = damage.replace("{s}", stream)
    try:
        server.execute(
            f"SET session_replication_role = replica; {statement}", database=database_name
        )
        assert problem in {found for name, _, found in await broken() if name == stream}
    finally:
        server.execute(
            "SET session_replication_role = replica; TRUNCATE events; TRUNCATE stream_heads",
            database=database_name,
        )


async def test_nobody_may_change_the_record(as_daemon: str) -> None:
    plain = as_daemon.replace("+psycopg", "")
    for statement in ("UPDATE events SET actor = 'x'", "DELETE FROM events", "TRUNCATE events"):
        with (
            psycopg.connect(plain) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(statement)


async def test_a_failed_unit_of_work_leaves_no_event(as_daemon: str) -> None:
    stream = f"test:{uuid4()}"

    async def record_and_fail() -> None:
        async with begin(SYSTEM) as uow:
            uow.record(SomethingHappened(on=stream, number=1))
            raise LookupError

    with pytest.raises(LookupError):
        await record_and_fail()
    async with reading(SYSTEM) as session:
        count = await session.execute(
            text("SELECT count(*) FROM events WHERE stream = :s"), {"s": stream}
        )
        assert count.scalar_one() == 0


async def test_the_same_idempotency_key_issues_one_command(as_web: str) -> None:
    key = f"form-{uuid4()}"
    async with begin(WEB) as uow:
        first = await uow.issue(DoSomething(), idempotency_key=key)
    async with begin(WEB) as uow:
        second = await uow.issue(DoSomething(), idempotency_key=key)
    assert first == second


async def test_a_fact_is_told_to_those_whom_it_concerns_and_not_to_the_actor(
    as_daemon: str, server: Server, database_name: str
) -> None:
    server.execute(
        """
        INSERT INTO users (id, email, name, status, risk_profile, roles) VALUES
        ('00000000-0000-0000-0000-00000000000a', 'a@x', 'A', 'active', 'low', '{admin}'),
        ('00000000-0000-0000-0000-00000000000b', 'b@x', 'B', 'active', 'low', '{customer}'),
        ('00000000-0000-0000-0000-00000000000c', 'c@x', 'C', 'suspended', 'low', '{admin}');
        INSERT INTO accounts (id, client_id, exchange, mode, label, status, shard) VALUES
        ('00000000-0000-0000-0000-0000000000aa', '00000000-0000-0000-0000-00000000000b',
         'binance', 'paper', 'x', 'active', 0)
        """,
        database=database_name,
    )
    account = UUID("00000000-0000-0000-0000-0000000000aa")
    async with begin(SYSTEM) as uow:
        uow.record(HaltRaised(scope="desk", scope_id="", state="halted", reason="test"))
        uow.record(
            OrderSkipped(
                account_id=account,
                symbol="BTCUSDT",
                reason_code="INSUFFICIENT_MARGIN",
                reason="Needs 10 USDT",
            )
        )
    async with reading(SYSTEM) as session:
        rows = await session.execute(
            text(
                "SELECT DISTINCT u.name, e.type FROM notifications AS n"
                " JOIN users AS u ON u.id = n.user_id JOIN events AS e ON e.id = n.event_id"
            )
        )
        assert {tuple(row) for row in rows} == {("A", "HaltRaised"), ("B", "OrderSkipped")}


async def test_an_act_bears_its_request_its_session_and_its_address(as_web: str) -> None:
    stream, session_id = f"test:{uuid4()}", uuid4()
    request = requests.begin(ip="203.0.113.7")
    person = replace(WEB, session_id=session_id)
    async with begin(person) as uow:
        uow.record(SomethingHappened(on=stream, number=1))
        command_id = await uow.issue(DoSomething(), idempotency_key=stream)
    async with reading(WEB) as session:
        told = await session.execute(
            text("SELECT correlation_id, origin FROM events WHERE stream = :s"), {"s": stream}
        )
        assert tuple(told.one()) == (
            request.id,
            {"ip": "203.0.113.7", "session": str(session_id)},
        )
        asked = text("SELECT request_id FROM commands WHERE id = :id")
        assert (await session.execute(asked, {"id": command_id})).scalar_one() == request.id
    assert await broken() == []


async def test_what_is_told_of_the_origin_cannot_be_taken_away_unseen(
    as_web: str, server: Server, database_name: str
) -> None:
    stream = f"test:{uuid4()}"
    requests.begin(ip="203.0.113.7")
    async with begin(WEB) as uow:
        uow.record(SomethingHappened(on=stream, number=1))
    with psycopg.connect(server.uri, dbname=database_name, autocommit=True) as superuser:
        superuser.execute("ALTER TABLE events DISABLE TRIGGER append_only")
        superuser.execute("UPDATE events SET origin = NULL WHERE stream = %s", (stream,))
    assert (stream, 1, "changed") in await broken()

"""The short way to the database does what the long one does."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from patriot_app.core.db import pipeline
from patriot_app.core.schema.strategies import Strategy
from tests.simulation.database import World
from tests.simulation.desk import ACCOUNTS, STRATEGY
from tests.simulation.laboratory import Laboratory
from tests.simulation.replacing import replaced
from tests.simulation.sessions import QuickSession, driver

ACCOUNT = ACCOUNTS[0]
_FOUND = text(
    "SELECT account_id AS id, not_ready_reason AS name, CAST(:rate AS numeric) FROM account_states"
    " WHERE account_id = :id"
)
_CHANGE = text("UPDATE account_states SET not_ready_reason = :name WHERE account_id = :id")


@pytest.fixture
def world(laboratory: Laboratory) -> World:
    laboratory._database.reset()
    return laboratory._database


async def change(world: World, *, then: Callable[[QuickSession], Awaitable[object]]) -> None:
    async with world.new_session() as session, session.begin():
        await session.execute(_CHANGE, {"id": ACCOUNT.id, "name": "New"})
        await then(session)


async def fail(session: QuickSession) -> None:
    strategy = await session.get(Strategy, STRATEGY)
    assert strategy.name == "Own"
    raise RuntimeError("no")


async def divide(session: QuickSession) -> object:
    return await session.execute(text("SELECT 1 / CAST(:none AS int)"), {"none": 0})


def reasons(world: World) -> list[tuple[Any, ...]]:
    return world.read(
        "SELECT not_ready_reason FROM account_states WHERE account_id = %s", ACCOUNT.id
    )


async def test_rows_come_as_sqlalchemys_own(world: World) -> None:
    async with world.new_session() as session, session.begin():
        result = await session.execute(_FOUND, {"id": ACCOUNT.id, "rate": Decimal("0.3")})
        row = result.one()
    assert (row.id, row.name, row[2]) == (ACCOUNT.id, "", Decimal("0.3"))
    assert row._mapping["name"] == row.name
    assert isinstance(row.id, UUID)


async def test_a_commit_is_there_for_whoever_reads_next(world: World) -> None:
    async with world.new_session() as session, session.begin():
        changed = await session.execute(_CHANGE, {"id": ACCOUNT.id, "name": "New"})
        assert changed.rowcount == 1
    before = world.connection.trips.count
    assert reasons(world) == [("New",)]
    assert world.connection.trips.count == before + 1


async def test_what_was_raised_rolls_back_text_and_objects(world: World) -> None:
    with pytest.raises(RuntimeError, match="no"):
        await change(world, then=fail)
    assert reasons(world) == [("",)]


async def test_a_refused_statement_ends_its_transaction_only(world: World) -> None:
    with pytest.raises(DBAPIError, match="division by zero"):
        await change(world, then=divide)
    async with world.new_session() as session, session.begin():
        row = (await session.execute(_FOUND, {"id": ACCOUNT.id, "rate": Decimal(1)})).one()
    assert row.name == ""


async def test_statements_of_a_pipeline_take_one_trip(world: World) -> None:
    with replaced(pipeline, "_driver", driver):
        async with world.new_session() as session, session.begin():
            before = world.connection.trips.count
            nothing, found = await pipeline.run(
                session,  # type: ignore[arg-type]
                (_CHANGE, {"id": ACCOUNT.id, "name": "New"}),
                (_FOUND, {"id": ACCOUNT.id, "rate": Decimal(1)}),
                commit=True,
            )
    assert nothing == []
    assert found[0].name == "New"
    assert world.connection.trips.count == before + 1
    assert reasons(world) == [("New",)]


async def test_a_pipeline_stops_at_the_first_that_fails(world: World) -> None:
    failing = [
        (text("SELECT 1 / CAST(:none AS int)"), {"none": 0}),
        (_CHANGE, {"id": ACCOUNT.id, "name": "New"}),
    ]
    with replaced(pipeline, "_driver", driver):
        async with world.new_session() as session:
            with pytest.raises(psycopg.errors.DivisionByZero):
                await pipeline.run(session, *failing, commit=True)  # type: ignore[arg-type]
    assert reasons(world) == [("",)]

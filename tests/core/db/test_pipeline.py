"""Several statements in one trip, inside the transaction that is open anyway."""

import asyncio

import psycopg
import pytest
from sqlalchemy import text

from patriot_app.core.db import pipeline
from patriot_app.core.db.engine import create_engine
from patriot_app.core.db.sessions import new_session, use_engine
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.unit_of_work import begin
from tests.database import Server
from tests.factories.desk import make_desk
from tests.waiting import until

_LOCK = text("SELECT account_id FROM account_states WHERE account_id = :id FOR UPDATE")
_SHOWN = text(
    "SELECT parked_reason AS reason, '100 %' AS share FROM account_states WHERE account_id = :id"
)
_PARK = text("UPDATE account_states SET parked_reason = :reason WHERE account_id = :id")
_MODE = text("SELECT current_setting('synchronous_commit') AS mode")
_FREE = "UPDATE account_states SET parked_reason = '' WHERE account_id = %s"
_SLEEPING = (
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle'"
    " AND pid <> pg_backend_pid() AND query LIKE '%pg_sleep%'"
)
_BROKEN = text("SELECT 1 / (length(:zero) - 1) AS never")


async def shown(account_id: object) -> object:
    async with begin(SYSTEM) as uow:
        (row,) = await pipeline.rows(uow.session, _SHOWN, {"id": account_id})
        return row.reason


async def commit_mode() -> object:
    async with begin(SYSTEM) as uow:
        (row,) = await pipeline.rows(uow.session, _MODE, {})
        return row.mode


async def answer() -> object:
    async with new_session() as session, session.begin():
        return (await session.execute(text("SELECT 42"))).scalar_one()


@pytest.mark.parametrize("unfinished", ["pipeline", "transaction"])
async def test_a_connection_that_was_left_unfinished_is_replaced(
    server: Server, database_name: str, unfinished: str
) -> None:
    engine = create_engine(
        server.url("patriot_daemon", database_name), process_name="tests", pool_size=1
    )
    use_engine(engine)
    try:
        async with engine.connect() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            assert isinstance(driver, psycopg.AsyncConnection)
        # The pool has it back already: it is as a task left it that was interrupted.
        if unfinished == "pipeline":
            driver.pgconn.enter_pipeline_mode()
        else:
            await driver.execute("SELECT 1")
        assert await answer() == 42
        assert driver.closed
    finally:
        use_engine(None)
        await engine.dispose()


async def test_a_trip_that_is_interrupted_frees_its_locks_at_once(
    as_daemon: str, server: Server, database_name: str
) -> None:
    account_id = make_desk(server, database_name, accounts=1).accounts[0]
    sleep = text("SELECT pg_sleep(:seconds)")

    async def trip() -> None:
        async with begin(SYSTEM) as uow:
            await pipeline.run(
                uow.session, (_LOCK, {"id": account_id}), (sleep, {"seconds": 300}), commit=True
            )

    with psycopg.connect(server.uri, dbname=database_name, autocommit=True) as watching:
        running = asyncio.create_task(trip())
        await until(lambda: bool(watching.execute(_SLEEPING).fetchall()))
        running.cancel()
        (ended,) = await asyncio.gather(running, return_exceptions=True)
        assert isinstance(ended, asyncio.CancelledError)
        await until(lambda: not watching.execute(_SLEEPING).fetchall())
    assert await shown(account_id) == ""


async def test_a_process_that_stops_after_a_trip_frees_its_locks(
    server: Server, database_name: str
) -> None:
    account_id = make_desk(server, database_name, accounts=1).accounts[0]
    # Its own limit for idling the server forgets behind a trip.
    engine = create_engine(
        server.url("patriot_daemon", database_name),
        process_name="tests",
        idle_in_transaction_s=0.1,
    )
    use_engine(engine, bound_s=0.3)
    try:
        with psycopg.connect(
            server.uri, dbname=database_name, autocommit=True, options="-c lock_timeout=60s"
        ) as other:
            session = new_session()
            await pipeline.rows(session, _LOCK, {"id": account_id})
            # Says nothing more, as a process that was stopped: the other one gets its lock.
            await asyncio.to_thread(other.execute, _FREE, (account_id,))
            with pytest.raises(psycopg.OperationalError):
                await pipeline.rows(session, _LOCK, {"id": account_id})
            await session.invalidate()
    finally:
        use_engine(None)
        await engine.dispose()


async def test_each_statement_sees_what_those_before_it_did(
    as_daemon: str, server: Server, database_name: str
) -> None:
    account_id = make_desk(server, database_name, accounts=1).accounts[0]
    async with begin(SYSTEM) as uow:
        locked, parked, found = await pipeline.run(
            uow.session,
            (_LOCK, {"id": account_id}),
            (_PARK, {"id": account_id, "reason": "50 %"}),
            (_SHOWN, {"id": account_id}),
        )
    assert [row.account_id for row in locked] == [account_id]
    assert parked == []
    assert [(row.reason, row.share) for row in found] == [("50 %", "100 %")]
    assert await shown(account_id) == "50 %"


async def test_an_error_in_the_middle_rolls_everything_back(
    as_daemon: str, server: Server, database_name: str
) -> None:
    account_id = make_desk(server, database_name, accounts=1).accounts[0]
    with pytest.raises(psycopg.errors.DivisionByZero):
        async with begin(SYSTEM) as uow:
            await pipeline.run(
                uow.session,
                (_PARK, {"id": account_id, "reason": "never"}),
                (_BROKEN, {"zero": "0"}),
                commit=True,
            )
    assert await shown(account_id) == ""


async def test_what_was_committed_along_stays(
    as_daemon: str, server: Server, database_name: str
) -> None:
    account_id = make_desk(server, database_name, accounts=1).accounts[0]
    statement = (_PARK, {"id": account_id, "reason": "kept"})

    async def commit_and_fail() -> None:
        async with begin(SYSTEM) as uow:
            await pipeline.run(uow.session, statement, commit=True)
            raise LookupError

    with pytest.raises(LookupError):
        await commit_and_fail()
    assert await shown(account_id) == "kept"


async def test_a_unit_of_work_that_may_be_lost_is_committed_and_alone_in_that(
    as_daemon: str, server: Server, database_name: str
) -> None:
    account_id = make_desk(server, database_name, accounts=1).accounts[0]
    before = await commit_mode()
    async with begin(SYSTEM, is_durable=False) as uow:
        await pipeline.rows(uow.session, _PARK, {"id": account_id, "reason": "soon"})
    assert await shown(account_id) == "soon"
    assert await commit_mode() == before

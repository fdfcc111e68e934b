"""Several statements in one trip to the server, inside the session's own transaction.

A statement through the session costs about half a millisecond of waiting and of our own time,
whatever it does; a fan-out that runs thirty of them one after the other is late before its first
order leaves. psycopg's pipeline sends them together (BEGIN with them) and reads all answers at the
end. They run one after the other, each with a snapshot of its own: a lock taken by the first holds
for what the second reads.

Behind the answers of a trip psycopg sends a flush, and that disarms the server's own limit for a
transaction that idles. A process that is stopped in the middle would keep its locks until it goes on: a
transaction with a trip before its last one is bound as a whole, where the process says how long.
"""

import asyncio
from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from psycopg import AsyncConnection
from psycopg.rows import namedtuple_row
from sqlalchemy import TextClause
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.ext.asyncio import AsyncSession

_DRIVER = "pipeline.driver"
BOUND_MS = "pipeline.bound_ms"
"""In a session's info: how long its transactions may last once they made a trip."""
_BIND = "SELECT set_config('transaction_timeout', %s, true)"
Statement = tuple[TextClause, Mapping[str, Any]]


async def run(session: AsyncSession, *statements: Statement, commit: bool = False) -> list[Any]:
    """Run statements in order; return the rows of each, as named tuples.

    Args:
        commit: commit with them, when nothing follows that could still be rolled back.

    Raises:
        psycopg.Error: the first that failed; the transaction is to be rolled back.
    """
    known = session.info.get(_DRIVER)
    driver = await _driver(session)
    is_first = session.info.get(_DRIVER) is not known
    bound_ms = session.info.get(BOUND_MS)
    try:
        async with driver.pipeline():
            if bound_ms and is_first and not commit:
                await driver.execute(_BIND, (str(bound_ms),), prepare=True)
            cursors = [
                await driver.cursor(row_factory=namedtuple_row).execute(
                    _compiled(statement), parameters, prepare=True
                )
                for statement, parameters in statements
            ]
            if commit:
                await driver.commit()
    except asyncio.CancelledError:
        # Between two answers: what else comes belongs to nobody, and a rollback may never leave.
        await (await session.connection()).invalidate()
        raise
    return [await cursor.fetchall() if cursor.description else [] for cursor in cursors]


async def rows(session: AsyncSession, statement: TextClause, parameters: Mapping[str, Any]) -> Any:
    """Run one statement; return its rows as named tuples."""
    return (await run(session, (statement, parameters)))[0]


async def _driver(session: AsyncSession) -> AsyncConnection[Any]:
    """Return the connection that the session's transaction has, asking the pool once for each."""
    transaction = session.sync_session.get_transaction()
    known, driver = session.info.get(_DRIVER, (None, None))
    if transaction is None or known is not transaction:
        connection = await session.connection()
        driver = (await connection.get_raw_connection()).driver_connection
        session.info[_DRIVER] = session.sync_session.get_transaction(), driver
    return cast(AsyncConnection[Any], driver)


@cache
def _compiled(statement: TextClause) -> str:
    """Return a statement in the driver's own parameter style."""
    dialect = PGDialect_psycopg()  # type: ignore[no-untyped-call]
    return str(statement.compile(dialect=dialect))

"""Sessions that take the short way: the product's SQL without SQLAlchemy's machinery around it.

Almost all statements of the execution path are text with parameters. Compiling, casting and wrapping
them costs several times what the database takes, in every world again. So text goes straight to the
connection, and its rows come back as SQLAlchemy's own; anything else is done by a real session inside
of the same transaction.
"""

from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from typing import Any

import psycopg
from sqlalchemy import TextClause
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from tests.simulation.connection import SimConnection
from tests.simulation.trips import NOTHING, Answer, Pending


class QuickResult(IteratorResult[Any]):
    """Rows of one statement."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(_metadata(answer.names), iter(answer.rows))
        self.rowcount = answer.count


class LaterResult:
    """Becomes a result once somebody looks at it; until then its statement may wait."""

    def __init__(self, pending: Pending, statement: str, parameters: Any) -> None:
        self._pending = pending
        self._statement = statement
        self._parameters = parameters

    @cached_property
    def _result(self) -> QuickResult:
        try:
            return QuickResult(self._pending.answer)
        except psycopg.Error as error:
            raise _wrapped(error, self._statement, self._parameters) from error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._result, name)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._result)


class QuickSession:
    """Does what the product asks of a session; one transaction, of one task."""

    def __init__(self, engine: AsyncEngine, connection: SimConnection) -> None:
        self.bind = engine
        self.info: dict[str, Any] = {}
        self.driver = connection
        self._real: AsyncSession | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real_session(), name)

    async def __aenter__(self) -> "QuickSession":
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._real is not None:
            await self._real.close()
        await self.driver.rollback()

    def begin(self) -> "_Block":
        """Open a block that commits at its end."""
        return _Block(self)

    async def flush(self) -> None:
        """Send what was added to the real session."""
        if self._real is not None:
            await self._real.flush()

    async def execute(self, statement: Any, parameters: Mapping[str, Any] | None = None) -> Any:
        """Run a statement.

        Raises:
            DBAPIError: the database refused it, or does not answer.
        """
        if type(statement) is not TextClause:
            return await self._real_session().execute(statement, parameters)
        compiled = _compiled(statement)
        try:
            pending = await self.driver.run(compiled, parameters or {})
        except psycopg.Error as error:
            raise _wrapped(error, compiled, parameters) from error
        return LaterResult(pending, compiled, parameters) if pending else QuickResult(NOTHING)

    async def commit(self) -> None:
        """Commit the transaction."""
        if self._real is not None:
            await self._real.commit()
            return
        try:
            await self.driver.commit()
        except psycopg.Error as error:
            raise _wrapped(error, "COMMIT", None) from error

    async def rollback(self) -> None:
        """Roll the transaction back."""
        if self._real is not None:
            await self._real.rollback()
        await self.driver.rollback()

    def _real_session(self) -> AsyncSession:
        if self._real is None:
            self._real = AsyncSession(self.bind, expire_on_commit=False, autoflush=False)
        return self._real


class _Block:
    """Commits, or rolls back when an exception leaves it."""

    def __init__(self, session: QuickSession) -> None:
        self._session = session

    async def __aenter__(self) -> QuickSession:
        return self._session

    async def __aexit__(self, kind: object, *_: object) -> None:
        if kind is None:
            try:
                await self._session.commit()
            except BaseException:
                await self._session.rollback()
                raise
        else:
            await self._session.rollback()


async def driver(session: QuickSession) -> SimConnection:
    """Return a session's connection, for the product's pipelines."""
    return session.driver


def _wrapped(error: psycopg.Error, statement: str, parameters: Any) -> BaseException:
    """Return what SQLAlchemy would raise."""
    made: BaseException = DBAPIError.instance(statement, parameters, error, psycopg.Error)
    return made


_texts: dict[str, str] = {}


def _compiled(statement: TextClause) -> str:
    """Return a statement in the driver's parameter style."""
    found = _texts.get(statement.text)
    if found is None:
        assert not any(
            bound.expanding or bound.value is not None for bound in statement._bindparams.values()
        ), "only plain parameters go the short way"
        dialect = PGDialect_psycopg()  # type: ignore[no-untyped-call]
        found = _texts[statement.text] = str(statement.compile(dialect=dialect))
    return found


@cache
def _metadata(names: tuple[str, ...]) -> SimpleResultMetaData:
    return SimpleResultMetaData(names)

"""The one connection of all nodes: transactions of a task, and what may go wrong around them.

Speaks like psycopg's asynchronous connection as far as SQLAlchemy and the product's pipelines ask.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from typing import Any, Protocol

import psycopg
from psycopg.rows import _make_nt, tuple_row

from tests.simulation.errors import DatabaseLost
from tests.simulation.trips import (
    NOTHING,
    START,
    Answer,
    Pending,
    Trips,
    needs_time,
    needs_transaction,
)

_NOTIFIES = "pg_notify("
_FORGETS = "set_config('synchronous_commit'"
_ISOLATES = "SET TRANSACTION "


class Disturbance(Protocol):
    """What may go wrong around a transaction; the world decides."""

    async def before_transaction(self) -> None:
        """Wait, fail or die before the first statement."""
        ...

    async def before_commit(self) -> bool:
        """Fail or die; True lets the answer of a commit that happened be lost."""
        ...

    async def after_commit(self) -> None:
        """Wait or die once a commit is done that changed something."""
        ...

    def heard(self, channel: str) -> None:
        """Take note of a NOTIFY of a committed transaction."""
        ...


class SimConnection:
    """Statements run at once, without the loop; a transaction belongs to one task.

    Attributes:
        disturbance: what may go wrong; None while nothing does.
        owner: the task whose transaction is open.
    """

    def __init__(self, raw: "psycopg.Connection[Any]", now: Callable[[], float]) -> None:
        self.raw = raw
        self.trips = Trips(raw)
        self.disturbance: Disturbance | None = None
        self.owner: asyncio.Task[Any] | None = None
        self._now = now
        self._channels: list[str] = []
        self._has_begun = False
        self._together: object | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.raw, name)

    # -- transactions ---------------------------------------------------------------------------

    async def begin(self) -> None:
        """Open the transaction of the present task if it has none."""
        me = asyncio.current_task()
        if self.owner is me:
            return
        assert self.owner is None, "a transaction waited for something else than the database"
        if self.disturbance is not None:
            await self.disturbance.before_transaction()
            assert self.owner is None
        self.trips.put(START)
        self.owner, self._has_begun = me, False

    async def commit(self) -> None:
        """Commit; a commit goes to the server with whatever comes next, and cannot fail there."""
        if self.owner is None:
            return
        assert self.owner is asyncio.current_task()
        self._together = None
        disturbance, channels = self.disturbance, self._channels
        is_answer_lost = False
        if disturbance is not None:
            is_answer_lost = await disturbance.before_commit()
        if self.trips.has_statements:
            self.trips.settle()
        if self._has_begun:
            self.trips.put(b"COMMIT")
        has_changed, self.trips.has_changed = self.trips.has_changed, False
        self.owner, self._channels = None, []
        if disturbance is not None:
            for channel in channels:
                disturbance.heard(channel)
            if is_answer_lost:
                raise DatabaseLost("the connection was lost after COMMIT was sent")
            if has_changed:
                await disturbance.after_commit()

    async def rollback(self) -> None:
        """Roll back the transaction of the present task, if it has one."""
        if self.owner is not None and self.owner is asyncio.current_task():
            self.owner, self._channels, self.trips.has_changed = None, [], False
            if not self.trips.forget() and self._has_begun:
                self.trips.undo()

    async def close(self) -> None:
        """Forget the transaction; the machine's own connection serves the next one too."""
        await self.rollback()

    async def set_autocommit(self, value: bool) -> None:
        """Stay as we are: we begin transactions ourselves."""

    async def set_isolation_level(self, value: Any) -> None:
        """Stay with READ COMMITTED, as the product does."""

    # -- statements -------------------------------------------------------------------------------

    async def run(self, statement: str, parameters: Any) -> Pending | None:
        """Run one statement in the task's transaction; None where nobody reads what it returns."""
        await self.begin()
        if self._is_noted(statement, parameters):
            return None
        return self._add(statement, parameters)

    def cursor(self, *_: Any, row_factory: Any = tuple_row) -> "SimCursor | Together":
        if self._together is not None:
            return Together(self)
        return SimCursor(self, row_factory)

    @asynccontextmanager
    async def pipeline(self) -> AsyncIterator[None]:
        """Let statements go together."""
        await self.begin()
        mine = self._together = object()
        try:
            yield
        finally:
            # A commit inside of the block ended the pipeline; by now it may be another task's.
            if self._together is mine:
                self._together = None

    async def add(self, one: "Together", statement: str, parameters: Any) -> None:
        """Let a statement go with the others of a pipeline."""
        if not self._is_noted(statement, parameters):
            assert self._together is not None
            one.pending = self._add(statement, parameters)

    def _add(self, statement: str, parameters: Any) -> Pending:
        ready = self.trips.ready(statement, parameters)
        if not self._has_begun and needs_transaction(ready.query):
            self.begin_at_server()
        elif needs_time(ready.query):
            self.trips.tell(self._now())
        return self.trips.add(ready)

    def begin_at_server(self) -> None:
        """Open the server's transaction, if it is not: what only reads does without one."""
        if not self._has_begun:
            self._has_begun = True
            self.trips.put(b"BEGIN")
            self.trips.tell(self._now())

    def _is_noted(self, statement: str, parameters: Any) -> bool:
        """Tell whether a statement needs no trip of its own: nobody reads what it returns."""
        if _NOTIFIES in statement and parameters:
            self._channels.append(parameters["channel"])
            return True
        if statement.startswith(_ISOLATES):
            self.begin_at_server()
            self.trips.put(statement.encode())
            return True
        return _FORGETS in statement


class Together:
    """The cursor of one statement of a pipeline."""

    def __init__(self, connection: SimConnection) -> None:
        self._connection = connection
        self.pending: Pending | None = None

    @property
    def answer(self) -> Answer:
        """Return what the statement brought."""
        return NOTHING if self.pending is None else self.pending.answer

    @property
    def description(self) -> tuple[str, ...]:
        """Return the names of the columns, once the pipeline has run."""
        return self.answer.names

    async def execute(
        self, statement: str, parameters: Any, *, prepare: bool | None = None
    ) -> "Together":
        await self._connection.add(self, statement, parameters)
        return self

    async def fetchall(self) -> list[Any]:
        make = _named(self.answer.names)
        return [make(row) for row in self.answer.rows]


class SimCursor:
    """psycopg's own cursor, for statements that SQLAlchemy builds."""

    def __init__(self, connection: SimConnection, row_factory: Any) -> None:
        self._connection = connection
        self._raw = connection.raw.cursor(row_factory=row_factory)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    async def __aenter__(self) -> "SimCursor":
        return self

    async def execute(
        self, statement: Any, parameters: Any = None, *, prepare: bool | None = None
    ) -> "SimCursor":
        await self._connection.begin()
        self._connection.begin_at_server()
        self._connection.trips.settle()
        self._connection.trips.has_changed = True
        self._raw.execute(statement, parameters, prepare=prepare)
        return self

    async def executemany(self, statement: Any, parameters: Any) -> None:
        await self._connection.begin()
        self._connection.begin_at_server()
        self._connection.trips.settle()
        self._connection.trips.has_changed = True
        self._raw.executemany(statement, parameters)

    async def fetchall(self) -> list[Any]:
        return self._raw.fetchall()

    def _close(self) -> None:
        self._raw.close()

    async def close(self) -> None:
        self._raw.close()


@cache
def _named(names: tuple[str, ...]) -> Callable[[Any], Any]:
    # psycopg names the columns that have no name of their own.
    return _make_nt("utf-8", *(name.encode() for name in names))._make

"""Statements on their way to PostgreSQL: as few trips as there are answers to wait for.

What a world costs is trips: each wakes the server and us, whatever the statement does. So what has no
answer (BEGIN, COMMIT, SET) waits for the next statement and goes with it, and statements that the
product sends together go together. They run one after the other, as always.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import psycopg
from psycopg import errors
from psycopg._queries import PostgresQuery
from psycopg.adapt import Transformer
from psycopg.pq import ExecStatus

_GOOD = frozenset({ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK})
_FIXED = {b"BEGIN": b"fixed_begin", b"COMMIT": b"fixed_commit", b"ROLLBACK": b"fixed_rollback"}
Key = tuple[bytes, tuple[int, ...]]
"""Text of a statement and the types of its parameters: what is prepared once."""


class Ready(NamedTuple):
    """A statement in the server's words."""

    query: bytes
    types: tuple[int, ...]
    parameters: Sequence[Any] | None
    formats: Any


class Answer(NamedTuple):
    """What a statement brought.

    Attributes:
        names: of the columns; empty where the statement returns no rows.
    """

    names: tuple[str, ...]
    rows: list[Any]
    count: int


class Trips:
    """One connection's way to the server.

    Attributes:
        count: trips so far.
    """

    def __init__(self, raw: "psycopg.Connection[Any]") -> None:
        self.raw = raw
        self.count = 0
        self._connection = raw.pgconn
        self._dumping = Transformer(raw)
        self._loading = Transformer(raw)
        self._query = PostgresQuery(self._dumping)
        self._names: dict[Key, bytes] = {}
        self._named = 0
        self._waiting: list[bytes] = []
        for command, name in _FIXED.items():
            self._connection.prepare(name, command)

    def put(self, *commands: bytes) -> None:
        """Let commands without an answer go with the next statement."""
        self._waiting += commands

    def take_back(self, *commands: bytes) -> bool:
        """Forget the last commands if they have not gone yet; tell whether."""
        if tuple(self._waiting[-len(commands) :]) != commands:
            return False
        del self._waiting[-len(commands) :]
        return True

    def settle(self) -> None:
        """Let everything go that waits."""
        if self._waiting:
            self.run([])

    def ready(self, statement: str, parameters: Any) -> Ready:
        """Put a statement of psycopg's parameter style into the server's words."""
        query = self._query
        query.convert(statement, parameters)
        return Ready(query.query, query.types, query.params, query.formats)

    def run(self, statements: Sequence[Ready]) -> list[Answer]:
        """Run statements in one trip, after what waits.

        Raises:
            psycopg.Error: the first that failed; those after it did not run.
        """
        connection, waiting = self._connection, self._waiting
        self._waiting = []
        self.count += 1
        connection.enter_pipeline_mode()
        for command in waiting:
            if command in _FIXED:
                connection.send_query_prepared(_FIXED[command], [])
            else:
                connection.send_query_params(command, None)
        prepared: dict[int, Key] = {}
        sent = len(waiting)
        for one in statements:
            key = one.query, one.types
            name = self._names.get(key)
            if name is None:
                self._named += 1
                name = self._names[key] = b"own_%d" % self._named
                connection.send_prepare(name, one.query, one.types)
                prepared[sent] = key
                sent += 1
            connection.send_query_prepared(name, one.parameters, one.formats)
            sent += 1
        connection.pipeline_sync()
        results = self._results(sent)
        connection.exit_pipeline_mode()
        for at, key in prepared.items():
            if results[at].status not in _GOOD:
                self._names.pop(key, None)
        for result in results:
            if result.status not in _GOOD:
                raise errors.error_from_result(result)
        for command, result in zip(waiting, results, strict=False):
            assert command != b"COMMIT" or result.command_status == b"COMMIT", "nothing committed"
        return [
            self._answer(result)
            for at, result in enumerate(results)
            if at >= len(waiting) and at not in prepared
        ]

    def _results(self, count: int) -> list[Any]:
        get, results = self._connection.get_result, []
        for _ in range(count):
            results.append(get())
            assert get() is None
        assert get().status == ExecStatus.PIPELINE_SYNC  # type: ignore[union-attr]
        return results

    def _answer(self, result: Any) -> Answer:
        if result.status == ExecStatus.COMMAND_OK:
            return Answer((), [], result.command_tuples or 0)
        loading = self._loading
        loading.set_pgresult(result)
        names = _decoded(tuple(result.fname(at) for at in range(result.nfields)))
        rows = loading.load_rows(0, result.ntuples, tuple)
        return Answer(names, rows, result.ntuples)


@cache
def _decoded(names: tuple[bytes, ...]) -> tuple[str, ...]:
    return tuple(name.decode() for name in names)

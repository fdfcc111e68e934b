"""Statements on their way to PostgreSQL: as few trips as there are answers to wait for.

What a world costs is trips: each wakes the server and us, whatever the statement does. So what has no
answer (BEGIN, COMMIT, SET) waits for the next statement and goes with it, and a statement waits until
somebody reads its answer, or the transaction ends. They run one after the other, as always.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg import errors
from psycopg._queries import PostgresQuery
from psycopg.adapt import Transformer
from psycopg.pq import ExecStatus

_GOOD = frozenset({ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK})
START = b""
"""Where the present transaction's statements begin among those that wait; it is never sent."""
_FIXED = {b"BEGIN": b"fixed_begin", b"COMMIT": b"fixed_commit", b"ROLLBACK": b"fixed_rollback"}
_CHANGES = re.compile(
    rb"\b(INSERT INTO|DELETE FROM|(?<!FOR )UPDATE|append_events|destroy_|rewrap_)"
)
_NEEDS_TRANSACTION = re.compile(
    rb"\b(INSERT|DELETE|UPDATE|FOR (SHARE|NO KEY|KEY)|append_events|post_notifications|destroy_"
    rb"|rewrap_|set_config|advisory)"
)
_TELLS_TIME = re.compile(rb"clock_timestamp|now\(|current_")
_PLAIN = frozenset({str, int, bool, UUID, type(None)})
"""Types of which equal values are the same to the server; decimals are not: 1.0 and 1.00."""
_READY_MAX = 5_000
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


NOTHING = Answer((), [], 0)


class Pending:
    """A statement whose answer nobody has asked for yet."""

    __slots__ = ("_answer", "_trips", "ready")

    def __init__(self, trips: "Trips", ready: Ready) -> None:
        self.ready = ready
        self._trips = trips
        self._answer: Answer | None = None

    @property
    def answer(self) -> Answer:
        """Return what the statement brought; it goes to the server now if it has not yet.

        Raises:
            psycopg.Error: it failed, or one before it did.
        """
        if self._answer is None:
            self._trips.settle()
        assert self._answer is not None, "its transaction failed or was given up before"
        return self._answer

    def take(self, answer: Answer) -> None:
        """Take note of what the server said."""
        self._answer = answer


class Trips:
    """One connection's way to the server.

    Attributes:
        count: trips so far.
        has_changed: a statement has changed rows, or may have; the owner of the transaction sets it
            back.
    """

    def __init__(self, raw: "psycopg.Connection[Any]") -> None:
        self.raw = raw
        self.count = 0
        self.has_changed = False
        self._connection = raw.pgconn
        self._dumping = Transformer(raw)
        self._loading = Transformer(raw)
        self._query = PostgresQuery(self._dumping)
        self._names: dict[Key, bytes] = {}
        self._columns: dict[Key, tuple[str, ...]] = {}
        self._readies: dict[Any, Ready] = {}
        self._named = 0
        self._waiting: list[bytes | Pending] = []
        self._has_statements = False
        self._told: float | None = None
        for command, name in _FIXED.items():
            self._connection.prepare(name, command)

    def put(self, *commands: bytes) -> None:
        """Let commands without an answer go with the next statement."""
        self._waiting += commands

    def tell(self, now: float) -> None:
        """Let the server know the world's time, unless it does."""
        if self._told != now:
            self._waiting.append(f"SET sim.now = '{now!r}'".encode())
            self._told = now

    def undo(self) -> None:
        """Roll back; what was told of the time goes with it."""
        self._waiting.append(b"ROLLBACK")
        self._told = None

    def add(self, statement: Ready) -> "Pending":
        """Let a statement go with whatever asks for an answer first."""
        pending = Pending(self, statement)
        self._waiting.append(pending)
        self._has_statements = True
        return pending

    @property
    def has_statements(self) -> bool:
        """Tell whether statements wait, which may fail, and not only commands."""
        return self._has_statements

    def forget(self) -> bool:
        """Forget the present transaction's statements; tell whether nothing of it has gone yet."""
        for at in range(len(self._waiting) - 1, -1, -1):
            if self._waiting[at] == START:
                del self._waiting[at:]
                self._has_statements, self._told = False, None
                return True
        self._waiting.clear()
        self._told = None
        self._has_statements = False
        return False

    def settle(self) -> None:
        """Let everything go that waits.

        Raises:
            psycopg.Error: of the first that failed; those after it did not run.
        """
        if self._waiting:
            self._go()

    def ready(self, statement: str, parameters: Any) -> Ready:
        """Put a statement of psycopg's parameter style into the server's words."""
        asked = _asked(statement, parameters)
        known = self._readies.get(asked)
        if known is not None:
            return known
        query = self._query
        query.convert(statement, parameters)
        ready = Ready(query.query, query.types, query.params, query.formats)
        if asked is not None:
            if len(self._readies) >= _READY_MAX:
                self._readies.clear()
            self._readies[asked] = ready
        return ready

    def run(self, statements: Sequence[Ready]) -> list[Answer]:
        """Run statements in one trip, after what waits.

        Raises:
            psycopg.Error: the first that failed; those after it did not run.
        """
        pending = [self.add(each) for each in statements]
        self._go()
        return [each.answer for each in pending]

    def _go(self) -> None:
        waiting = [one for one in self._waiting if one != START]
        self._waiting, self._has_statements = [], False
        if not waiting:
            return
        self.count += 1
        self._connection.enter_pipeline_mode()
        places, new = self._send(waiting)
        self._connection.pipeline_sync()
        results = self._results(places[-1] + 1)
        self._connection.exit_pipeline_mode()
        for at, key in new:
            if results[at].status not in _GOOD:
                self._names.pop(key, None)
        for result in results:
            if result.status not in _GOOD:
                self._told = None
                raise errors.error_from_result(result)
        for one, at in zip(waiting, places, strict=True):
            if isinstance(one, Pending):
                one.take(self._answer(one.ready, results[at]))
                if _may_change(one.ready.query) and results[at].command_status[-2:] != b" 0":
                    self.has_changed = True
            else:
                is_commit = one == b"COMMIT"
                assert not is_commit or results[at].command_status == one, "nothing committed"

    def _send(self, waiting: Sequence[bytes | Pending]) -> tuple[list[int], list[tuple[int, Key]]]:
        """Send statements; return where the answer of each will be, and of what was prepared."""
        connection = self._connection
        places: list[int] = []
        new: list[tuple[int, Key]] = []
        sent = 0
        for one in waiting:
            if isinstance(one, bytes):
                if one in _FIXED:
                    connection.send_query_prepared(_FIXED[one], [])
                else:
                    connection.send_query_params(one, None)
            else:
                query, types, parameters, formats = one.ready
                name = self._names.get((query, types))
                if name is None:
                    self._named += 1
                    name = self._names[query, types] = b"own_%d" % self._named
                    connection.send_prepare(name, query, types)
                    new.append((sent, (query, types)))
                    sent += 1
                connection.send_query_prepared(name, parameters, formats)
            places.append(sent)
            sent += 1
        return places, new

    def _results(self, count: int) -> list[Any]:
        get, results = self._connection.get_result, []
        for _ in range(count):
            results.append(get())
            assert get() is None
        assert get().status == ExecStatus.PIPELINE_SYNC  # type: ignore[union-attr]
        return results

    def _answer(self, ready: Ready, result: Any) -> Answer:
        if result.status == ExecStatus.COMMAND_OK:
            return Answer((), [], result.command_tuples or 0)
        key = ready.query, ready.types
        names = self._columns.get(key)
        if names is None:
            names = tuple(result.fname(at).decode() for at in range(result.nfields))
            self._columns[key] = names
        count = result.ntuples
        if not count:
            return Answer(names, [], 0)
        self._loading.set_pgresult(result)
        return Answer(names, self._loading.load_rows(0, count, tuple), count)


def _asked(statement: str, parameters: Any) -> Any:
    """Return what tells equal questions apart, None where equal values may differ in words.

    Who looks for work asks the same thing again and again.
    """
    if not parameters:
        return statement
    if not isinstance(parameters, dict):
        return None
    told: list[Any] = [statement]
    for value in parameters.values():
        kind = type(value)
        if kind is list:
            kinds = tuple(map(type, value))
            if not _PLAIN.issuperset(kinds):
                return None
            told.append((kinds, tuple(value)))
        elif kind in _PLAIN:
            told.append((kind, value))
        else:
            return None
    return tuple(told)


@cache
def _may_change(query: bytes) -> bool:
    """Tell whether a statement may change rows; one that only locks them does not."""
    return _CHANGES.search(query) is not None


@cache
def needs_transaction(query: bytes) -> bool:
    """Tell whether a statement locks or changes anything.

    One that only reads sees what is committed, inside of a transaction or not.
    """
    return _NEEDS_TRANSACTION.search(query) is not None


@cache
def needs_time(query: bytes) -> bool:
    """Tell whether a statement may ask for the time; there are no views that could."""
    return needs_transaction(query) or _TELLS_TIME.search(query) is not None

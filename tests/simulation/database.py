"""Real PostgreSQL under virtual time.

All of the product's SQL runs as it is, under the daemon's role. A transaction happens at one moment
of virtual time: its statements run one after the other without a pause, and waiting, failures and
deaths lie before its first statement and around its commit. So two transactions never overlap; what
the database does about overlapping ones (row locks, SKIP LOCKED) is not tried here.

The schema `sim` stands before `pg_catalog`: `now()` and `clock_timestamp()` tell the world's time.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Any, Protocol

import orjson
import psycopg
from psycopg.pq import ExecStatus
from psycopg.rows import tuple_row
from sqlalchemy import StaticPool
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from tests.database import Server

SEARCH_PATH = "sim, pg_catalog, public"
_PREPARE = """
CREATE SCHEMA sim;
CREATE FUNCTION sim.clock_timestamp() RETURNS timestamptz LANGUAGE sql STABLE AS
$$ SELECT pg_catalog.to_timestamp(pg_catalog.current_setting('sim.now')::double precision) $$;
CREATE FUNCTION sim.now() RETURNS timestamptz LANGUAGE sql STABLE AS
$$ SELECT pg_catalog.to_timestamp(pg_catalog.current_setting('sim.now')::double precision) $$;
GRANT USAGE ON SCHEMA sim TO PUBLIC;
CREATE SCHEMA kept;
CREATE TABLE sim.moves (id uuid, before text, after text, filled_before numeric,
                        filled_after numeric, is_fenced boolean);
CREATE FUNCTION sim.note_move() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO sim.moves VALUES (NEW.id, OLD.state, NEW.state, OLD.filled_quantity,
        NEW.filled_quantity, NEW.state <> 'sending' OR EXISTS (
            SELECT 1 FROM public.shard_leases AS lease
             WHERE lease.shard = NEW.shard AND lease.epoch = NEW.epoch
               AND lease.released_at IS NULL AND lease.expires_at > sim.clock_timestamp()));
    RETURN NULL;
END $$;
CREATE TRIGGER note_move AFTER UPDATE ON public.attempts FOR EACH ROW
    WHEN (OLD.state <> NEW.state OR OLD.filled_quantity <> NEW.filled_quantity)
    EXECUTE FUNCTION sim.note_move();
DO $$
DECLARE one record;
BEGIN
    -- Defaults and the bodies of fenced functions were bound to the machine's clock.
    FOR one IN SELECT a.attrelid::regclass AS relation, a.attname
                 FROM pg_attrdef AS d JOIN pg_attribute AS a
                   ON a.attrelid = d.adrelid AND a.attnum = d.adnum
                 JOIN pg_class AS c ON c.oid = a.attrelid
                WHERE pg_get_expr(d.adbin, d.adrelid) = 'now()' AND c.relkind IN ('r', 'p')
    LOOP
        EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT sim.now()',
                       one.relation, one.attname);
    END LOOP;
    FOR one IN SELECT p.oid::regprocedure AS function FROM pg_proc AS p
                WHERE p.pronamespace = 'public'::regnamespace AND p.proconfig IS NOT NULL
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = sim, pg_catalog, public, pg_temp',
                       one.function);
    END LOOP;
END $$
"""
_APPLY_ACTOR = (
    "SELECT set_config('app.scope', %(scope)s, true),"
    " set_config('app.current_user_id', %(user_id)s, true)"
)
_TABLES = """
SELECT c.oid::regclass::text FROM pg_class AS c
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
   AND c.relname <> 'alembic_version' ORDER BY 1
"""


class Disturbance(Protocol):
    """What may go wrong around a transaction; the world decides."""

    async def before_transaction(self) -> None:
        """Wait, fail or die before the first statement."""
        ...

    async def before_commit(self) -> bool:
        """Fail or die; True lets the answer of a commit that happened be lost."""
        ...

    async def after_commit(self) -> None:
        """Wait or die once the commit is done."""
        ...

    def heard(self, channel: str) -> None:
        """Take note of a NOTIFY of a committed transaction."""
        ...


class World:
    """One database for one process's worlds, one after the other."""

    def __init__(self, server: Server, name: str, now: Callable[[], float]) -> None:
        """Make a migrated database whose clock is ours."""
        self.now = now
        server.execute(_PREPARE, database=name)
        self.admin = psycopg.connect(server.uri, dbname=name, autocommit=True)
        self.admin.execute(f"SET search_path = {SEARCH_PATH}")  # type: ignore[arg-type]
        self.tables = [row[0] for row in self.admin.execute(_TABLES)]
        self._url = server.url("patriot_daemon", name)
        self._raw: psycopg.Connection[Any] | None = None
        self.disturbance: Disturbance | None = None
        self.engine = self._open_engine()

    def keep(self) -> None:
        """Remember the present rows as those that every world begins with."""
        for table in self.tables:
            self._leave_alone(table)
            self.admin.execute(f"CREATE TABLE kept.{table} AS SELECT * FROM {table}")  # type: ignore[arg-type]
        self._filled = [
            table
            for table in self.tables
            if self.admin.execute(f"SELECT EXISTS (SELECT 1 FROM kept.{table})").fetchone()  # type: ignore[arg-type]
            == (True,)
        ]

    def _leave_alone(self, table: str) -> None:
        """Let no statistics be gathered meanwhile: plans, and with them row order, stay the same."""
        leaves = "SELECT relid::regclass::text FROM pg_partition_tree(%s) WHERE isleaf"
        for (leaf,) in self.admin.execute(leaves, (table,)).fetchall() or [(table,)]:
            self.admin.execute(f"ALTER TABLE {leaf} SET (autovacuum_enabled = false)")

    def reset(self) -> None:
        """Begin anew: fresh tables with the kept rows, so that not even their order differs."""
        fill = ";".join(f"INSERT INTO {table} SELECT * FROM kept.{table}" for table in self._filled)
        self.admin.execute(
            f"BEGIN; SET LOCAL sim.now = '{self.now()!r}';"  # type: ignore[arg-type]
            "SET LOCAL session_replication_role = replica;"
            f"TRUNCATE sim.moves, {', '.join(self.tables)}; {fill}; COMMIT"
        )

    def read(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a harness's statement as the superuser, at the world's time."""
        self.admin.execute("SELECT set_config('sim.now', %s, false)", (repr(self.now()),))
        cursor = self.admin.execute(statement, values or None)  # type: ignore[arg-type]
        return list(cursor.fetchall()) if cursor.description else []

    @contextmanager
    def later(self, span: timedelta) -> Iterator[None]:
        """Read as if some time had passed."""
        before = self.now
        self.now = lambda: before() + span.total_seconds()
        try:
            yield
        finally:
            self.now = before

    def close(self) -> None:
        """Close both connections."""
        self.admin.close()
        if self._raw is not None:
            self._raw.close()

    def _open_engine(self) -> AsyncEngine:
        async def connect(*_: Any, **options: Any) -> "SimConnection":
            if self._raw is None:
                plain = self._url.replace("postgresql+psycopg://", "postgresql://")
                self._raw = psycopg.Connection.connect(plain, autocommit=True, **options)
                self._raw.execute(f"SET search_path = {SEARCH_PATH}")  # type: ignore[arg-type]
            return SimConnection(self, self._raw)

        # One connection is enough for all: transactions never overlap.
        return create_async_engine(
            "postgresql+psycopg://",
            async_creator=connect,
            poolclass=StaticPool,
            use_native_hstore=False,
            json_serializer=lambda value: orjson.dumps(value, default=str).decode(),
            json_deserializer=orjson.loads,
        )


class SimConnection:
    """Speaks like psycopg's asynchronous connection; statements run at once, without the loop."""

    def __init__(self, world: World, raw: psycopg.Connection[Any]) -> None:
        self.world = world
        self.raw = raw
        self.owner: asyncio.Task[Any] | None = None
        self.channels: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.raw, name)

    def cursor(self, *_: Any, row_factory: Any = tuple_row) -> "SimCursor":
        return SimCursor(self, row_factory)

    @asynccontextmanager
    async def pipeline(self) -> AsyncIterator[None]:
        """Let statements run one after the other, as the server does with those of a pipeline."""
        yield

    async def set_autocommit(self, value: bool) -> None:
        """Stay as we are: we begin transactions ourselves."""

    async def set_isolation_level(self, value: Any) -> None:
        """Stay with READ COMMITTED, as the product does."""

    async def begin(self, settings: str = "") -> None:
        """Open the transaction of the present task if it has none.

        Args:
            settings: more to set for the transaction, in the same round trip.
        """
        me = asyncio.current_task()
        if self.owner is me:
            if settings:
                self._plainly(settings.lstrip("; "))
            return
        assert self.owner is None, "a transaction waited for something else than the database"
        if self.world.disturbance is not None:
            await self.world.disturbance.before_transaction()
            assert self.owner is None
        self._plainly(f"BEGIN; SET LOCAL sim.now = '{self.world.now()!r}'{settings}")
        self.owner = me

    async def commit(self) -> None:
        if self.owner is None:
            return
        assert self.owner is asyncio.current_task()
        disturbance, channels = self.world.disturbance, self.channels
        is_answer_lost = False
        if disturbance is not None:
            is_answer_lost = await disturbance.before_commit()
        self._plainly("COMMIT")
        self.owner, self.channels = None, []
        if disturbance is not None:
            for channel in channels:
                disturbance.heard(channel)
            if is_answer_lost:
                raise psycopg.OperationalError("the connection was lost after COMMIT was sent")
            await disturbance.after_commit()

    async def rollback(self) -> None:
        if self.owner is not None and self.owner is asyncio.current_task():
            self.owner, self.channels = None, []
            self._plainly("ROLLBACK")

    def _plainly(self, statement: str) -> None:
        """Run what has no parameters and no rows without psycopg's machinery."""
        result = self.raw.pgconn.exec_(statement.encode())
        assert result.status == ExecStatus.COMMAND_OK, result.error_message

    async def close(self) -> None:
        """Forget the transaction; the machine's own connection serves the next one too."""
        await self.rollback()


class SimCursor:
    """One statement's cursor."""

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
        if statement == _APPLY_ACTOR:
            # Who acts is set together with the beginning; its row is never read.
            scope, user_id = parameters["scope"], parameters["user_id"]
            await self._connection.begin(
                f"; SET LOCAL app.scope = '{scope}'; SET LOCAL app.current_user_id = '{user_id}'"
            )
            return self
        await self._connection.begin()
        if "pg_notify" in statement and parameters:
            self._connection.channels.append(parameters["channel"])
        self._raw.execute(statement, parameters, prepare=prepare)
        return self

    async def executemany(self, statement: Any, parameters: Any) -> None:
        await self._connection.begin()
        self._raw.executemany(statement, parameters)

    async def fetchall(self) -> list[Any]:
        return self._raw.fetchall()

    def _close(self) -> None:
        self._raw.close()

    async def close(self) -> None:
        self._raw.close()

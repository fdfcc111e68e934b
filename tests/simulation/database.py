"""Real PostgreSQL under virtual time.

All of the product's SQL runs as it is, under the daemon's role. A transaction happens at one moment
of virtual time: its statements run one after the other without a pause, and waiting, failures and
deaths lie before its first statement and around its commit. So two transactions never overlap; what
the database does about overlapping ones (row locks, SKIP LOCKED) is not tried here.

The schema `sim` stands before `pg_catalog`: `now()` and `clock_timestamp()` tell the world's time.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import orjson
import psycopg
from sqlalchemy import StaticPool
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from tests.database import Server
from tests.simulation.connection import SimConnection
from tests.simulation.sessions import QuickSession
from tests.simulation.trips import Trips

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
                        filled_after numeric, is_fenced boolean, at timestamptz);
CREATE FUNCTION sim.note_move() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO sim.moves VALUES (NEW.id, OLD.state, NEW.state, OLD.filled_quantity,
        NEW.filled_quantity, NEW.state <> 'sending' OR EXISTS (
            SELECT 1 FROM public.shard_leases AS lease
             WHERE lease.shard = NEW.shard AND lease.epoch = NEW.epoch
               AND lease.released_at IS NULL AND lease.expires_at > sim.clock_timestamp()),
        sim.clock_timestamp());
    RETURN NULL;
END $$;
CREATE TRIGGER note_move AFTER UPDATE ON public.attempts FOR EACH ROW
    WHEN (OLD.state <> NEW.state OR OLD.filled_quantity <> NEW.filled_quantity)
    EXECUTE FUNCTION sim.note_move();
CREATE TABLE sim.early_closes (account_id uuid, attempt_id uuid);
CREATE FUNCTION sim.note_early_close() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    -- As of the decision itself: the deciding process dates it by a wall clock that may jump.
    INSERT INTO sim.early_closes
        SELECT NEW.account_id, entry.id FROM public.attempts AS entry
          JOIN public.intents AS intent ON intent.id = entry.intent_id AND intent.leg = 'entry'
          JOIN public.signals AS close ON close.id = NEW.signal_id AND close.symbol = intent.symbol
         WHERE entry.account_id = NEW.account_id AND entry.state IN ('sending', 'unknown');
    RETURN NULL;
END $$;
CREATE TRIGGER note_early_close AFTER INSERT ON public.fan_out_accounts FOR EACH ROW
    WHEN (NEW.reason_code = 'NO_POSITION_TO_CLOSE')
    EXECUTE FUNCTION sim.note_early_close();
CREATE TABLE sim.overtaken (account_id uuid, signal_id uuid);
CREATE FUNCTION sim.note_overtaken() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO sim.overtaken
        SELECT NEW.account_id, NEW.signal_id FROM public.signals AS this
         WHERE this.id = NEW.signal_id AND this.action <> 'close' AND EXISTS (
            SELECT 1 FROM public.signals AS newer JOIN public.fan_out_accounts AS decided
                ON decided.signal_id = newer.id AND decided.account_id = NEW.account_id
             WHERE newer.deployment_id = this.deployment_id AND newer.symbol = this.symbol
               AND newer.created_at > this.created_at);
    RETURN NULL;
END $$;
CREATE TRIGGER note_overtaken AFTER INSERT ON public.fan_out_accounts FOR EACH ROW
    WHEN (NEW.decision = 'planned')
    EXECUTE FUNCTION sim.note_overtaken();
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
    -- The tables of a world are small: indexes that only find rows sooner cost more than they save,
    -- above all where everything is emptied and planned anew for the next world.
    FOR one IN SELECT i.indexrelid::regclass AS name FROM pg_index AS i
                 JOIN pg_class AS c ON c.oid = i.indexrelid
                WHERE c.relnamespace = 'public'::regnamespace AND NOT i.indisunique
                  AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = i.indexrelid)
    LOOP
        EXECUTE format('DROP INDEX %s', one.name);
    END LOOP;
END $$
"""
_TABLES = """
SELECT c.oid::regclass::text FROM pg_class AS c
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
   AND c.relname <> 'alembic_version' ORDER BY 1
"""
_NOT_EMPTY = """
SELECT leaf FROM unnest(%s::text[]) AS leaf WHERE pg_relation_size(leaf::regclass) > 0
"""
_REFERS = """
SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint WHERE contype = 'f'
"""
_NOTES = ("sim.moves", "sim.early_closes", "sim.overtaken")
"""What the triggers of the harness write."""


class World:
    """One database for one process's worlds, one after the other."""

    def __init__(self, server: Server, name: str, now: Callable[[], float]) -> None:
        """Make a migrated database whose clock is ours."""
        self.now = now
        server.execute(_PREPARE, database=name)
        self.admin = psycopg.connect(server.uri, dbname=name, autocommit=True)
        self.admin.execute(f"SET search_path = {SEARCH_PATH}")  # type: ignore[arg-type]
        self.tables = [row[0] for row in self.admin.execute(_TABLES)]
        self._refers: list[tuple[str, str]] = list(self.admin.execute(_REFERS))
        self._part_of: dict[str, str] = {}
        self._kept: dict[str, Any] = {}
        self._reads = Trips(self.admin)
        self.engine = self._open_engine()
        url = server.url("patriot_daemon", name).replace("postgresql+psycopg://", "postgresql://")
        self._raw = psycopg.Connection.connect(url, autocommit=True)
        self._raw.execute(f"SET search_path = {SEARCH_PATH}")  # type: ignore[arg-type]
        # Plans that depend on what ran before would let the order of rows depend on it.
        self._raw.execute("SET plan_cache_mode = force_generic_plan")
        self.connection = SimConnection(self._raw, lambda: self.now())

    def new_session(self) -> QuickSession:
        """Return a session of the one connection."""
        return QuickSession(self.engine, self.connection)

    def keep(self) -> None:
        """Remember the present rows as those that every world begins with."""
        for table in self.tables:
            self._leave_alone(table)
        for table in sorted(self._holding_rows()):
            self.admin.execute(f"CREATE TABLE kept.{table} AS SELECT * FROM {table}")  # type: ignore[arg-type]
            self._kept[table] = self._mark(table)

    def _leave_alone(self, table: str) -> None:
        """Let no statistics be gathered meanwhile: plans, and with them row order, stay the same."""
        leaves = "SELECT relid::regclass::text FROM pg_partition_tree(%s) WHERE isleaf"
        for (leaf,) in self.admin.execute(leaves, (table,)).fetchall() or [(table,)]:
            self._part_of[leaf] = table
            self.admin.execute(f"ALTER TABLE {leaf} SET (autovacuum_enabled = false)")

    def _holding_rows(self) -> set[str]:
        """Return the tables whose files are not empty."""
        found = self.admin.execute(_NOT_EMPTY, (sorted(self._part_of),))
        return {self._part_of[leaf] for (leaf,) in found}

    def _mark(self, table: str) -> Any:
        """Return what tells whether rows of a table were written since."""
        statement = f"SELECT count(*), max(xmin::text::bigint) FROM {table}"
        return self.admin.execute(statement).fetchone()  # type: ignore[arg-type]

    def reset(self) -> None:
        """Begin anew: fresh tables with the kept rows, so that not even their order differs.

        What the last world did not write to stays: emptying a table costs more than filling it.
        """
        self.connection.trips.settle()
        written = {table for table in self._holding_rows() if table not in self._kept}
        written |= {table for table, mark in self._kept.items() if self._mark(table) != mark}
        anew = self._with_followers(written)
        refill = [table for table in self._kept if table in anew]
        fill = ";".join(f"INSERT INTO {table} SELECT * FROM kept.{table}" for table in refill)
        self.admin.execute(
            f"BEGIN; SET LOCAL sim.now = '{self.now()!r}';"  # type: ignore[arg-type]
            "SET LOCAL session_replication_role = replica;"
            f"TRUNCATE {', '.join([*_NOTES, *sorted(anew)])}; {fill}; COMMIT"
        )
        for table in refill:
            self._kept[table] = self._mark(table)

    def _with_followers(self, tables: set[str]) -> set[str]:
        """Add the tables that refer to these: PostgreSQL empties them together only."""
        found = set(tables)
        while more := {one for one, other in self._refers if other in found} - found:
            found |= more
        return found

    def read(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a harness's statement as the superuser, at the world's time."""
        self.connection.trips.settle()
        self._reads.tell(self.now())
        return self._reads.run([self._reads.ready(statement, values or None)])[0].rows

    def read_all(self, statements: Iterable[str]) -> list[list[tuple[Any, ...]]]:
        """Run statements without parameters like `read`, in one trip."""
        self.connection.trips.settle()
        self._reads.tell(self.now())
        wanted = [self._reads.ready(statement, None) for statement in statements]
        return [answer.rows for answer in self._reads.run(wanted)]

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
        self._raw.close()

    def _open_engine(self) -> AsyncEngine:
        async def connect(*_: Any, **__: Any) -> SimConnection:
            return self.connection

        # One connection is enough for all: transactions never overlap.
        return create_async_engine(
            "postgresql+psycopg://patriot_daemon@",
            async_creator=connect,
            poolclass=StaticPool,
            use_native_hstore=False,
            json_serializer=lambda value: orjson.dumps(value, default=str).decode(),
            json_deserializer=orjson.loads,
        )

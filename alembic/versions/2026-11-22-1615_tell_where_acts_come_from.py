"""Tell where acts come from.

Why: an event names its author and surface, but neither the session nor the address, and nothing
ties what the daemon did to the click that asked for it.
Forward: events.origin (session and address of a person's act; covered by the hash where present);
commands.request_id, so that a command's events bear the id of the request that gave it; an index
for looking up a request.
Back: drops them; the chains of events with an origin no longer verify then.

Revision: 0022
Follows: 0021
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

APPEND_EVENTS = """
CREATE OR REPLACE FUNCTION append_events(facts jsonb) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    moment timestamptz := clock_timestamp();
    layer integer;
    layers integer;
    total integer := 0;
    added integer;
BEGIN
    -- One row per stream is locked, always in the same order: chains cannot fork or deadlock.
    INSERT INTO stream_heads (stream, sequence, hash)
    SELECT DISTINCT fact ->> 'stream', 0, '\\x'::bytea
      FROM jsonb_array_elements(facts) AS fact ORDER BY 1
    ON CONFLICT DO NOTHING;
    PERFORM 1 FROM stream_heads
      WHERE stream IN (SELECT fact ->> 'stream' FROM jsonb_array_elements(facts) AS fact)
      ORDER BY stream FOR UPDATE;

    SELECT coalesce(max(n), 0) INTO layers FROM (
        SELECT count(*) AS n FROM jsonb_array_elements(facts) AS fact GROUP BY fact ->> 'stream'
    ) AS counted;
    -- Events of one stream follow each other; each pass takes at most one from every stream.
    FOR layer IN 1..layers LOOP
        WITH numbered AS (
            SELECT fact, row_number() OVER (PARTITION BY fact ->> 'stream' ORDER BY place) AS rank
              FROM jsonb_array_elements(facts) WITH ORDINALITY AS given(fact, place)
        ), linked AS (
            SELECT fact, head.stream, head.sequence + 1 AS sequence, head.hash AS previous_hash
              FROM numbered JOIN stream_heads AS head ON head.stream = fact ->> 'stream'
             WHERE rank = layer
        ), hashed AS (
            SELECT linked.*, sha256(previous_hash || convert_to((jsonb_build_array(
                       stream, sequence, fact ->> 'id', fact ->> 'subject_id', fact ->> 'type',
                       fact -> 'version', fact ->> 'severity', fact ->> 'actor_id',
                       fact ->> 'actor', fact ->> 'surface', fact ->> 'correlation_id',
                       extract(epoch FROM moment), fact -> 'payload')
                       || {origin_of_fact})::text, 'UTF8')) AS hash
              FROM linked
        ), moved AS (
            UPDATE stream_heads AS head SET sequence = hashed.sequence, hash = hashed.hash
              FROM hashed WHERE head.stream = hashed.stream
        )
        INSERT INTO events (stream, sequence, id, subject_id, type, version, severity, actor_id,
                            actor, surface, correlation_id, recorded_at, payload, previous_hash,
                            hash{column})
        SELECT stream, sequence, (fact ->> 'id')::uuid, (fact ->> 'subject_id')::uuid,
               fact ->> 'type', (fact ->> 'version')::smallint, fact ->> 'severity',
               (fact ->> 'actor_id')::uuid, fact ->> 'actor', fact ->> 'surface',
               coalesce(fact ->> 'correlation_id', ''), moment, fact -> 'payload',
               previous_hash, hash{value}
          FROM hashed;
        GET DIAGNOSTICS added = ROW_COUNT;
        total := total + added;
    END LOOP;
    RETURN total;
END $$
"""

BROKEN_EVENTS = """
CREATE OR REPLACE FUNCTION broken_events()
RETURNS TABLE (stream text, sequence bigint, problem text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH chained AS (
        SELECT e.*,
               lag(e.hash, 1, '\\x'::bytea) OVER w AS expected_previous,
               lag(e.sequence, 1, 0::bigint) OVER w AS last_sequence
          FROM events AS e WINDOW w AS (PARTITION BY e.stream ORDER BY e.sequence)
    )
    SELECT c.stream, c.sequence,
           CASE WHEN c.sequence <> c.last_sequence + 1 THEN 'gap'
                WHEN c.previous_hash <> c.expected_previous THEN 'broken link'
                ELSE 'changed' END
      FROM chained AS c
     WHERE c.sequence <> c.last_sequence + 1
        OR c.previous_hash <> c.expected_previous
        OR c.hash <> sha256(c.previous_hash || convert_to((jsonb_build_array(
               c.stream, c.sequence, c.id::text, c.subject_id::text, c.type, c.version, c.severity,
               c.actor_id::text, c.actor, c.surface, c.correlation_id,
               extract(epoch FROM c.recorded_at), c.payload) || {origin_of_event})::text, 'UTF8'))
    UNION ALL
    SELECT h.stream, h.sequence, 'cut off'
      FROM stream_heads AS h
     WHERE h.sequence > 0 AND NOT EXISTS (
           SELECT 1 FROM events AS e
            WHERE e.stream = h.stream AND e.sequence = h.sequence AND e.hash = h.hash)
    ORDER BY 1, 2
$$
"""
NOTHING = "'[]'::jsonb"
ORIGIN_OF_FACT = f"""CASE WHEN fact ? 'origin' THEN jsonb_build_array(fact -> 'origin')
                       ELSE {NOTHING} END"""
ORIGIN_OF_EVENT = f"""CASE WHEN c.origin IS NULL THEN {NOTHING}
                       ELSE jsonb_build_array(c.origin) END"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("events", sa.Column("origin", JSONB))
    op.create_index(
        "ix_events_correlation",
        "events",
        ["correlation_id"],
        postgresql_where=sa.text("correlation_id <> ''"),
    )
    op.add_column(
        "commands", sa.Column("request_id", sa.String(64), nullable=False, server_default="")
    )
    op.execute(
        APPEND_EVENTS.format(
            origin_of_fact=ORIGIN_OF_FACT, column=", origin", value=", fact -> 'origin'"
        )
    )
    op.execute(BROKEN_EVENTS.format(origin_of_event=ORIGIN_OF_EVENT))


def downgrade() -> None:
    op.execute(APPEND_EVENTS.format(origin_of_fact=NOTHING, column="", value=""))
    op.execute(BROKEN_EVENTS.format(origin_of_event=NOTHING))
    op.drop_column("commands", "request_id")
    op.drop_index("ix_events_correlation", "events")
    op.drop_column("events", "origin")

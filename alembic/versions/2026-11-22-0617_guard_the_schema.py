"""Guard the schema: event chain, roles, row-level security, triggers.

Why: one writer per fact and tenant isolation must hold even when our code is wrong.
Forward: functions append_events(), destroy_credential(), rewrap_credential(); grants per role;
policies for the web process; triggers that refuse edits of append-only tables and bills for paper.
Back: drops them; the roles themselves belong to `patriot migrate`.

Revision: 0002
Follows: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ROLES = ("patriot_web", "patriot_daemon", "patriot_bot", "patriot_auditor")

APPEND_EVENTS = """
CREATE FUNCTION append_events(facts jsonb) RETURNS integer
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
            SELECT linked.*, sha256(previous_hash || convert_to(jsonb_build_array(
                       stream, sequence, fact ->> 'id', fact ->> 'subject_id', fact ->> 'type',
                       fact -> 'version', fact ->> 'severity', fact ->> 'actor_id',
                       fact ->> 'actor', fact ->> 'surface', fact ->> 'correlation_id',
                       extract(epoch FROM moment), fact -> 'payload')::text, 'UTF8')) AS hash
              FROM linked
        ), moved AS (
            UPDATE stream_heads AS head SET sequence = hashed.sequence, hash = hashed.hash
              FROM hashed WHERE head.stream = hashed.stream
        )
        INSERT INTO events (stream, sequence, id, subject_id, type, version, severity, actor_id,
                            actor, surface, correlation_id, recorded_at, payload, previous_hash,
                            hash)
        SELECT stream, sequence, (fact ->> 'id')::uuid, (fact ->> 'subject_id')::uuid,
               fact ->> 'type', (fact ->> 'version')::smallint, fact ->> 'severity',
               (fact ->> 'actor_id')::uuid, fact ->> 'actor', fact ->> 'surface',
               coalesce(fact ->> 'correlation_id', ''), moment, fact -> 'payload',
               previous_hash, hash
          FROM hashed;
        GET DIAGNOSTICS added = ROW_COUNT;
        total := total + added;
    END LOOP;
    RETURN total;
END $$
"""

POST_NOTIFICATIONS = """
CREATE FUNCTION post_notifications(notices jsonb) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH posted AS (
        INSERT INTO notifications (id, event_id, user_id, channel, severity, title, body)
        SELECT gen_random_uuid(), n.event_id, u.id, n.channel, n.severity, n.title, n.body
          FROM jsonb_to_recordset(notices) AS n(
               event_id uuid, roles text[], account_id uuid, client_id uuid, actor_id uuid,
               is_for_client boolean, channel text, severity text, title text, body text)
          LEFT JOIN accounts AS a ON a.id = n.account_id
          JOIN users AS u ON u.status = 'active'
               AND (u.roles && n.roles::varchar[]
                    OR (n.is_for_client AND u.id = coalesce(a.client_id, n.client_id)))
         WHERE u.id IS DISTINCT FROM n.actor_id
        ON CONFLICT DO NOTHING
        RETURNING 1
    )
    SELECT count(*)::integer FROM posted
$$
"""

BROKEN_EVENTS = """
CREATE FUNCTION broken_events() RETURNS TABLE (stream text, sequence bigint, problem text)
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
        OR c.hash <> sha256(c.previous_hash || convert_to(jsonb_build_array(
               c.stream, c.sequence, c.id::text, c.subject_id::text, c.type, c.version, c.severity,
               c.actor_id::text, c.actor, c.surface, c.correlation_id,
               extract(epoch FROM c.recorded_at), c.payload)::text, 'UTF8'))
    UNION ALL
    SELECT h.stream, h.sequence, 'cut off'
      FROM stream_heads AS h
     WHERE h.sequence > 0 AND NOT EXISTS (
           SELECT 1 FROM events AS e
            WHERE e.stream = h.stream AND e.sequence = h.sequence AND e.hash = h.hash)
    ORDER BY 1, 2
$$
"""

CREDENTIALS = """
CREATE FUNCTION destroy_credential(credential uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE credentials SET api_key_data_key = NULL, api_key_nonce = NULL,
           api_key_ciphertext = NULL, api_secret_data_key = NULL, api_secret_nonce = NULL,
           api_secret_ciphertext = NULL
     WHERE id = credential AND status IN ('rejected', 'revoked')
$$;
CREATE FUNCTION rewrap_credential(credential uuid, new_key_id text, key_box bytea, secret_box bytea)
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE credentials SET key_id = new_key_id, api_key_data_key = key_box,
           api_secret_data_key = secret_box
     WHERE id = credential AND api_key_data_key IS NOT NULL
$$
"""

TRIGGERS = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON fills
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON strategy_versions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION refuse_paper_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM mandate_accounts AS m JOIN accounts AS a ON a.id = m.account_id
                WHERE m.mandate_id = NEW.mandate_id AND a.mode <> 'live') THEN
        RAISE EXCEPTION 'paper money is never billed: mandate % has an account that is not live',
              NEW.mandate_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER live_only BEFORE INSERT OR UPDATE ON invoices
    FOR EACH ROW EXECUTE FUNCTION refuse_paper_invoice();

CREATE FUNCTION refuse_mode_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'exchange, mode, client and shard of an account never change'
          USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER fixed_identity BEFORE UPDATE OF exchange, mode, client_id, shard ON accounts
    FOR EACH ROW
    WHEN (OLD.exchange <> NEW.exchange OR OLD.mode <> NEW.mode
          OR OLD.client_id <> NEW.client_id OR OLD.shard <> NEW.shard)
    EXECUTE FUNCTION refuse_mode_change()
"""

CREDENTIAL_COLUMNS = (
    "id, account_id, status, key_id, masked_key, fingerprint, created_by, client_consent, "
    "checked_at, rejection, permissions, expires_at, created_at"
)
USER_COLUMNS = "id, email, name, status, risk_profile, roles, is_demo, created_at, approved_at"

WEB_WRITES = (
    "users, sessions, sign_in_attempts, accounts, mandates, mandate_terms, mandate_accounts, "
    "strategies, deployments, allocations, risk_limits, halts, instrument_permissions"
)
DAEMON_WRITES = (
    "account_states, instruments, candles, last_prices, market_clock, signals, fan_outs, "
    "fan_out_accounts, intents, attempts, fill_cursors, positions, protection_legs, "
    "ledger_cursors, equity_snapshots, fee_periods, commands, heartbeats, shard_leases, job_runs, "
    "notifications, halts"
)

GRANTS = f"""
GRANT USAGE ON SCHEMA public TO {", ".join(ROLES)};
GRANT SELECT ON ALL TABLES IN SCHEMA public TO patriot_web, patriot_daemon, patriot_auditor;
REVOKE SELECT ON credentials FROM patriot_web, patriot_auditor;
REVOKE SELECT ON users FROM patriot_daemon, patriot_auditor;
REVOKE SELECT ON sessions, sign_in_attempts FROM patriot_daemon, patriot_auditor;
GRANT SELECT ({CREDENTIAL_COLUMNS}) ON credentials TO patriot_web, patriot_auditor;
GRANT SELECT ({USER_COLUMNS}) ON users TO patriot_daemon, patriot_auditor, patriot_bot;

GRANT INSERT, UPDATE ON {WEB_WRITES} TO patriot_web;
GRANT DELETE ON sign_in_attempts TO patriot_web;
GRANT INSERT ON strategy_versions, credentials, commands, notifications TO patriot_web;
GRANT UPDATE (status) ON credentials TO patriot_web;
GRANT UPDATE (read_at) ON notifications TO patriot_web;
GRANT UPDATE (status, number, finalised_at, due_at, paid) ON invoices TO patriot_web;

GRANT INSERT, UPDATE ON {DAEMON_WRITES} TO patriot_daemon;
GRANT INSERT ON fills, ledger_rows, invoices TO patriot_daemon;
GRANT UPDATE (classification) ON ledger_rows TO patriot_daemon;
GRANT UPDATE (amount) ON invoices TO patriot_daemon;
GRANT UPDATE (status, checked_at, rejection, permissions, expires_at) ON credentials
   TO patriot_daemon;
GRANT DELETE ON candles, equity_snapshots, job_runs, heartbeats TO patriot_daemon;

GRANT SELECT, INSERT ON notifications TO patriot_bot;
GRANT UPDATE (sent_at, read_at) ON notifications TO patriot_bot;
GRANT SELECT ON accounts, account_states, positions, equity_snapshots TO patriot_bot;

REVOKE EXECUTE ON FUNCTION append_events(jsonb), post_notifications(jsonb), broken_events(), destroy_credential(uuid),
    rewrap_credential(uuid, text, bytea, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION append_events(jsonb), post_notifications(jsonb)
   TO patriot_web, patriot_daemon, patriot_bot;
GRANT EXECUTE ON FUNCTION broken_events() TO patriot_web, patriot_daemon, patriot_auditor;
GRANT EXECUTE ON FUNCTION destroy_credential(uuid) TO patriot_daemon;
GRANT EXECUTE ON FUNCTION rewrap_credential(uuid, text, bytea, bytea) TO patriot_daemon
"""

# What a customer may see: own rows. Staff see all; "sign_in" may look people up by e-mail.
POLICY_FUNCTIONS = """
CREATE FUNCTION app_scope() RETURNS text LANGUAGE sql STABLE AS
$$ SELECT coalesce(current_setting('app.scope', true), '') $$;
CREATE FUNCTION app_user_id() RETURNS uuid LANGUAGE sql STABLE AS
$$ SELECT nullif(current_setting('app.current_user_id', true), '')::uuid $$
"""
OWN_BY_CLIENT = "client_id = (SELECT app_user_id())"
OWN_BY_ACCOUNT = (
    "account_id IN (SELECT a.id FROM accounts AS a WHERE a.client_id = (SELECT app_user_id()))"
)
OWN_BY_MANDATE = (
    "mandate_id IN (SELECT m.id FROM mandates AS m WHERE m.client_id = (SELECT app_user_id()))"
)
OWN: dict[str, str] = {
    "accounts": OWN_BY_CLIENT,
    "mandates": OWN_BY_CLIENT,
    "account_states": OWN_BY_ACCOUNT,
    "credentials": OWN_BY_ACCOUNT,
    "allocations": OWN_BY_ACCOUNT,
    "fan_out_accounts": OWN_BY_ACCOUNT,
    "intents": OWN_BY_ACCOUNT,
    "attempts": OWN_BY_ACCOUNT,
    "fills": OWN_BY_ACCOUNT,
    "positions": OWN_BY_ACCOUNT,
    "protection_legs": OWN_BY_ACCOUNT,
    "ledger_rows": OWN_BY_ACCOUNT,
    "ledger_cursors": OWN_BY_ACCOUNT,
    "equity_snapshots": OWN_BY_ACCOUNT,
    "mandate_terms": OWN_BY_MANDATE,
    "mandate_accounts": OWN_BY_MANDATE,
    "fee_periods": OWN_BY_MANDATE,
    "invoices": OWN_BY_MANDATE,
    "notifications": "user_id = (SELECT app_user_id())",
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in (
        APPEND_EVENTS,
        POST_NOTIFICATIONS,
        BROKEN_EVENTS,
        CREDENTIALS,
        TRIGGERS,
        POLICY_FUNCTIONS,
    ):
        op.execute(statement)
    op.execute(GRANTS)
    for table, own in OWN.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY web ON {table} FOR ALL TO patriot_web "
            f"USING ((SELECT app_scope()) = 'staff' OR {own}) "
            f"WITH CHECK ((SELECT app_scope()) = 'staff' OR {own})"
        )
        op.execute(
            f"CREATE POLICY others ON {table} FOR ALL "
            f"TO patriot_daemon, patriot_bot, patriot_auditor USING (true) WITH CHECK (true)"
        )
    op.execute("ALTER TABLE users ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY web ON users FOR ALL TO patriot_web "
        "USING ((SELECT app_scope()) IN ('staff', 'sign_in') OR id = (SELECT app_user_id())) "
        "WITH CHECK ((SELECT app_scope()) IN ('staff', 'sign_in') OR id = (SELECT app_user_id()))"
    )
    op.execute(
        "CREATE POLICY others ON users FOR SELECT "
        "TO patriot_daemon, patriot_bot, patriot_auditor USING (true)"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in (*OWN, "users"):
        op.execute(f"DROP POLICY web ON {table}")
        op.execute(f"DROP POLICY others ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    for role in ROLES:
        op.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}")
        op.execute(f"REVOKE ALL ON SCHEMA public FROM {role}")
    op.execute("DROP FUNCTION refuse_change() CASCADE")
    op.execute("DROP FUNCTION refuse_paper_invoice() CASCADE")
    op.execute("DROP FUNCTION refuse_mode_change() CASCADE")
    op.execute("DROP FUNCTION append_events(jsonb), post_notifications(jsonb), broken_events()")
    op.execute("DROP FUNCTION destroy_credential(uuid)")
    op.execute("DROP FUNCTION rewrap_credential(uuid, text, bytea, bytea)")
    op.execute("DROP FUNCTION app_scope(), app_user_id()")

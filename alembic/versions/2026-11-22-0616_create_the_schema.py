"""Create the one schema.

Why: web, daemon and bot share one PostgreSQL schema from the first day.
Forward: every table of patriot_app.core.schema.
Back: drops them.

Revision: 0001
Follows: nothing
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "candles",
        sa.Column(
            "exchange",
            sa.Enum(
                "binance",
                "bybit",
                name="exchange",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "mode",
            sa.Enum(
                "live",
                "testnet",
                "demo",
                "paper",
                name="mode",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("symbol", sa.String(length=32), nullable=False),
        sa.Column("opened_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("open", sa.Numeric(precision=38, scale=18), nullable=False),
        sa.Column("high", sa.Numeric(precision=38, scale=18), nullable=False),
        sa.Column("low", sa.Numeric(precision=38, scale=18), nullable=False),
        sa.Column("close", sa.Numeric(precision=38, scale=18), nullable=False),
        sa.Column("volume", sa.Numeric(precision=38, scale=18), nullable=False),
        sa.PrimaryKeyConstraint("exchange", "mode", "symbol", "opened_at", name=op.f("pk_candles")),
    )
    op.create_table(
        "events",
        sa.Column("stream", sa.String(length=80), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("type", sa.String(length=60), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column(
            "severity",
            sa.Enum(
                "info",
                "notice",
                "warning",
                "critical",
                name="severity",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("surface", sa.String(length=20), nullable=False),
        sa.Column("correlation_id", sa.String(length=64), server_default="", nullable=False),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "sequence", name=op.f("pk_events")),
        sa.UniqueConstraint("id", name=op.f("uq_events_id")),
    )
    op.create_index("ix_events_recorded_at", "events", ["recorded_at"], unique=False)
    op.create_index("ix_events_subject", "events", ["subject_id", "recorded_at"], unique=False)
    op.create_index("ix_events_type", "events", ["type", "recorded_at"], unique=False)
    op.create_table(
        "heartbeats",
        sa.Column("process", sa.String(length=60), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("started_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("beat_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("process", name=op.f("pk_heartbeats")),
    )
    op.create_table(
        "instrument_permissions",
        sa.Column(
            "exchange",
            sa.Enum(
                "binance",
                "bybit",
                name="exchange",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("symbol", sa.String(length=32), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), server_default="", nullable=False),
        sa.Column(
            "changed_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("exchange", "symbol", name=op.f("pk_instrument_permissions")),
    )
    op.create_table(
        "instruments",
        sa.Column(
            "exchange",
            sa.Enum(
                "binance",
                "bybit",
                name="exchange",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("symbol", sa.String(length=32), nullable=False),
        sa.Column("base", sa.String(length=20), nullable=False),
        sa.Column("quote", sa.String(length=20), nullable=False),
        sa.Column("tick_size", sa.Numeric(precision=38, scale=18), nullable=False),
        sa.Column("step_size", sa.Numeric(precision=38, scale=18), nullable=False),
        sa.Column("quantity_min", sa.Numeric(precision=38, scale=18), nullable=False),
        sa.Column("quantity_max", sa.Numeric(precision=38, scale=18), nullable=False),
        sa.Column("market_quantity_max", sa.Numeric(precision=38, scale=18), nullable=False),
        sa.Column("min_notional", sa.Numeric(precision=38, scale=18), nullable=False),
        sa.Column("contract_size", sa.Numeric(precision=38, scale=18), nullable=False),
        sa.Column("leverage_max", sa.Integer(), nullable=False),
        sa.Column("brackets", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_trading", sa.Boolean(), nullable=False),
        sa.Column("refreshed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("exchange", "symbol", name=op.f("pk_instruments")),
    )
    op.create_table(
        "job_runs",
        sa.Column("job", sa.String(length=60), nullable=False),
        sa.Column("scheduled_for", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("process", sa.String(length=60), nullable=False),
        sa.Column("started_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("finished_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("duration_s", sa.Double(), nullable=True),
        sa.Column("error", sa.String(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("job", "scheduled_for", name=op.f("pk_job_runs")),
    )
    op.create_table(
        "last_prices",
        sa.Column(
            "exchange",
            sa.Enum(
                "binance",
                "bybit",
                name="exchange",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "mode",
            sa.Enum(
                "live",
                "testnet",
                "demo",
                "paper",
                name="mode",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("symbol", sa.String(length=32), nullable=False),
        sa.Column("mark_price", sa.Numeric(precision=38, scale=18), nullable=False),
        sa.Column("last_price", sa.Numeric(precision=38, scale=18), nullable=False),
        sa.Column("observed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("exchange", "mode", "symbol", name=op.f("pk_last_prices")),
    )
    op.create_table(
        "market_clock",
        sa.Column("id", sa.SmallInteger(), nullable=False),
        sa.Column("wall_origin", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("market_origin", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("speed", sa.Double(), nullable=False),
        sa.Column("is_paused", sa.Boolean(), nullable=False),
        sa.Column("is_finished", sa.Boolean(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_market_clock_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_market_clock")),
    )
    op.create_table(
        "shard_leases",
        sa.Column("shard", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("owner", sa.String(length=60), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("released_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("last_send_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("shard", name=op.f("pk_shard_leases")),
    )
    op.create_table(
        "sign_in_attempts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=254), nullable=False),
        sa.Column("ip", sa.String(length=45), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempts")),
    )
    op.create_index("ix_sign_in_attempts_ip_at", "sign_in_attempts", ["ip", "at"], unique=False)
    op.create_index(
        "ix_sign_in_attempts_subject_at", "sign_in_attempts", ["subject", "at"], unique=False
    )
    op.create_table(
        "stream_heads",
        sa.Column("stream", sa.String(length=80), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("stream", name=op.f("pk_stream_heads")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "pending_verification",
                "active",
                "suspended",
                "closed",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("status_reason", sa.String(), server_default="", nullable=False),
        sa.Column(
            "risk_profile",
            sa.Enum(
                "low",
                "medium",
                "high",
                "ultra_high",
                name="risk_profile",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("roles", postgresql.ARRAY(sa.String(length=32)), nullable=False),
        sa.Column("password_hash", sa.String(length=256), nullable=True),
        sa.Column("totp_box", sa.LargeBinary(), nullable=True),
        sa.Column("totp_last_step", sa.Integer(), nullable=True),
        sa.Column("is_demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("approved_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column(
            "created_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["approved_by"], ["users.id"], name=op.f("fk_users_approved_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
    )
    op.create_index(
        "uq_users_email_lower", "users", [sa.literal_column("lower(email)")], unique=True
    )
    op.create_table(
        "accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column(
            "exchange",
            sa.Enum(
                "binance",
                "bybit",
                name="exchange",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "mode",
            sa.Enum(
                "live",
                "testnet",
                "demo",
                "paper",
                name="mode",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "active",
                "suspended",
                "disabled",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("status_reason", sa.String(), server_default="", nullable=False),
        sa.Column("shard", sa.SmallInteger(), nullable=False),
        sa.Column("source_address", sa.String(length=45), server_default="", nullable=False),
        sa.Column("is_demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "created_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["client_id"], ["users.id"], name=op.f("fk_accounts_client_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("client_id", "label", name=op.f("uq_accounts_client_id_label")),
    )
    op.create_index(op.f("ix_accounts_client_id"), "accounts", ["client_id"], unique=False)
    op.create_index("ix_accounts_shard", "accounts", ["shard"], unique=False)
    op.create_table(
        "commands",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(length=60), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("shard", sa.SmallInteger(), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("idempotency_key", sa.String(length=120), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "pending",
                "claimed",
                "succeeded",
                "failed",
                "expired",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("issued_by", sa.Uuid(), nullable=True),
        sa.Column("surface", sa.String(length=20), nullable=False),
        sa.Column("expires_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("claimed_by", sa.String(length=60), server_default="", nullable=False),
        sa.Column("claimed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("claim_expires_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("completed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("error", sa.String(), server_default="", nullable=False),
        sa.Column(
            "created_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["issued_by"], ["users.id"], name=op.f("fk_commands_issued_by")),
        sa.ForeignKeyConstraint(["parent_id"], ["commands.id"], name=op.f("fk_commands_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commands")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_commands_idempotency_key")),
    )
    op.create_index(op.f("ix_commands_parent_id"), "commands", ["parent_id"], unique=False)
    op.create_index(
        "ix_commands_waiting",
        "commands",
        ["shard", "created_at"],
        unique=False,
        postgresql_where=sa.text("status in ('pending', 'claimed')"),
    )
    op.create_table(
        "halts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "scope",
            sa.Enum(
                "desk",
                "exchange",
                "strategy",
                "client",
                "account",
                name="scope",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("scope_id", sa.String(length=40), server_default="", nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "active",
                "reducing",
                "halted",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("raised_by", sa.Uuid(), nullable=True),
        sa.Column(
            "raised_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.Column("lifted_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("lift_reason", sa.String(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["lifted_by"], ["users.id"], name=op.f("fk_halts_lifted_by")),
        sa.ForeignKeyConstraint(["raised_by"], ["users.id"], name=op.f("fk_halts_raised_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_halts")),
    )
    op.create_index(
        "ix_halts_active",
        "halts",
        ["scope", "scope_id"],
        unique=False,
        postgresql_where=sa.text("lifted_at is null"),
    )
    op.create_table(
        "mandates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("currency", sa.String(length=12), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column(
            "measure",
            sa.Enum(
                "prudent",
                "total_equity",
                "realised_only",
                name="measure",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "withdrawal_policy",
            sa.Enum(
                "dollar",
                "prorata",
                name="withdrawal_policy",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("starts_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ends_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("opening_mark", sa.Numeric(precision=38, scale=18), nullable=False),
        sa.Column("invoice_minimum", sa.Numeric(precision=38, scale=18), nullable=False),
        sa.Column(
            "created_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["client_id"], ["users.id"], name=op.f("fk_mandates_client_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandates")),
    )
    op.create_index(op.f("ix_mandates_client_id"), "mandates", ["client_id"], unique=False)
    op.create_table(
        "notifications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column(
            "severity",
            sa.Enum(
                "info",
                "notice",
                "warning",
                "critical",
                name="severity",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("sent_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("read_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notifications_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
        sa.UniqueConstraint(
            "event_id", "user_id", "channel", name=op.f("uq_notifications_event_id_user_id_channel")
        ),
    )
    op.create_index(
        "ix_notifications_unsent",
        "notifications",
        ["channel"],
        unique=False,
        postgresql_where=sa.text("sent_at is null"),
    )
    op.create_index(
        "ix_notifications_user", "notifications", ["user_id", "created_at"], unique=False
    )
    op.create_table(
        "risk_limits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "scope",
            sa.Enum(
                "desk",
                "strategy",
                "client",
                "account",
                name="scope",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("scope_id", sa.String(length=40), server_default="", nullable=False),
        sa.Column(
            "name",
            sa.Enum(
                "order_notional",
                "position_notional",
                "leverage",
                "daily_loss_fraction",
                "drawdown_fraction",
                "desk_exposure",
                name="name",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("value", sa.Numeric(precision=38, scale=18), nullable=False),
        sa.Column("reason", sa.String(), server_default="", nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("value > 0", name=op.f("ck_risk_limits_value")),
        sa.ForeignKeyConstraint(["set_by"], ["users.id"], name=op.f("fk_risk_limits_set_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_limits")),
    )
    op.create_index(
        "uq_risk_limits_current",
        "risk_limits",
        ["scope", "scope_id", "name"],
        unique=True,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("csrf_token", sa.String(length=64), nullable=False),
        sa.Column("ip", sa.String(length=45), nullable=False),
        sa.Column("user_agent", sa.String(length=300), nullable=False),
        sa.Column("last_seen_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("idle_seconds", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ended_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("stepped_up_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sessions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sessions_token_hash")),
    )
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"], unique=False)
    op.create_table(
        "strategies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("description", sa.String(), server_default="", nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column(
            "created_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["users.id"], name=op.f("fk_strategies_created_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_strategies")),
        sa.UniqueConstraint("name", name=op.f("uq_strategies_name")),
    )
    op.create_table(
        "account_states",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column(
            "exchange",
            sa.Enum(
                "binance",
                "bybit",
                name="exchange",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "mode",
            sa.Enum(
                "live",
                "testnet",
                "demo",
                "paper",
                name="mode",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("exchange_uid", sa.String(length=64), server_default="", nullable=False),
        sa.Column("is_ready", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("not_ready_reason", sa.String(), server_default="", nullable=False),
        sa.Column("parked_reason", sa.String(), server_default="", nullable=False),
        sa.Column("wallet_balance", sa.Numeric(precision=38, scale=18), nullable=True),
        sa.Column("equity", sa.Numeric(precision=38, scale=18), nullable=True),
        sa.Column("unrealised_pnl", sa.Numeric(precision=38, scale=18), nullable=True),
        sa.Column("available_balance", sa.Numeric(precision=38, scale=18), nullable=True),
        sa.Column("initial_margin", sa.Numeric(precision=38, scale=18), nullable=True),
        sa.Column("maintenance_margin", sa.Numeric(precision=38, scale=18), nullable=True),
        sa.Column("day_opening_equity", sa.Numeric(precision=38, scale=18), nullable=True),
        sa.Column("day_started_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("peak_equity", sa.Numeric(precision=38, scale=18), nullable=True),
        sa.Column(
            "net_flows",
            sa.Numeric(precision=38, scale=18),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("observed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("stream_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("synced_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("sync_error", sa.String(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_account_states_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account_states")),
    )
    op.create_index(
        "uq_account_states_exchange_uid",
        "account_states",
        ["exchange", "mode", "exchange_uid"],
        unique=True,
        postgresql_where=sa.text("exchange_uid <> ''"),
    )
    op.create_table(
        "credentials",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "submitted",
                "verified",
                "rejected",
                "quarantined",
                "revoked",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("masked_key", sa.String(length=32), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("api_key_data_key", sa.LargeBinary(), nullable=True),
        sa.Column("api_key_nonce", sa.LargeBinary(), nullable=True),
        sa.Column("api_key_ciphertext", sa.LargeBinary(), nullable=True),
        sa.Column("api_secret_data_key", sa.LargeBinary(), nullable=True),
        sa.Column("api_secret_nonce", sa.LargeBinary(), nullable=True),
        sa.Column("api_secret_ciphertext", sa.LargeBinary(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("client_consent", sa.String(), server_default="", nullable=False),
        sa.Column("checked_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("rejection", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("permissions", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("expires_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_credentials_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["users.id"], name=op.f("fk_credentials_created_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credentials")),
    )
    op.create_index(op.f("ix_credentials_account_id"), "credentials", ["account_id"], unique=False)
    op.create_index(
        "uq_credentials_current",
        "credentials",
        ["account_id"],
        unique=True,
        postgresql_where=sa.text("status in ('verified', 'quarantined')"),
    )
    op.create_table(
        "equity_snapshots",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column(
            "resolution",
            sa.Enum(
                "minute",
                "hour",
                "day",
                name="resolution",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("taken_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "scheduled",
                "triggered",
                "manual",
                "rebalance",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("equity", sa.Numeric(precision=38, scale=18), nullable=False),
        sa.Column("wallet_balance", sa.Numeric(precision=38, scale=18), nullable=False),
        sa.Column("unrealised_pnl", sa.Numeric(precision=38, scale=18), nullable=False),
        sa.Column("available_balance", sa.Numeric(precision=38, scale=18), nullable=False),
        sa.Column("initial_margin", sa.Numeric(precision=38, scale=18), nullable=False),
        sa.Column("net_flows", sa.Numeric(precision=38, scale=18), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_equity_snapshots_account_id")
        ),
        sa.PrimaryKeyConstraint(
            "account_id", "resolution", "taken_at", name=op.f("pk_equity_snapshots")
        ),
    )
    op.create_index(
        "ix_equity_snapshots_taken_at", "equity_snapshots", ["resolution", "taken_at"], unique=False
    )
    op.create_table(
        "fee_periods",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mandate_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ends_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "open",
                "suspect_incomplete",
                "empty",
                "draft",
                "finalised",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("status_reason", sa.String(), server_default="", nullable=False),
        sa.Column("net_profit", sa.Numeric(precision=38, scale=18), nullable=True),
        sa.Column("high_water_mark_before", sa.Numeric(precision=38, scale=18), nullable=True),
        sa.Column("base", sa.Numeric(precision=38, scale=18), nullable=True),
        sa.Column("rate", sa.Numeric(precision=18, scale=12), nullable=True),
        sa.Column("fee", sa.Numeric(precision=38, scale=18), nullable=True),
        sa.Column("high_water_mark_after", sa.Numeric(precision=38, scale=18), nullable=True),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "created_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["mandate_id"], ["mandates.id"], name=op.f("fk_fee_periods_mandate_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_periods")),
        sa.UniqueConstraint(
            "mandate_id", "starts_at", name=op.f("uq_fee_periods_mandate_id_starts_at")
        ),
    )
    op.create_table(
        "fill_cursors",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("symbol", sa.String(length=32), nullable=False),
        sa.Column("cursor", sa.String(length=200), nullable=False),
        sa.Column("read_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_fill_cursors_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "symbol", name=op.f("pk_fill_cursors")),
    )
    op.create_table(
        "ledger_cursors",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("cursor", sa.String(length=300), server_default="", nullable=False),
        sa.Column("complete_until", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column(
            "opening_wallet",
            sa.Numeric(precision=38, scale=18),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column(
            "rows_total",
            sa.Numeric(precision=38, scale=18),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("tie_out_difference", sa.Numeric(precision=38, scale=18), nullable=True),
        sa.Column("tied_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("read_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_ledger_cursors_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_ledger_cursors")),
    )
    op.create_table(
        "ledger_rows",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("row_type", sa.String(length=60), nullable=False),
        sa.Column("exchange_row_id", sa.String(length=80), nullable=False),
        sa.Column("symbol", sa.String(length=32), server_default="", nullable=False),
        sa.Column("asset", sa.String(length=20), nullable=False),
        sa.Column(
            "classification",
            sa.Enum(
                "performance",
                "external_flow",
                "neutral",
                "unknown",
                name="classification",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("amount", sa.Numeric(precision=38, scale=18), nullable=False),
        sa.Column("trade_id", sa.String(length=80), server_default="", nullable=False),
        sa.Column("details", sa.String(), server_default="", nullable=False),
        sa.Column("occurred_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column(
            "ingested_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_ledger_rows_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_rows")),
        sa.UniqueConstraint(
            "account_id",
            "row_type",
            "exchange_row_id",
            "symbol",
            "asset",
            name=op.f("uq_ledger_rows_account_id_row_type_exchange_row_id_symbol_asset"),
        ),
    )
    op.create_index(
        "ix_ledger_rows_account_occurred",
        "ledger_rows",
        ["account_id", "occurred_at"],
        unique=False,
    )
    op.create_table(
        "mandate_accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mandate_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("joined_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("left_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_mandate_accounts_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["mandate_id"], ["mandates.id"], name=op.f("fk_mandate_accounts_mandate_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandate_accounts")),
    )
    op.create_index(
        op.f("ix_mandate_accounts_mandate_id"), "mandate_accounts", ["mandate_id"], unique=False
    )
    op.create_index(
        "uq_mandate_accounts_current",
        "mandate_accounts",
        ["account_id"],
        unique=True,
        postgresql_where=sa.text("left_at is null"),
    )
    op.create_table(
        "mandate_terms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mandate_id", sa.Uuid(), nullable=False),
        sa.Column("rate", sa.Numeric(precision=18, scale=12), nullable=False),
        sa.Column("valid_from", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column(
            "created_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("rate >= 0 and rate < 1", name=op.f("ck_mandate_terms_rate")),
        sa.ForeignKeyConstraint(
            ["mandate_id"], ["mandates.id"], name=op.f("fk_mandate_terms_mandate_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandate_terms")),
        sa.UniqueConstraint(
            "mandate_id", "valid_from", name=op.f("uq_mandate_terms_mandate_id_valid_from")
        ),
    )
    op.create_table(
        "strategy_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("strategy_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("note", sa.String(), server_default="", nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column(
            "created_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["users.id"], name=op.f("fk_strategy_versions_created_by")
        ),
        sa.ForeignKeyConstraint(
            ["strategy_id"], ["strategies.id"], name=op.f("fk_strategy_versions_strategy_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_strategy_versions")),
        sa.UniqueConstraint(
            "strategy_id", "number", name=op.f("uq_strategy_versions_strategy_id_number")
        ),
    )
    op.create_table(
        "deployments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("strategy_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column(
            "reference_exchange",
            sa.Enum(
                "binance",
                "bybit",
                name="reference_exchange",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("symbols", postgresql.ARRAY(sa.String(length=32)), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "running",
                "paused",
                "stopped",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("status_reason", sa.String(), server_default="", nullable=False),
        sa.Column("status_changed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column(
            "created_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["users.id"], name=op.f("fk_deployments_created_by")
        ),
        sa.ForeignKeyConstraint(
            ["strategy_id"], ["strategies.id"], name=op.f("fk_deployments_strategy_id")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["strategy_versions.id"], name=op.f("fk_deployments_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deployments")),
    )
    op.create_index(
        op.f("ix_deployments_strategy_id"), "deployments", ["strategy_id"], unique=False
    )
    op.create_table(
        "invoices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mandate_id", sa.Uuid(), nullable=False),
        sa.Column("fee_period_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "open",
                "paid",
                "void",
                "uncollectible",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("currency", sa.String(length=12), nullable=False),
        sa.Column("amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column(
            "paid", sa.Numeric(precision=18, scale=2), server_default=sa.text("0"), nullable=False
        ),
        sa.Column("finalised_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("due_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(status = 'draft') = (number is null)", name=op.f("ck_invoices_number")
        ),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_invoices_amount")),
        sa.ForeignKeyConstraint(
            ["fee_period_id"], ["fee_periods.id"], name=op.f("fk_invoices_fee_period_id")
        ),
        sa.ForeignKeyConstraint(
            ["mandate_id"], ["mandates.id"], name=op.f("fk_invoices_mandate_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("fee_period_id", name=op.f("uq_invoices_fee_period_id")),
        sa.UniqueConstraint("number", name=op.f("uq_invoices_number")),
    )
    op.create_index(op.f("ix_invoices_mandate_id"), "invoices", ["mandate_id"], unique=False)
    op.create_table(
        "allocations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("deployment_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("symbol", sa.String(length=32), nullable=False),
        sa.Column("share", sa.Numeric(precision=18, scale=12), nullable=False),
        sa.Column(
            "assigned_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("released_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("share > 0 and share <= 1", name=op.f("ck_allocations_share")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_allocations_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["deployment_id"], ["deployments.id"], name=op.f("fk_allocations_deployment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocations")),
    )
    op.create_index(
        "ix_allocations_deployment_symbol", "allocations", ["deployment_id", "symbol"], unique=False
    )
    op.create_index(
        "uq_allocations_held",
        "allocations",
        ["account_id", "symbol"],
        unique=True,
        postgresql_where=sa.text("released_at is null"),
    )
    op.create_table(
        "positions",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("symbol", sa.String(length=32), nullable=False),
        sa.Column(
            "position_side",
            sa.Enum(
                "BOTH",
                "LONG",
                "SHORT",
                name="position_side",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("quantity", sa.Numeric(precision=38, scale=18), nullable=False),
        sa.Column("entry_price", sa.Numeric(precision=38, scale=18), nullable=False),
        sa.Column("realised_pnl", sa.Numeric(precision=38, scale=18), nullable=False),
        sa.Column("commission", sa.Numeric(precision=38, scale=18), nullable=False),
        sa.Column("deployment_id", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("wanted_stop", sa.Numeric(precision=38, scale=18), nullable=True),
        sa.Column("wanted_target", sa.Numeric(precision=38, scale=18), nullable=True),
        sa.Column("unprotected_since", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("exchange_quantity", sa.Numeric(precision=38, scale=18), nullable=True),
        sa.Column("mark_price", sa.Numeric(precision=38, scale=18), nullable=True),
        sa.Column("unrealised_pnl", sa.Numeric(precision=38, scale=18), nullable=True),
        sa.Column("liquidation_price", sa.Numeric(precision=38, scale=18), nullable=True),
        sa.Column("leverage", sa.Integer(), nullable=True),
        sa.Column("observed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column(
            "updated_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_positions_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["deployment_id"], ["deployments.id"], name=op.f("fk_positions_deployment_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "symbol", "position_side", name=op.f("pk_positions")),
    )
    op.create_index(
        "ix_positions_open",
        "positions",
        ["account_id"],
        unique=False,
        postgresql_where=sa.text("quantity <> 0"),
    )
    op.create_index(
        "ix_positions_unprotected",
        "positions",
        ["unprotected_since"],
        unique=False,
        postgresql_where=sa.text("unprotected_since is not null"),
    )
    op.create_table(
        "signals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("deployment_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("symbol", sa.String(length=32), nullable=False),
        sa.Column("signal_key", sa.String(length=80), nullable=False),
        sa.Column("parameter_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "action",
            sa.Enum(
                "open_long",
                "open_short",
                "close",
                name="action",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "reference_exchange",
            sa.Enum(
                "binance",
                "bybit",
                name="reference_exchange",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reference_price", sa.Numeric(precision=38, scale=18), nullable=False),
        sa.Column("stop_loss", sa.Numeric(precision=38, scale=18), nullable=True),
        sa.Column("take_profit", sa.Numeric(precision=38, scale=18), nullable=True),
        sa.Column("confidence", sa.Numeric(precision=18, scale=12), nullable=False),
        sa.Column("explanation", sa.String(), server_default="", nullable=False),
        sa.Column("bar_closed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("valid_until", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.Column(
            "created_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["deployment_id"], ["deployments.id"], name=op.f("fk_signals_deployment_id")
        ),
        sa.ForeignKeyConstraint(
            ["published_by"], ["users.id"], name=op.f("fk_signals_published_by")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["strategy_versions.id"], name=op.f("fk_signals_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signals")),
        sa.UniqueConstraint(
            "deployment_id",
            "symbol",
            "signal_key",
            name=op.f("uq_signals_deployment_id_symbol_signal_key"),
        ),
    )
    op.create_index("ix_signals_created_at", "signals", ["created_at"], unique=False)
    op.create_table(
        "fan_out_accounts",
        sa.Column("signal_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("shard", sa.SmallInteger(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column(
            "decision",
            sa.Enum(
                "planned",
                "skipped",
                "denied",
                name="decision",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason_code", sa.String(length=60), server_default="", nullable=False),
        sa.Column("reason", sa.String(), server_default="", nullable=False),
        sa.Column("quantity", sa.Numeric(precision=38, scale=18), nullable=True),
        sa.Column("decided_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_fan_out_accounts_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["signal_id"], ["signals.id"], name=op.f("fk_fan_out_accounts_signal_id")
        ),
        sa.PrimaryKeyConstraint("signal_id", "account_id", name=op.f("pk_fan_out_accounts")),
    )
    op.create_index(
        "ix_fan_out_accounts_account",
        "fan_out_accounts",
        ["account_id", "decided_at"],
        unique=False,
    )
    op.create_table(
        "fan_outs",
        sa.Column("signal_id", sa.Uuid(), nullable=False),
        sa.Column("shard", sa.SmallInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "planned",
                "finished",
                "expired",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("accounts", sa.Integer(), nullable=False),
        sa.Column("planned_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("finished_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["signal_id"], ["signals.id"], name=op.f("fk_fan_outs_signal_id")),
        sa.PrimaryKeyConstraint("signal_id", "shard", name=op.f("pk_fan_outs")),
    )
    op.create_index("ix_fan_outs_state_shard", "fan_outs", ["state", "shard"], unique=False)
    op.create_table(
        "intents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column(
            "exchange",
            sa.Enum(
                "binance",
                "bybit",
                name="exchange",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("symbol", sa.String(length=32), nullable=False),
        sa.Column("shard", sa.SmallInteger(), nullable=False),
        sa.Column("signal_id", sa.Uuid(), nullable=True),
        sa.Column("command_id", sa.Uuid(), nullable=True),
        sa.Column("deployment_id", sa.Uuid(), nullable=True),
        sa.Column(
            "leg",
            sa.Enum(
                "entry",
                "exit",
                "stop_loss",
                "take_profit",
                "cancel",
                name="leg",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "side",
            sa.Enum(
                "BUY", "SELL", name="side", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column(
            "order_type",
            sa.Enum(
                "MARKET",
                "LIMIT",
                "STOP_MARKET",
                "TAKE_PROFIT_MARKET",
                name="order_type",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "time_in_force",
            sa.Enum(
                "GTC",
                "IOC",
                "FOK",
                "POST_ONLY",
                name="time_in_force",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("quantity", sa.Numeric(precision=38, scale=18), nullable=True),
        sa.Column("price", sa.Numeric(precision=38, scale=18), nullable=True),
        sa.Column("trigger_price", sa.Numeric(precision=38, scale=18), nullable=True),
        sa.Column("stop_loss", sa.Numeric(precision=38, scale=18), nullable=True),
        sa.Column("take_profit", sa.Numeric(precision=38, scale=18), nullable=True),
        sa.Column("leverage", sa.Integer(), nullable=True),
        sa.Column("reduce_only", sa.Boolean(), nullable=False),
        sa.Column("close_position", sa.Boolean(), nullable=False),
        sa.Column("reserved_notional", sa.Numeric(precision=38, scale=18), nullable=False),
        sa.Column("deadline", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "executing",
                "done",
                "partially_done",
                "failed",
                "expired",
                "blocked",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("attempt_count", sa.SmallInteger(), nullable=False),
        sa.Column(
            "created_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("close_position or quantity > 0", name=op.f("ck_intents_quantity")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_intents_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["command_id"], ["commands.id"], name=op.f("fk_intents_command_id")
        ),
        sa.ForeignKeyConstraint(
            ["deployment_id"], ["deployments.id"], name=op.f("fk_intents_deployment_id")
        ),
        sa.ForeignKeyConstraint(["signal_id"], ["signals.id"], name=op.f("fk_intents_signal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intents")),
    )
    op.create_index(
        "ix_intents_account_created", "intents", ["account_id", "created_at"], unique=False
    )
    op.create_index(
        "ix_intents_live",
        "intents",
        ["shard"],
        unique=False,
        postgresql_where=sa.text("state in ('planned', 'executing', 'blocked')"),
    )
    op.create_index("ix_intents_signal", "intents", ["signal_id"], unique=False)
    op.create_table(
        "attempts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("intent_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("client_order_id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("shard", sa.SmallInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "created",
                "sending",
                "void",
                "unknown",
                "open",
                "partially_filled",
                "filled",
                "canceled",
                "expired",
                "rejected",
                "absent",
                "quarantined",
                "late_filled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("timestamp_ms", sa.BigInteger(), nullable=True),
        sa.Column("receive_window_ms", sa.Integer(), nullable=True),
        sa.Column("epoch", sa.BigInteger(), nullable=True),
        sa.Column("http_status", sa.SmallInteger(), nullable=True),
        sa.Column("exchange_code", sa.String(length=32), server_default="", nullable=False),
        sa.Column("evidence", sa.String(), server_default="", nullable=False),
        sa.Column("exchange_order_id", sa.String(length=64), nullable=True),
        sa.Column("triggered_order_id", sa.String(length=64), nullable=True),
        sa.Column(
            "filled_quantity",
            sa.Numeric(precision=38, scale=18),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("average_price", sa.Numeric(precision=38, scale=18), nullable=True),
        sa.Column("cancel_requested_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("sending_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("resolved_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("exchange_updated_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_attempts_account_id")
        ),
        sa.ForeignKeyConstraint(["intent_id"], ["intents.id"], name=op.f("fk_attempts_intent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
        sa.UniqueConstraint("client_order_id", name=op.f("uq_attempts_client_order_id")),
        sa.UniqueConstraint("intent_id", "number", name=op.f("uq_attempts_intent_id_number")),
    )
    op.create_index(
        "ix_attempts_account_created", "attempts", ["account_id", "created_at"], unique=False
    )
    op.create_index(
        "ix_attempts_exchange_order", "attempts", ["account_id", "exchange_order_id"], unique=False
    )
    op.create_index(
        "ix_attempts_live",
        "attempts",
        ["shard", "state"],
        unique=False,
        postgresql_where=sa.text(
            "state in ('created','sending','unknown','quarantined','open','partially_filled')"
        ),
    )
    op.create_table(
        "protection_legs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("symbol", sa.String(length=32), nullable=False),
        sa.Column(
            "leg",
            sa.Enum(
                "entry",
                "exit",
                "stop_loss",
                "take_profit",
                "cancel",
                name="leg",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("trigger_price", sa.Numeric(precision=38, scale=18), nullable=False),
        sa.Column("intent_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "wanted",
                "placed",
                "triggered",
                "canceled",
                "failed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("confirmed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("ended_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_protection_legs_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["intent_id"], ["intents.id"], name=op.f("fk_protection_legs_intent_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protection_legs")),
    )
    op.create_index(
        "ix_protection_legs_live",
        "protection_legs",
        ["account_id", "symbol"],
        unique=False,
        postgresql_where=sa.text("state in ('wanted', 'placed')"),
    )
    op.create_index(
        "ix_protection_legs_position", "protection_legs", ["account_id", "symbol"], unique=False
    )
    op.create_table(
        "fills",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "exchange",
            sa.Enum(
                "binance",
                "bybit",
                name="exchange",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("symbol", sa.String(length=32), nullable=False),
        sa.Column("exchange_trade_id", sa.String(length=64), nullable=False),
        sa.Column("exchange_order_id", sa.String(length=64), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=True),
        sa.Column(
            "side",
            sa.Enum(
                "BUY", "SELL", name="side", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("quantity", sa.Numeric(precision=38, scale=18), nullable=False),
        sa.Column("price", sa.Numeric(precision=38, scale=18), nullable=False),
        sa.Column("commission", sa.Numeric(precision=38, scale=18), nullable=False),
        sa.Column("commission_asset", sa.String(length=20), nullable=False),
        sa.Column("realised_pnl", sa.Numeric(precision=38, scale=18), nullable=True),
        sa.Column("is_maker", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.Column("traded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column(
            "received_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_fills_quantity")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_fills_account_id")),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_fills_attempt_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fills")),
        sa.UniqueConstraint(
            "exchange",
            "account_id",
            "symbol",
            "exchange_trade_id",
            name=op.f("uq_fills_exchange_account_id_symbol_exchange_trade_id"),
        ),
    )
    op.create_index("ix_fills_account_traded", "fills", ["account_id", "traded_at"], unique=False)
    op.create_index("ix_fills_attempt", "fills", ["attempt_id"], unique=False)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_fills_attempt", table_name="fills")
    op.drop_index("ix_fills_account_traded", table_name="fills")
    op.drop_table("fills")
    op.drop_index("ix_protection_legs_position", table_name="protection_legs")
    op.drop_index(
        "ix_protection_legs_live",
        table_name="protection_legs",
        postgresql_where=sa.text("state in ('wanted', 'placed')"),
    )
    op.drop_table("protection_legs")
    op.drop_index(
        "ix_attempts_live",
        table_name="attempts",
        postgresql_where=sa.text(
            "state in ('created','sending','unknown','quarantined','open','partially_filled')"
        ),
    )
    op.drop_index("ix_attempts_exchange_order", table_name="attempts")
    op.drop_index("ix_attempts_account_created", table_name="attempts")
    op.drop_table("attempts")
    op.drop_index("ix_intents_signal", table_name="intents")
    op.drop_index(
        "ix_intents_live",
        table_name="intents",
        postgresql_where=sa.text("state in ('planned', 'executing', 'blocked')"),
    )
    op.drop_index("ix_intents_account_created", table_name="intents")
    op.drop_table("intents")
    op.drop_index("ix_fan_outs_state_shard", table_name="fan_outs")
    op.drop_table("fan_outs")
    op.drop_index("ix_fan_out_accounts_account", table_name="fan_out_accounts")
    op.drop_table("fan_out_accounts")
    op.drop_index("ix_signals_created_at", table_name="signals")
    op.drop_table("signals")
    op.drop_index(
        "ix_positions_unprotected",
        table_name="positions",
        postgresql_where=sa.text("unprotected_since is not null"),
    )
    op.drop_index(
        "ix_positions_open", table_name="positions", postgresql_where=sa.text("quantity <> 0")
    )
    op.drop_table("positions")
    op.drop_index(
        "uq_allocations_held",
        table_name="allocations",
        postgresql_where=sa.text("released_at is null"),
    )
    op.drop_index("ix_allocations_deployment_symbol", table_name="allocations")
    op.drop_table("allocations")
    op.drop_index(op.f("ix_invoices_mandate_id"), table_name="invoices")
    op.drop_table("invoices")
    op.drop_index(op.f("ix_deployments_strategy_id"), table_name="deployments")
    op.drop_table("deployments")
    op.drop_table("strategy_versions")
    op.drop_table("mandate_terms")
    op.drop_index(
        "uq_mandate_accounts_current",
        table_name="mandate_accounts",
        postgresql_where=sa.text("left_at is null"),
    )
    op.drop_index(op.f("ix_mandate_accounts_mandate_id"), table_name="mandate_accounts")
    op.drop_table("mandate_accounts")
    op.drop_index("ix_ledger_rows_account_occurred", table_name="ledger_rows")
    op.drop_table("ledger_rows")
    op.drop_table("ledger_cursors")
    op.drop_table("fill_cursors")
    op.drop_table("fee_periods")
    op.drop_index("ix_equity_snapshots_taken_at", table_name="equity_snapshots")
    op.drop_table("equity_snapshots")
    op.drop_index(
        "uq_credentials_current",
        table_name="credentials",
        postgresql_where=sa.text("status in ('verified', 'quarantined')"),
    )
    op.drop_index(op.f("ix_credentials_account_id"), table_name="credentials")
    op.drop_table("credentials")
    op.drop_index(
        "uq_account_states_exchange_uid",
        table_name="account_states",
        postgresql_where=sa.text("exchange_uid <> ''"),
    )
    op.drop_table("account_states")
    op.drop_table("strategies")
    op.drop_index(op.f("ix_sessions_user_id"), table_name="sessions")
    op.drop_table("sessions")
    op.drop_index(
        "uq_risk_limits_current",
        table_name="risk_limits",
        postgresql_where=sa.text("ended_at is null"),
    )
    op.drop_table("risk_limits")
    op.drop_index("ix_notifications_user", table_name="notifications")
    op.drop_index(
        "ix_notifications_unsent",
        table_name="notifications",
        postgresql_where=sa.text("sent_at is null"),
    )
    op.drop_table("notifications")
    op.drop_index(op.f("ix_mandates_client_id"), table_name="mandates")
    op.drop_table("mandates")
    op.drop_index(
        "ix_halts_active", table_name="halts", postgresql_where=sa.text("lifted_at is null")
    )
    op.drop_table("halts")
    op.drop_index(
        "ix_commands_waiting",
        table_name="commands",
        postgresql_where=sa.text("status in ('pending', 'claimed')"),
    )
    op.drop_index(op.f("ix_commands_parent_id"), table_name="commands")
    op.drop_table("commands")
    op.drop_index("ix_accounts_shard", table_name="accounts")
    op.drop_index(op.f("ix_accounts_client_id"), table_name="accounts")
    op.drop_table("accounts")
    op.drop_index("uq_users_email_lower", table_name="users")
    op.drop_table("users")
    op.drop_table("stream_heads")
    op.drop_index("ix_sign_in_attempts_subject_at", table_name="sign_in_attempts")
    op.drop_index("ix_sign_in_attempts_ip_at", table_name="sign_in_attempts")
    op.drop_table("sign_in_attempts")
    op.drop_table("shard_leases")
    op.drop_table("market_clock")
    op.drop_table("last_prices")
    op.drop_table("job_runs")
    op.drop_table("instruments")
    op.drop_table("instrument_permissions")
    op.drop_table("heartbeats")
    op.drop_index("ix_events_type", table_name="events")
    op.drop_index("ix_events_subject", table_name="events")
    op.drop_index("ix_events_recorded_at", table_name="events")
    op.drop_table("events")
    op.drop_table("candles")

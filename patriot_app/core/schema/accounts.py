"""Exchange accounts: what the desk wants (accounts) and what the daemon sees (account_states)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, SmallInteger, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.domain.accounts import AccountMode, AccountStatus, Exchange
from patriot_app.core.schema.base import Base, CreatedAt, RowId
from patriot_app.core.schema.columns import Amount, Label, UtcDateTime, text_enum


class Account(CreatedAt, Base):
    """One account of one customer. Written by the web process.

    Attributes:
        suspended_with_client: it is suspended because its client is, and ends with that.
        paused_by_client: he paused it himself, and may let it trade again himself.
    """

    __tablename__ = "accounts"
    __table_args__ = (
        UniqueConstraint("client_id", "label"),
        Index("ix_accounts_shard", "shard"),
    )

    id: Mapped[RowId]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    exchange: Mapped[Exchange] = mapped_column(text_enum(Exchange, name="exchange"))
    mode: Mapped[AccountMode] = mapped_column(text_enum(AccountMode, name="mode"))
    label: Mapped[Label]
    status: Mapped[AccountStatus] = mapped_column(text_enum(AccountStatus, name="status"))
    status_reason: Mapped[str] = mapped_column(String, server_default="")
    suspended_with_client: Mapped[bool] = mapped_column(server_default=text("false"))
    paused_by_client: Mapped[bool] = mapped_column(server_default=text("false"))
    shard: Mapped[int] = mapped_column(SmallInteger)
    source_address: Mapped[str] = mapped_column(String(45), server_default="")
    is_demo: Mapped[bool] = mapped_column(server_default=text("false"))


class AccountState(Base):
    """What the daemon knows of an account; one row from the first verification on.

    `observed_at` is wall time of the live figures: older than 30 s means stale on screen.
    `day_started_at` and `peak_at` are market times of the readings that opened the day and set the
    peak.
    """

    __tablename__ = "account_states"
    __table_args__ = (
        Index(
            "uq_account_states_exchange_uid",
            "exchange",
            "mode",
            "exchange_uid",
            unique=True,
            postgresql_where=text("exchange_uid <> ''"),
        ),
    )

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    exchange: Mapped[Exchange] = mapped_column(text_enum(Exchange, name="exchange"))
    mode: Mapped[AccountMode] = mapped_column(text_enum(AccountMode, name="mode"))
    exchange_uid: Mapped[str] = mapped_column(String(64), server_default="")
    is_ready: Mapped[bool] = mapped_column(server_default=text("false"))
    not_ready_reason: Mapped[str] = mapped_column(String, server_default="")
    parked_reason: Mapped[str] = mapped_column(String, server_default="")
    wallet_balance: Mapped[Amount | None]
    equity: Mapped[Amount | None]
    unrealised_pnl: Mapped[Amount | None]
    available_balance: Mapped[Amount | None]
    initial_margin: Mapped[Amount | None]
    maintenance_margin: Mapped[Amount | None]
    day_opening_equity: Mapped[Amount | None]
    day_started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    peak_equity: Mapped[Amount | None]
    peak_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    net_flows: Mapped[Amount] = mapped_column(server_default=text("0"))
    observed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    stream_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    synced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    proved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sync_error: Mapped[str] = mapped_column(String, server_default="")

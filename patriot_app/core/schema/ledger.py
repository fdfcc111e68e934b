"""Every money row of an exchange, once, and how far each account has been read."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.ledger import DayState, LedgerClass
from patriot_app.core.schema.base import Base, CreatedAt, RowId
from patriot_app.core.schema.columns import Amount, Label, Text, UtcDateTime, text_enum


class LedgerRow(Base):
    """One row. Binance's tranId is unique only within a type, hence the long key."""

    __tablename__ = "ledger_rows"
    __table_args__ = (
        UniqueConstraint("account_id", "row_type", "exchange_row_id", "symbol", "asset"),
        Index("ix_ledger_rows_account_occurred", "account_id", "occurred_at"),
        Index("ix_ledger_rows_ingested", "ingested_at", postgresql_using="brin"),
    )

    id: Mapped[RowId]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    row_type: Mapped[str] = mapped_column(String(60))
    exchange_row_id: Mapped[str] = mapped_column(String(80))
    symbol: Mapped[str] = mapped_column(String(32), server_default="")
    asset: Mapped[str] = mapped_column(String(20))
    classification: Mapped[LedgerClass] = mapped_column(
        text_enum(LedgerClass, name="classification")
    )
    amount: Mapped[Amount]
    trade_id: Mapped[str] = mapped_column(String(80), server_default="")
    details: Mapped[str] = mapped_column(String, server_default="")
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ingested_at: Mapped[datetime] = mapped_column(UtcDateTime, server_default=text("now()"))


class LedgerCursor(Base):
    """How far an account's ledger has been read, and whether it ties to the wallet there."""

    __tablename__ = "ledger_cursors"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    cursor: Mapped[str] = mapped_column(String, server_default="")
    complete_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opening_wallet: Mapped[Amount] = mapped_column(server_default=text("0"))
    rows_total: Mapped[Amount] = mapped_column(server_default=text("0"))
    tie_out_difference: Mapped[Amount | None]
    tied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    day_difference: Mapped[Amount | None]
    day_started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    gap_from: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Market time from which the exchange no longer served what we had not read."""
    stale_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Wall time of the last reading, once that was told as too long ago."""


class LedgerType(CreatedAt, Base):
    """What a person decided that a type of rows means; never changed."""

    __tablename__ = "ledger_types"

    exchange: Mapped[Exchange] = mapped_column(
        text_enum(Exchange, name="exchange"), primary_key=True
    )
    row_type: Mapped[str] = mapped_column(String(60), primary_key=True)
    classification: Mapped[LedgerClass] = mapped_column(
        text_enum(LedgerClass, name="classification")
    )
    reason: Mapped[Text]
    decided_by: Mapped[Label]


class LedgerDay(Base):
    """Whether an account's rows of one day explain the change of its wallet.

    `day` is its start, UTC, in market time. `wallet` and `difference_total` are of the day's last
    comparison; the difference of the day is what came to it since the comparison before.
    """

    __tablename__ = "ledger_days"
    __table_args__ = (
        Index("ix_ledger_days_waiting", "day", postgresql_where=text("state = 'waiting'")),
    )

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    day: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    wallet: Mapped[Amount | None]
    difference_total: Mapped[Amount | None]
    compared_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    rows: Mapped[int] = mapped_column(server_default=text("0"))
    rows_total: Mapped[Amount] = mapped_column(server_default=text("0"))
    turnover: Mapped[Amount] = mapped_column(server_default=text("0"))
    difference: Mapped[Amount | None]
    state: Mapped[DayState] = mapped_column(
        text_enum(DayState, name="state"), server_default=text("'waiting'")
    )

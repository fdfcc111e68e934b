"""Days summed up, so that a page about a year reads hundreds of rows and not millions."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.schema.base import Base
from patriot_app.core.schema.columns import Amount, Price, UtcDateTime, text_enum


class ProfitDay(Base):
    """What the ledger booked as trading result on an account's day, by strategy.

    `strategy_id` is nil for what no strategy made; the three amounts add up to the performance
    rows of the day. Days are UTC, market time.
    """

    __tablename__ = "profit_days"
    __table_args__ = (
        Index("ix_profit_days_day", "day"),
        Index("ix_profit_days_summed_at", "summed_at"),
    )

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    strategy_id: Mapped[UUID] = mapped_column(primary_key=True)
    realised: Mapped[Amount]
    funding: Mapped[Amount]
    commission: Mapped[Amount]
    """Signed as the wallet felt it: what the exchange charged is negative."""
    summed_at: Mapped[datetime] = mapped_column(UtcDateTime, server_default=text("now()"))


class SegmentDay(Base):
    """One day of the desk's accounts of one kind, or of the part of them a strategy has.

    `strategy_id` is nil for all that the accounts did. See `domain.daily_returns.DayResult`.
    """

    __tablename__ = "segment_days"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    strategy_id: Mapped[UUID] = mapped_column(primary_key=True)
    exchange: Mapped[Exchange] = mapped_column(
        text_enum(Exchange, name="exchange"), primary_key=True
    )
    mode: Mapped[AccountMode] = mapped_column(text_enum(AccountMode, name="mode"), primary_key=True)
    risk_profile: Mapped[str] = mapped_column(String(16), primary_key=True)
    accounts: Mapped[int]
    equity: Mapped[Amount]
    flow: Mapped[Amount]
    profit: Mapped[Amount]
    capital: Mapped[Amount]
    realised: Mapped[Amount]
    funding: Mapped[Amount]
    commission: Mapped[Amount]


class BenchmarkDay(Base):
    """What a benchmark was worth at the end of a day."""

    __tablename__ = "benchmark_days"

    benchmark: Mapped[str] = mapped_column(String(24), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    close: Mapped[Price]

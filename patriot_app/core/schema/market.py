"""Prices per mode, so that paper and live never mix: closed candles, the last price of each contract, and the market clock."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Double, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.schema.base import Base
from patriot_app.core.schema.columns import Price, Quantity, Symbol, UtcDateTime, text_enum


class Candle(Base):
    """One closed 1-minute bar in market time."""

    __tablename__ = "candles"

    exchange: Mapped[Exchange] = mapped_column(
        text_enum(Exchange, name="exchange"), primary_key=True
    )
    mode: Mapped[AccountMode] = mapped_column(text_enum(AccountMode, name="mode"), primary_key=True)
    symbol: Mapped[Symbol] = mapped_column(primary_key=True)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    open: Mapped[Price]
    high: Mapped[Price]
    low: Mapped[Price]
    close: Mapped[Price]
    volume: Mapped[Quantity]


class LastPrice(Base):
    """The newest prices of a contract; `observed_at` is wall time."""

    __tablename__ = "last_prices"

    exchange: Mapped[Exchange] = mapped_column(
        text_enum(Exchange, name="exchange"), primary_key=True
    )
    mode: Mapped[AccountMode] = mapped_column(text_enum(AccountMode, name="mode"), primary_key=True)
    symbol: Mapped[Symbol] = mapped_column(primary_key=True)
    mark_price: Mapped[Price]
    last_price: Mapped[Price]
    observed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class MarketClockRow(Base):
    """The one mapping of wall time to market time; no row means they are the same."""

    __tablename__ = "market_clock"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    wall_origin: Mapped[datetime] = mapped_column(UtcDateTime)
    market_origin: Mapped[datetime] = mapped_column(UtcDateTime)
    speed: Mapped[float] = mapped_column(Double)
    is_paused: Mapped[bool]
    is_finished: Mapped[bool]

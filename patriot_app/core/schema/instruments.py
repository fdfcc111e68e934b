"""Contracts: specification by the daemon, permission to trade them by the desk."""

from datetime import datetime
from typing import Any

from sqlalchemy import String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.schema.base import Base
from patriot_app.core.schema.columns import Amount, Price, Quantity, Symbol, UtcDateTime, text_enum


class Instrument(Base):
    """One contract as its exchange describes it. Written by the daemon."""

    __tablename__ = "instruments"

    exchange: Mapped[Exchange] = mapped_column(
        text_enum(Exchange, name="exchange"), primary_key=True
    )
    symbol: Mapped[Symbol] = mapped_column(primary_key=True)
    base: Mapped[str] = mapped_column(String(20))
    quote: Mapped[str] = mapped_column(String(20))
    tick_size: Mapped[Price]
    step_size: Mapped[Quantity]
    quantity_min: Mapped[Quantity]
    quantity_max: Mapped[Quantity]
    market_quantity_max: Mapped[Quantity]
    min_notional: Mapped[Amount]
    contract_size: Mapped[Quantity]
    leverage_max: Mapped[int]
    brackets: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    is_trading: Mapped[bool]
    refreshed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class InstrumentPermission(Base):
    """The desk's switch for a contract. No row means enabled. Written by the web process."""

    __tablename__ = "instrument_permissions"

    exchange: Mapped[Exchange] = mapped_column(
        text_enum(Exchange, name="exchange"), primary_key=True
    )
    symbol: Mapped[Symbol] = mapped_column(primary_key=True)
    is_enabled: Mapped[bool]
    reason: Mapped[str] = mapped_column(String, server_default="")
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, server_default=text("now()"))

"""Positions as our fills add up, what the exchange says of them, and their protective legs."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.domain.orders import Leg, PositionSide
from patriot_app.core.domain.protection import LegState
from patriot_app.core.schema.base import Base, CreatedAt, RowId
from patriot_app.core.schema.columns import Amount, Price, Quantity, Symbol, UtcDateTime, text_enum


class Position(Base):
    """One row per (account, symbol, side); quantity is signed and moves only with fills."""

    __tablename__ = "positions"
    __table_args__ = (
        Index("ix_positions_open", "account_id", postgresql_where=text("quantity <> 0")),
        Index(
            "ix_positions_unprotected",
            "unprotected_since",
            postgresql_where=text("unprotected_since is not null"),
        ),
    )

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    symbol: Mapped[Symbol] = mapped_column(primary_key=True)
    position_side: Mapped[PositionSide] = mapped_column(
        text_enum(PositionSide, name="position_side"), primary_key=True
    )
    quantity: Mapped[Quantity]
    entry_price: Mapped[Price]
    realised_pnl: Mapped[Amount]
    commission: Mapped[Amount]
    deployment_id: Mapped[UUID | None] = mapped_column(ForeignKey("deployments.id"))
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    wanted_stop: Mapped[Price | None]
    wanted_target: Mapped[Price | None]
    unprotected_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    exchange_quantity: Mapped[Quantity | None]
    mark_price: Mapped[Price | None]
    unrealised_pnl: Mapped[Amount | None]
    liquidation_price: Mapped[Price | None]
    leverage: Mapped[int | None]
    observed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, server_default=text("now()"))


class ProtectionLeg(CreatedAt, Base):
    """One stop or target that guards a position at the exchange.

    A leg attached to a Bybit entry has no client order id of its own and so no intent.
    """

    __tablename__ = "protection_legs"
    __table_args__ = (
        Index("ix_protection_legs_position", "account_id", "symbol"),
        Index(
            "ix_protection_legs_live",
            "account_id",
            "symbol",
            postgresql_where=text("state in ('wanted', 'placed')"),
        ),
    )

    id: Mapped[RowId]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    symbol: Mapped[Symbol]
    leg: Mapped[Leg] = mapped_column(text_enum(Leg, name="leg"))
    trigger_price: Mapped[Price]
    intent_id: Mapped[UUID | None] = mapped_column(ForeignKey("intents.id"))
    state: Mapped[LegState] = mapped_column(text_enum(LegState, name="state"))
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancel_requested_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

"""Strategies with immutable versions, and their deployments on accounts."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.deployments import DeploymentStatus
from patriot_app.core.schema.base import Base, CreatedAt, RowId
from patriot_app.core.schema.columns import Label, Rate, Symbol, UtcDateTime, text_enum


class Strategy(CreatedAt, Base):
    """A named strategy; `kind` is its name in the catalogue."""

    __tablename__ = "strategies"

    id: Mapped[RowId]
    name: Mapped[Label] = mapped_column(unique=True)
    kind: Mapped[str] = mapped_column(String(60))
    description: Mapped[str] = mapped_column(String, server_default="")
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))


class StrategyVersion(CreatedAt, Base):
    """Parameters, never changed once written: a change is a new version."""

    __tablename__ = "strategy_versions"
    __table_args__ = (UniqueConstraint("strategy_id", "number"),)

    id: Mapped[RowId]
    strategy_id: Mapped[UUID] = mapped_column(ForeignKey("strategies.id"))
    number: Mapped[int]
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB)
    note: Mapped[str] = mapped_column(String, server_default="")
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))


class Deployment(CreatedAt, Base):
    """A strategy version on a set of accounts and symbols.

    Candles of `reference_exchange` decide; every account trades the signal on its own exchange.
    """

    __tablename__ = "deployments"

    id: Mapped[RowId]
    name: Mapped[Label]
    strategy_id: Mapped[UUID] = mapped_column(ForeignKey("strategies.id"), index=True)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("strategy_versions.id"))
    reference_exchange: Mapped[Exchange] = mapped_column(
        text_enum(Exchange, name="reference_exchange")
    )
    symbols: Mapped[list[str]] = mapped_column(ARRAY(String(32)))
    status: Mapped[DeploymentStatus] = mapped_column(text_enum(DeploymentStatus, name="status"))
    status_reason: Mapped[str] = mapped_column(String, server_default="")
    status_changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))


class Allocation(Base):
    """One account's part in a deployment for one symbol.

    At most one deployment may hold an (account, symbol): in one-way mode two would fight over one
    position.
    """

    __tablename__ = "allocations"
    __table_args__ = (
        Index(
            "uq_allocations_held",
            "account_id",
            "symbol",
            unique=True,
            postgresql_where=text("released_at is null"),
        ),
        Index("ix_allocations_deployment_symbol", "deployment_id", "symbol"),
        CheckConstraint("share > 0 and share <= 1", name="share"),
    )

    id: Mapped[RowId]
    deployment_id: Mapped[UUID] = mapped_column(ForeignKey("deployments.id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    symbol: Mapped[Symbol]
    share: Mapped[Rate]
    assigned_at: Mapped[datetime] = mapped_column(UtcDateTime, server_default=text("now()"))
    released_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

"""Fee periods and invoices (FEES.md)."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Numeric, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.domain.invoices import FeePeriodStatus, InvoiceStatus
from patriot_app.core.schema.base import Base, CreatedAt, RowId
from patriot_app.core.schema.columns import Amount, Rate, UtcDateTime, text_enum


class FeePeriod(CreatedAt, Base):
    """One month of one mandate, [starts_at, ends_at) in market time."""

    __tablename__ = "fee_periods"
    __table_args__ = (UniqueConstraint("mandate_id", "starts_at"),)

    id: Mapped[RowId]
    mandate_id: Mapped[UUID] = mapped_column(ForeignKey("mandates.id"))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    status: Mapped[FeePeriodStatus] = mapped_column(text_enum(FeePeriodStatus, name="status"))
    status_reason: Mapped[str] = mapped_column(String, server_default="")
    net_profit: Mapped[Amount | None]
    high_water_mark_before: Mapped[Amount | None]
    base: Mapped[Amount | None]
    rate: Mapped[Rate | None]
    fee: Mapped[Amount | None]
    high_water_mark_after: Mapped[Amount | None]
    evidence: Mapped[dict[str, object] | None] = mapped_column(JSONB)


class Invoice(CreatedAt, Base):
    """A bill. Only mandates whose every account is live may have one: a trigger refuses others."""

    __tablename__ = "invoices"
    __table_args__ = (
        CheckConstraint("(status = 'draft') = (number is null)", name="number"),
        CheckConstraint("amount >= 0", name="amount"),
    )

    id: Mapped[RowId]
    mandate_id: Mapped[UUID] = mapped_column(ForeignKey("mandates.id"), index=True)
    fee_period_id: Mapped[UUID] = mapped_column(ForeignKey("fee_periods.id"), unique=True)
    number: Mapped[str | None] = mapped_column(String(32), unique=True)
    status: Mapped[InvoiceStatus] = mapped_column(text_enum(InvoiceStatus, name="status"))
    currency: Mapped[str] = mapped_column(String(12))
    amount: Mapped[Decimal] = mapped_column(Numeric(18, 2))
    paid: Mapped[Decimal] = mapped_column(Numeric(18, 2), server_default=text("0"))
    finalised_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

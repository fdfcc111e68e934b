"""Agreements with customers and the accounts they cover."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.domain.mandates import FeeMeasure, WithdrawalPolicy
from patriot_app.core.schema.base import Base, CreatedAt, RowId
from patriot_app.core.schema.columns import Amount, Label, Rate, Text, UtcDateTime, text_enum


class Mandate(CreatedAt, Base):
    """One agreement; accounts inside it are netted. Times are market time."""

    __tablename__ = "mandates"

    id: Mapped[RowId]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[Label]
    currency: Mapped[str] = mapped_column(String(12))
    time_zone: Mapped[str] = mapped_column(String(64))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opening_mark: Mapped[Amount]


class MandateTerm(CreatedAt, Base):
    """What the fee is from a moment on; changes take effect from the next period."""

    __tablename__ = "mandate_terms"
    __table_args__ = (
        UniqueConstraint("mandate_id", "valid_from"),
        CheckConstraint("rate >= 0 and rate < 1", name="rate"),
        CheckConstraint("hurdle >= 0 and invoice_minimum >= 0", name="amounts"),
    )

    id: Mapped[RowId]
    mandate_id: Mapped[UUID] = mapped_column(ForeignKey("mandates.id"))
    rate: Mapped[Rate]
    measure: Mapped[FeeMeasure] = mapped_column(text_enum(FeeMeasure, name="measure"))
    withdrawal_policy: Mapped[WithdrawalPolicy] = mapped_column(
        text_enum(WithdrawalPolicy, name="withdrawal_policy")
    )
    hurdle: Mapped[Amount] = mapped_column(server_default=text("0"))
    invoice_minimum: Mapped[Amount]
    valid_from: Mapped[datetime] = mapped_column(UtcDateTime)


class MandateMark(CreatedAt, Base):
    """An amendment that sets the high-water mark anew; never changed."""

    __tablename__ = "mandate_marks"
    __table_args__ = (
        UniqueConstraint("mandate_id", "valid_from"),
        CheckConstraint("mark >= 0", name="mark"),
    )

    id: Mapped[RowId]
    mandate_id: Mapped[UUID] = mapped_column(ForeignKey("mandates.id"))
    mark: Mapped[Amount]
    valid_from: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[Text]


class MandateAccount(Base):
    """An account inside a mandate; an account is in one mandate at a time."""

    __tablename__ = "mandate_accounts"
    __table_args__ = (
        Index(
            "uq_mandate_accounts_current",
            "account_id",
            unique=True,
            postgresql_where=text("left_at is null"),
        ),
    )

    id: Mapped[RowId]
    mandate_id: Mapped[UUID] = mapped_column(ForeignKey("mandates.id"), index=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

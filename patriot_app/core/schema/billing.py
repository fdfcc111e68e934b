"""Fee periods, invoices, payments, credit notes and the books (FEES.md)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.domain.invoices import FeePeriodStatus, InvoiceStatus
from patriot_app.core.domain.journal import EntryKind, JournalAccount
from patriot_app.core.schema.base import Base, CreatedAt, RowId
from patriot_app.core.schema.columns import Amount, Label, Rate, Text, UtcDateTime, text_enum


class FeePeriod(CreatedAt, Base):
    """One month of one mandate, [starts_at, ends_at) in market time.

    Attributes:
        issuer: who billed when it became final, or was without a fee.
        told_at: when the client was told that it is without a fee (wall time).
    """

    __tablename__ = "fee_periods"
    __table_args__ = (
        UniqueConstraint("mandate_id", "starts_at"),
        Index("ix_fee_periods_ends_at", "ends_at"),
    )

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
    loss_forgiven: Mapped[Amount] = mapped_column(server_default=text("0"))
    evidence: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    issuer: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    is_billable: Mapped[bool] = mapped_column(server_default=text("false"))
    computed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finalised_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Invoice(CreatedAt, Base):
    """A bill. Only mandates whose every account is live may have one: a trigger refuses others.

    Attributes:
        document: what is printed on it, frozen (`invoice_documents`).
        sent_at: when the client was last told by e-mail; None: not yet.
        suspended_at: when its client was suspended for it.
    """

    __tablename__ = "invoices"
    __table_args__ = (
        CheckConstraint("amount >= 0", name="amount"),
        CheckConstraint("credited >= 0 AND credited <= amount", name="credited"),
        Index(
            "uq_invoices_fee_period_id_standing",
            "fee_period_id",
            unique=True,
            postgresql_where=text("status <> 'void'"),
        ),
    )

    id: Mapped[RowId]
    mandate_id: Mapped[UUID] = mapped_column(ForeignKey("mandates.id"), index=True)
    fee_period_id: Mapped[UUID] = mapped_column(ForeignKey("fee_periods.id"))
    number: Mapped[str] = mapped_column(String(32), unique=True)
    status: Mapped[InvoiceStatus] = mapped_column(text_enum(InvoiceStatus, name="status"))
    currency: Mapped[str] = mapped_column(String(12))
    amount: Mapped[Decimal] = mapped_column(Numeric(18, 2))
    paid: Mapped[Decimal] = mapped_column(Numeric(18, 2), server_default=text("0"))
    credited: Mapped[Decimal] = mapped_column(Numeric(18, 2), server_default=text("0"))
    finalised_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    document: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    suspended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class InvoicingSettings(Base):
    """Who bills, on which terms, and what is done by itself; one row at most."""

    __tablename__ = "invoicing_settings"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("payment_term_days BETWEEN 0 AND 365", name="payment_term_days"),
        CheckConstraint("suspend_after_days > 0", name="suspend_after_days"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    issuer_name: Mapped[Label]
    issuer_address: Mapped[Text]
    tax_id: Mapped[Label]
    payment_instructions: Mapped[Text]
    payment_term_days: Mapped[int]
    is_sent_at_once: Mapped[bool]
    reminder_days: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    suspend_after_days: Mapped[int | None]
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class InvoiceReminder(CreatedAt, Base):
    """A client was reminded of an invoice so many days after it was due; once each."""

    __tablename__ = "invoice_reminders"
    __table_args__ = (UniqueConstraint("invoice_id", "days"),)

    id: Mapped[RowId]
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("invoices.id"))
    days: Mapped[int]


class NumberSeries(Base):
    """The last number given in a series, such as the invoices of a year; gapless."""

    __tablename__ = "number_series"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    last: Mapped[int]


class Payment(CreatedAt, Base):
    """Money received for an invoice; never changed."""

    __tablename__ = "payments"
    __table_args__ = (
        UniqueConstraint("invoice_id", "reference"),
        CheckConstraint("amount > 0", name="amount"),
    )

    id: Mapped[RowId]
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("invoices.id"))
    amount: Mapped[Decimal] = mapped_column(Numeric(18, 2))
    reference: Mapped[Label]
    received_on: Mapped[date]
    recorded_by: Mapped[Label]


class CreditNote(CreatedAt, Base):
    """What was taken back of an invoice, with its reason; never changed."""

    __tablename__ = "credit_notes"
    __table_args__ = (CheckConstraint("amount > 0", name="amount"),)

    id: Mapped[RowId]
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("invoices.id"), index=True)
    number: Mapped[str] = mapped_column(String(32), unique=True)
    amount: Mapped[Decimal] = mapped_column(Numeric(18, 2))
    reason: Mapped[Text]
    issued_by: Mapped[Label]


class JournalEntry(CreatedAt, Base):
    """One booking; its lines add up to zero when the transaction commits."""

    __tablename__ = "journal_entries"

    id: Mapped[RowId]
    kind: Mapped[EntryKind] = mapped_column(text_enum(EntryKind, name="kind"))
    mandate_id: Mapped[UUID] = mapped_column(ForeignKey("mandates.id"), index=True)
    fee_period_id: Mapped[UUID] = mapped_column(ForeignKey("fee_periods.id"), index=True)
    invoice_id: Mapped[UUID | None] = mapped_column(ForeignKey("invoices.id"), index=True)
    currency: Mapped[str] = mapped_column(String(12))


class JournalLine(Base):
    """One side of a booking: a debit if positive, a credit if negative."""

    __tablename__ = "journal_lines"
    __table_args__ = (CheckConstraint("amount <> 0", name="amount"),)

    entry_id: Mapped[UUID] = mapped_column(ForeignKey("journal_entries.id"), primary_key=True)
    account: Mapped[JournalAccount] = mapped_column(
        text_enum(JournalAccount, name="account"), primary_key=True
    )
    amount: Mapped[Decimal] = mapped_column(Numeric(18, 2))


class Partner(CreatedAt, Base):
    """Somebody who referred clients and shares in their fees."""

    __tablename__ = "partners"

    id: Mapped[RowId]
    name: Mapped[Label] = mapped_column(unique=True)


class FeeShare(CreatedAt, Base):
    """A partner's share of a mandate's fees, by months (their first days, both included)."""

    __tablename__ = "fee_shares"
    __table_args__ = (
        CheckConstraint("rate > 0 AND rate <= 1", name="rate"),
        CheckConstraint("last_month >= first_month", name="months"),
    )

    id: Mapped[RowId]
    mandate_id: Mapped[UUID] = mapped_column(ForeignKey("mandates.id"), index=True)
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partners.id"))
    rate: Mapped[Rate]
    first_month: Mapped[date]
    last_month: Mapped[date | None]


class ShareCredit(CreatedAt, Base):
    """What a partner got of an invoice, or what was taken back; never changed."""

    __tablename__ = "share_credits"
    __table_args__ = (
        CheckConstraint("amount <> 0", name="amount"),
        Index("ix_share_credits_share_id_invoice_id", "share_id", "invoice_id"),
    )

    id: Mapped[RowId]
    share_id: Mapped[UUID] = mapped_column(ForeignKey("fee_shares.id"))
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("invoices.id"))
    amount: Mapped[Decimal] = mapped_column(Numeric(18, 2))

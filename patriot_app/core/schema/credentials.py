"""Sealed API keys. The web process may insert a box and never read one."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, SmallInteger, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.domain.credentials import CheckOutcome, CredentialStatus
from patriot_app.core.schema.base import Base, CreatedAt, RowId
from patriot_app.core.schema.columns import UtcDateTime, text_enum


class Credential(CreatedAt, Base):
    """One key pair of one account; one that is over loses its boxes.

    Attributes:
        findings: what the last check found wrong, each with what to do next.
        tries: times in a row that the exchange did not answer; `next_try_at` is wall time.
        denials: times in a row that it did not let the key in.
        reminded_days: the last reminder of its end that was sent, in days before it.
    """

    __tablename__ = "credentials"
    __table_args__ = (
        Index(
            "uq_credentials_current",
            "account_id",
            unique=True,
            postgresql_where=text("status in ('verified', 'quarantined')"),
        ),
    )

    id: Mapped[RowId]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    status: Mapped[CredentialStatus] = mapped_column(text_enum(CredentialStatus, name="status"))
    key_id: Mapped[str] = mapped_column(String(16))
    masked_key: Mapped[str] = mapped_column(String(32))
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    api_key_data_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    api_key_nonce: Mapped[bytes | None] = mapped_column(LargeBinary)
    api_key_ciphertext: Mapped[bytes | None] = mapped_column(LargeBinary)
    api_secret_data_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    api_secret_nonce: Mapped[bytes | None] = mapped_column(LargeBinary)
    api_secret_ciphertext: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    client_consent: Mapped[str] = mapped_column(String, server_default="")
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    rejection: Mapped[list[str] | None] = mapped_column(JSONB)
    permissions: Mapped[dict[str, object] | None] = mapped_column(JSONB)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    findings: Mapped[list[dict[str, str]] | None] = mapped_column(JSONB)
    next_try_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    last_error: Mapped[str] = mapped_column(String, server_default="")
    denials: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    reminded_days: Mapped[int | None] = mapped_column(SmallInteger)
    renewal_asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class KeyCheck(Base):
    """Looks at a key that came to the same, one after the other, as one row."""

    __tablename__ = "key_checks"
    __table_args__ = (
        Index("ix_key_checks_account_last", "account_id", "last_at"),
        Index("ix_key_checks_credential_last", "credential_id", "last_at"),
    )

    id: Mapped[RowId]
    credential_id: Mapped[UUID] = mapped_column(ForeignKey("credentials.id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    outcome: Mapped[CheckOutcome] = mapped_column(text_enum(CheckOutcome, name="outcome"))
    findings: Mapped[list[dict[str, str]]] = mapped_column(JSONB)
    first_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
    times: Mapped[int] = mapped_column(server_default="1")

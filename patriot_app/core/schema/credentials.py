"""Sealed API keys. The web process may insert a box and never read one."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.domain.credentials import CredentialStatus
from patriot_app.core.schema.base import Base, CreatedAt, RowId
from patriot_app.core.schema.columns import UtcDateTime, text_enum


class Credential(CreatedAt, Base):
    """One key pair of one account; a rejected or revoked one loses its boxes."""

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

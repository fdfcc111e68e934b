"""What lets programs in: keys that a person made, and tokens that stand for his sign-in."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.schema.base import Base, CreatedAt, RowId
from patriot_app.core.schema.columns import Label, UtcDateTime


class ApiKey(CreatedAt, Base):
    """A key of a person's program; its secret was shown once and only the hash is kept.

    Attributes:
        prefix: the part that names the key, also on screens.
        addresses: where it may be used from, as it was typed; empty: everywhere.
    """

    __tablename__ = "api_keys"

    id: Mapped[RowId]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[Label]
    prefix: Mapped[str] = mapped_column(String(32), unique=True)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String(40)))
    addresses: Mapped[str] = mapped_column(String, server_default="")
    per_minute: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_used_ip: Mapped[str] = mapped_column(String(45), server_default="")
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RefreshToken(CreatedAt, Base):
    """One link of a chain of tokens; each is good once, and using one twice ends the chain.

    Attributes:
        family_id: the same for all that descend from one sign-in.
    """

    __tablename__ = "refresh_tokens"

    id: Mapped[RowId]
    family_id: Mapped[UUID] = mapped_column(index=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String(40)))
    ip: Mapped[str] = mapped_column(String(45))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

"""Seals of the event log, and how far each stream is sealed."""

from datetime import datetime

from sqlalchemy import BigInteger, LargeBinary, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.schema.base import Base
from patriot_app.core.schema.columns import UtcDateTime


class Checkpoint(Base):
    """One seal; `moved` holds the sequence number of every stream that moved since the last one."""

    __tablename__ = "checkpoints"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    sealed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    events: Mapped[int] = mapped_column(BigInteger)
    previous: Mapped[bytes] = mapped_column(LargeBinary)
    root: Mapped[bytes] = mapped_column(LargeBinary)
    key_id: Mapped[str] = mapped_column(String(16))
    signature: Mapped[bytes] = mapped_column(LargeBinary)
    moved: Mapped[dict[str, int]] = mapped_column(JSONB)


class SealedHead(Base):
    """How far a stream is sealed: what the next checkpoint compares with."""

    __tablename__ = "sealed_heads"

    stream: Mapped[str] = mapped_column(String(80), primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger)

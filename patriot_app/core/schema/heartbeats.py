"""Which daemons live, which shards they own, and when their jobs ran."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Double, SmallInteger, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.schema.base import Base
from patriot_app.core.schema.columns import UtcDateTime


class Heartbeat(Base):
    """One daemon process."""

    __tablename__ = "heartbeats"

    process: Mapped[str] = mapped_column(String(60), primary_key=True)
    role: Mapped[str] = mapped_column(String(20))
    version: Mapped[str] = mapped_column(String(40))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    beat_at: Mapped[datetime] = mapped_column(UtcDateTime)
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)


class ShardLease(Base):
    """Who may send for the accounts of a shard, until when; times by the database's clock."""

    __tablename__ = "shard_leases"

    shard: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    owner: Mapped[str] = mapped_column(String(60))
    epoch: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    released_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_send_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class JobRun(Base):
    """One run of a job; the key keeps two daemons from doing the same run."""

    __tablename__ = "job_runs"

    job: Mapped[str] = mapped_column(String(60), primary_key=True)
    scheduled_for: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    process: Mapped[str] = mapped_column(String(60))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    duration_s: Mapped[float | None] = mapped_column(Double)
    error: Mapped[str] = mapped_column(String, server_default="")

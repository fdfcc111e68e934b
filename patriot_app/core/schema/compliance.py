"""Compliance reports: what a period held, as it was read when the report was made."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Index, LargeBinary, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.schema.base import Base, RowId
from patriot_app.core.schema.columns import UtcDateTime


class ComplianceReport(Base):
    """One report; never changed. The period is half-open, in days of UTC."""

    __tablename__ = "compliance_reports"
    __table_args__ = (Index("ix_compliance_reports_period", "starts_on", "ends_on"),)

    id: Mapped[RowId]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(120))
    events: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    digest: Mapped[bytes] = mapped_column(LargeBinary)

"""Windows in which an exchange is closed for maintenance."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.maintenance import WindowSource, WindowState
from patriot_app.core.schema.base import Base, CreatedAt, RowId
from patriot_app.core.schema.columns import UtcDateTime, text_enum


class MaintenanceWindow(CreatedAt, Base):
    """One window; it binds by its times, because sending reads them in its own statement.

    Attributes:
        mode: "" for every mode of the exchange.
        notice_key: the exchange's own id of what it announced; "" for an operator's.
        no_entries_from: entries pause from here on.
        over_at: when its end was recorded; until then it binds.
    """

    __tablename__ = "maintenance_windows"
    __table_args__ = (
        CheckConstraint("ends_at is null or ends_at >= starts_at", name="times"),
        CheckConstraint("no_entries_from <= starts_at", name="no_entries_from"),
        CheckConstraint("(source = 'exchange') = (notice_key <> '')", name="notice_key"),
        CheckConstraint("(state = 'over') = (over_at is not null)", name="over_at"),
        Index(
            "uq_maintenance_windows_notice",
            "exchange",
            "mode",
            "notice_key",
            unique=True,
            postgresql_where=text("source = 'exchange'"),
        ),
        Index(
            "ix_maintenance_windows_live",
            "exchange",
            postgresql_where=text("state in ('planned', 'running')"),
        ),
    )

    id: Mapped[RowId]
    exchange: Mapped[Exchange] = mapped_column(text_enum(Exchange, name="exchange"))
    mode: Mapped[str] = mapped_column(String(16), server_default="")
    source: Mapped[WindowSource] = mapped_column(text_enum(WindowSource, name="source"))
    notice_key: Mapped[str] = mapped_column(String(80), server_default="")
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    no_entries_from: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(300))
    state: Mapped[WindowState] = mapped_column(text_enum(WindowState, name="state"))
    is_reported: Mapped[bool] = mapped_column(server_default=text("false"))
    is_expected: Mapped[bool] = mapped_column(server_default=text("true"))
    is_dismissed: Mapped[bool] = mapped_column(server_default=text("false"))
    overran_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    over_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    entered_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))

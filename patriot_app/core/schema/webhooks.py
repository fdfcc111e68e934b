"""Programs of the desk's own that hear what its staff hears."""

from datetime import datetime

from sqlalchemy import String, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.domain.webhooks import WebhookStatus
from patriot_app.core.schema.base import Base, CreatedAt, RowId
from patriot_app.core.schema.columns import UtcDateTime, text_enum


class Webhook(CreatedAt, Base):
    """An endpoint and how its last call went; a deleted one stays, for the ledger, without secret.

    Attributes:
        kinds: the classes of notices that it is told.
        secret: sealed for the process that sends, which alone can open it.
        secret_at: when that secret was made.
        last_result: what became of the last call, in words; empty before the first.
        failing_since: nothing was taken since this first failure; NULL: the last call was taken.
    """

    __tablename__ = "webhooks"

    id: Mapped[RowId]
    name: Mapped[str] = mapped_column(String(80))
    url: Mapped[str] = mapped_column(String(500))
    kinds: Mapped[list[str]] = mapped_column(ARRAY(String(32)))
    status: Mapped[WebhookStatus] = mapped_column(text_enum(WebhookStatus, name="status"))
    secret: Mapped[bytes]
    secret_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_result: Mapped[str] = mapped_column(String(200), server_default="")
    is_last_taken: Mapped[bool] = mapped_column(server_default=text("false"))
    failing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)

"""How far a client's way out is."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.domain.off_boarding import OffBoardingState
from patriot_app.core.schema.base import Base, CreatedAt, RowId
from patriot_app.core.schema.columns import UtcDateTime, text_enum


class OffBoarding(CreatedAt, Base):
    """One way out; whoever opens its page goes on where the last step left it.

    Attributes:
        halt_id: the halt that closes what the desk opened; None where nothing was open.
        leaves_rest: positions that the desk did not open stay with the client.
    """

    __tablename__ = "off_boardings"
    __table_args__ = (
        Index(
            "uq_off_boardings_client_open",
            "client_id",
            unique=True,
            postgresql_where=text("state NOT IN ('closed', 'abandoned')"),
        ),
    )

    id: Mapped[RowId]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    state: Mapped[OffBoardingState] = mapped_column(text_enum(OffBoardingState, name="state"))
    reason: Mapped[str] = mapped_column(String)
    halt_id: Mapped[UUID | None] = mapped_column(ForeignKey("halts.id"))
    leaves_rest: Mapped[bool] = mapped_column(server_default=text("false"))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)

"""What waits for a second person, and what became of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.domain.proposals import ProposalKind, ProposalState
from patriot_app.core.schema.base import Base, RowId
from patriot_app.core.schema.columns import UtcDateTime, text_enum


class Proposal(Base):
    """One act that a person proposed.

    Attributes:
        subject_key: tells proposals of a kind apart; only one of them may wait for each.
        payload: what the act is called with.
        changes: lines of name, before and after for people.
        decided_by: who approved or rejected it.
        is_solo: carried out by its proposer on a desk of one person.
        outcome: why it failed.
    """

    __tablename__ = "proposals"
    __table_args__ = (
        CheckConstraint(
            "is_solo OR decided_by IS NULL OR decided_by <> proposed_by", name="two_persons"
        ),
        CheckConstraint(
            "(state IN ('approved', 'carried_out', 'failed', 'rejected')) ="
            " (decided_by IS NOT NULL)",
            name="decided",
        ),
        Index(
            "uq_proposals_waiting",
            "kind",
            "subject_key",
            unique=True,
            postgresql_where=text("state = 'proposed'"),
        ),
        Index("ix_proposals_proposed_at", "proposed_at"),
    )

    id: Mapped[RowId]
    kind: Mapped[ProposalKind] = mapped_column(text_enum(ProposalKind, name="kind"))
    subject: Mapped[str] = mapped_column(String(200))
    subject_key: Mapped[str] = mapped_column(String(200))
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    changes: Mapped[list[dict[str, str]]] = mapped_column(JSONB)
    state: Mapped[ProposalState] = mapped_column(text_enum(ProposalState, name="state"))
    reason: Mapped[str]
    proposed_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decision_reason: Mapped[str] = mapped_column(String, server_default="")
    is_solo: Mapped[bool] = mapped_column(server_default=text("false"))
    outcome: Mapped[str] = mapped_column(String, server_default="")

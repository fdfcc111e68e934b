"""The bot, whose chat is whose, and what waits for an answer there. Of codes only hashes are kept."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, SmallInteger, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.domain.telegram import QuestionKind
from patriot_app.core.schema.base import Base, CreatedAt, RowId
from patriot_app.core.schema.columns import Label, UtcDateTime, text_enum


class TelegramBot(Base):
    """The one bot of the desk, and which process may fetch its messages until when.

    Attributes:
        problem: why it does not answer, as Telegram says it; empty while it does.
    """

    __tablename__ = "telegram_bots"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    owner: Mapped[Label]
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    bot_id: Mapped[int | None] = mapped_column(BigInteger)
    username: Mapped[str] = mapped_column(String(64), server_default="")
    problem: Mapped[str] = mapped_column(String(300), server_default="")


class TelegramLink(CreatedAt, Base):
    """A Telegram account that is a person's; one each at a time."""

    __tablename__ = "telegram_links"
    __table_args__ = (
        Index(
            "uq_telegram_links_user_id_live",
            "user_id",
            unique=True,
            postgresql_where=text("unlinked_at IS NULL"),
        ),
        Index(
            "uq_telegram_links_telegram_id_live",
            "telegram_id",
            unique=True,
            postgresql_where=text("unlinked_at IS NULL"),
        ),
    )

    id: Mapped[RowId]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    telegram_id: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[Label]
    unlinked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class TelegramOffer(CreatedAt, Base):
    """A code with which a chat may be connected to a person, who then confirms it in his browser.

    Attributes:
        session_id: in which it was made; no other may confirm it.
    """

    __tablename__ = "telegram_offers"

    id: Mapped[RowId]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("sessions.id"))
    code_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    telegram_id: Mapped[int | None] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(120), server_default="")
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class TelegramSignIn(CreatedAt, Base):
    """A browser that waits for a person's Yes in his chat.

    Attributes:
        browser_hash: of the secret in that browser's cookie; no other browser is let in.
        answer: "", "yes" or "no".
    """

    __tablename__ = "telegram_sign_ins"
    __table_args__ = (Index("ix_telegram_sign_ins_ip_created_at", "ip", "created_at"),)

    id: Mapped[RowId]
    browser_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    ip: Mapped[str] = mapped_column(String(45))
    user_agent: Mapped[str] = mapped_column(String(300))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    telegram_id: Mapped[int | None] = mapped_column(BigInteger)
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answer: Mapped[str] = mapped_column(String(3), server_default="")
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class TelegramQuestion(CreatedAt, Base):
    """Buttons in a chat, or a code to type there: for one Telegram account, once, for a while.

    Attributes:
        subject_id: the row that is asked about; of a menu the person whom it was shown to.
        choices: of a menu, what each of its buttons does.
    """

    __tablename__ = "telegram_questions"

    id: Mapped[RowId]
    nonce_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    telegram_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[QuestionKind] = mapped_column(text_enum(QuestionKind, name="kind"))
    subject_id: Mapped[UUID]
    choices: Mapped[list[list[str]]] = mapped_column(JSONB, server_default=text("'[]'"))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class TelegramTry(Base):
    """One code that a Telegram account came with; those that were right are taken away again."""

    __tablename__ = "telegram_tries"
    __table_args__ = (Index("ix_telegram_tries_telegram_id_at", "telegram_id", "at"),)

    id: Mapped[RowId]
    telegram_id: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(UtcDateTime)

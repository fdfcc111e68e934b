"""Two buttons in a chat, for one Telegram account, good once and for a minute; time out means no."""

import secrets
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.invitations import hash_token
from patriot_app.core.domain.telegram import (
    CODE_BYTES,
    QUESTION_LASTS,
    QuestionKind,
    code_from,
)
from patriot_app.core.errors import Refused
from patriot_app.core.ids import new_id
from patriot_app.core.unit_of_work import UnitOfWork

TOO_LATE = "These buttons are not valid any more. Nothing was done."

_ASK = text(
    "INSERT INTO telegram_questions (id, nonce_hash, telegram_id, kind, subject_id, expires_at)"
    " VALUES (:id, :nonce_hash, :telegram_id, :kind, :subject_id, :expires_at)"
)
_ANSWER = text(
    "UPDATE telegram_questions SET answered_at = :now WHERE nonce_hash = :nonce_hash"
    " AND telegram_id = :telegram_id AND kind IN ('sign_in', 'unlink')"
    " AND answered_at IS NULL AND expires_at > :now RETURNING kind, subject_id"
)


@dataclass(frozen=True, slots=True)
class Answered:
    """What was decided, and about which row."""

    kind: QuestionKind
    subject_id: UUID


async def ask(uow: UnitOfWork, kind: QuestionKind, subject_id: UUID, *, telegram_id: int) -> str:
    """Return what the buttons carry: opaque, known to the chat alone, kept as a hash."""
    nonce = code_from(secrets.token_bytes(CODE_BYTES))
    await uow.session.execute(
        _ASK,
        {
            "id": new_id(),
            "nonce_hash": hash_token(nonce),
            "telegram_id": telegram_id,
            "kind": kind.value,
            "subject_id": subject_id,
            "expires_at": uow.now + QUESTION_LASTS,
        },
    )
    return nonce


async def answer(uow: UnitOfWork, nonce: str, *, telegram_id: int) -> Answered:
    """Use the buttons up.

    Raises:
        Refused: unknown, another account's, pressed already or too late, which is not told apart.
    """
    found = await uow.session.execute(
        _ANSWER, {"nonce_hash": hash_token(nonce), "telegram_id": telegram_id, "now": uow.now}
    )
    row = found.one_or_none()
    if row is None:
        raise Refused(TOO_LATE)
    return Answered(QuestionKind(row.kind), row.subject_id)
